"""A study to run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_lang.cli import main_run
from runtime.evaluate import ask
from runtime.evaluate.generate import generate
from tests.models.tiny import tiny_model_folder
from tests.runs.recipe import RECIPE


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of rows, each time that a model is asked to write."""
    found: list[int] = []

    def counting(model, tokenizer, prompts, *arguments, **options):
        found.append(len(prompts))
        return generate(model, tokenizer, prompts, *arguments, **options)

    monkeypatch.setattr(ask, "generate", counting)
    return found


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes the recipe for a kind of model and a method, and runs it with further arguments."""
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    rows = [{"question": f"What is {a} and {b}?", "answer": str(a + b)} for a in range(8) for b in range(5)]
    (tmp_path / "numbers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def run(
        *arguments: str, kind: str = "llama", method: str = "lora(rank = 2)", tail: str = "", recipe: str = RECIPE
    ) -> int:
        if not (tmp_path / kind).exists():
            tiny_model_folder(kind, tmp_path, chat=not kind.endswith("t5"))
        text = recipe.replace("KIND", kind).replace("METHOD", method)
        if kind.endswith("t5"):
            limits = "max_length {\n    prompt     = 64 tokens\n    completion = 16 tokens\n  }\n  duration"
            text = text.replace("duration", limits, 1)
        (tmp_path / "sums.ift").write_text(text + tail)
        try:
            return main_run(["sums.ift", *arguments])
        except SystemExit as end:
            return int(end.code or 0)

    return run
