"""A study to run."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.cli import main_run
from runtime.evaluate import ask
from runtime.evaluate.generate import generate
from tests.runs.recipe import write_rows, write_sums


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
    """Writes the recipe (see `write_sums`), and runs it with further arguments."""
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    write_rows(tmp_path)

    def run(*arguments: str, **written: str) -> int:
        write_sums(tmp_path, **written)
        try:
            return main_run(["sums.ift", *arguments])
        except SystemExit as end:
            return int(end.code or 0)

    return run
