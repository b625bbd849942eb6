"""What a run saved is read by plain transformers before it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.interpreter import python
from recipe_lang.plan import make_plan
from runtime import run as engine
from runtime.base.progress import silent
from runtime.loading import load_model, with_method
from runtime.models.adapters import save
from runtime.models.exported import as_judged
from runtime.readback.compare import Expected, expect, read_back
from runtime.session import open_session
from tests.runs.recipe import results, write_rows, write_sums


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Expected]:
    """Saves an untrained model as a run does, and gives what is expected of it."""
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    write_rows(tmp_path)

    def make(**written: str) -> Expected:
        plan = make_plan(check(write_sums(tmp_path, **written), cwd=tmp_path).recipe)
        session = open_session(plan.program, tmp_path, fetch=True, progress=silent())
        model = with_method(session, load_model(session, "small"))
        stop, decoding = session.prepared.stop_ids("adding"), plan.program.tasks["adding"].generate
        folder = as_judged(session.folders["small"], stop, decoding, 4)
        save(model, tmp_path / "model", folder, folder.chat_template)
        return expect(session, model)

    return make


@pytest.mark.parametrize("method", ["full", "lora(rank = 2)"])
@pytest.mark.parametrize("kind", ["llama", "gpt2", "t5"])
def test_what_is_saved_is_read_as_it_was_judged(kind: str, method: str, saved, tmp_path: Path):
    found = read_back(saved(kind=kind, method=method), tmp_path, "model")

    assert found.unlike == []
    assert found.rows > 20
    assert found.asked == 3


def changed(name: str, **settings: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / name
        file.write_text(json.dumps(json.loads(file.read_text()) | settings))

    return change


ONE_WORD = {"suppress_tokens": [token for token in range(400) if token != 77]}
CHANGES = {
    "answers": changed("generation_config.json", **ONE_WORD),
    "tokens": changed("tokenizer.json", normalizer={"type": "Lowercase"}),
    "prompts": lambda folder: (folder / "chat_template.jinja").write_text("{{ messages[0].content }}"),
    "loading": lambda folder: (folder / "model.safetensors").unlink(),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_read_otherwise_is_found(what: str, saved, tmp_path: Path):
    expected = saved(method="full")
    CHANGES[what](tmp_path / "model")

    assert what in [one.what for one in read_back(expected, tmp_path, "model").unlike]


def test_a_run_whose_model_answers_otherwise_elsewhere_ends_with_an_error(
    study, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
):
    def mistaken(*arguments):
        folder = as_judged(*arguments)
        return replace(folder, generation_config=folder.generation_config | ONE_WORD)

    monkeypatch.setattr(engine, "as_judged", mistaken)

    assert study() == 1

    run = tmp_path / "runs/sums"
    said = capsys.readouterr()
    assert "error[IFT782]: plain `transformers` gets other answers from `model/`, 3 of 3" in said.err
    assert "model: OTHERWISE elsewhere: answers, 3 of 3" in said.out
    assert "model: OTHERWISE elsewhere: answers, 3 of 3" in (run / "model/README.md").read_text()
    assert [one["what"] for one in results(run)["read_back"][0]["unlike"]] == ["answers"]
    assert study("--resume") == 1


PLAIN = """
import sys
assert not [name for name in sys.modules if name.partition(".")[0] in ("runtime", "recipe_lang")]
"""


SCRATCH = 'scratch("llama/config.json", tokenizer = "llama")'


@pytest.mark.parametrize(
    ("source", "base"),
    [
        pytest.param('path("llama")', "../../llama", id="path"),
        pytest.param(
            'scratch("llama/config.json", tokenizer = "llama")', "base", marks=pytest.mark.heavy, id="scratch"
        ),
    ],
)
def test_an_adapter_loads_by_the_lines_of_its_card(study, tmp_path: Path, source: str, base: str):
    assert study("--set", f"small.source={source}") == 0

    run = tmp_path / "runs/sums"
    (read,) = results(run)["read_back"]
    (lines,) = re.findall(r"```python\n(.*?)```", (run / "README.md").read_text(), re.DOTALL)
    assert json.loads((run / "model/adapter_config.json").read_text())["base_model_name_or_path"] == base
    assert "AutoPeftModelForCausalLM.from_pretrained" in lines
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = python("-c", lines + PLAIN)
    done = subprocess.run(command, cwd=run, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(read["answer"])
    assert read["unlike"] == []
