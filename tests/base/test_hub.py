"""The hub through its own client, against a hub on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtime.base.hub import wanted
from tests.base.child import run
from tests.base.hubs import COMMIT, serve

MODEL = {
    "config.json": b"{}",
    "tokenizer.json": b"{}",
    "model.safetensors": b"weights",
    "consolidated.safetensors": b"the same once more",
    "pytorch_model.bin": b"pickle",
    "README.md": b"card",
    "onnx/config.json": b"{}",
}
ASK = """
import json
from recipe_lang.diagnostics.model import Stop
from runtime.base.hub import hub_folder
from runtime.base.progress import silent

def ask(name, revision=None, fetch=True, weights=True, code=False):
    try:
        folder = hub_folder(name, revision, fetch=fetch, weights=weights, code=code, progress=silent())
    except Stop as stop:
        (d,) = stop.diagnostics
        return [d.code, stop.exit_code, d.message]
    return None if folder is None else [folder.name, sorted(p.name for p in folder.rglob("*"))]

print(json.dumps([CALLS]))
"""


def ask(*calls: str, home: Path, endpoint: str, offline: bool = False) -> list:
    """What these calls come to, one after the other, in a process with this hub and cache."""
    settings = {"HF_HUB_OFFLINE": str(int(offline)), "HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_TOKEN": "t"}
    return json.loads(run(ASK.replace("CALLS", ", ".join(calls)), **settings))


def test_what_a_model_needs_is_fetched_and_nothing_else(tmp_path: Path):
    files = ["config.json", "model.safetensors", "tokenizer.json"]
    with serve({"org/model": MODEL}) as endpoint:
        before, fetched, kept = ask(
            'ask("org/model", fetch=False)', 'ask("org/model")', 'ask("org/model", fetch=False)',
            home=tmp_path, endpoint=endpoint,
        )  # fmt: skip

    assert before is None
    assert fetched == kept == [COMMIT, files]
    again = ask(
        'ask("org/model")', 'ask("org/model", "main")', home=tmp_path, endpoint="http://127.0.0.1:9", offline=True
    )
    assert again == [fetched, fetched]


def test_a_locked_model_is_asked_for_by_its_commit(tmp_path: Path):
    asked = """
from pathlib import Path
from recipe_lang.diagnostics.model import Stop
from runtime.models.folder import model_folder
from tests.compiled import changed, model

model = model('source = hub("org/model", revision = "main")')
model = changed(model, source=changed(model.source, commit="f" * 40))
try:
    model_folder(model, Path(), fetch=True)
except Stop as stop:
    print(stop.diagnostics[0].message)
"""
    with serve({"org/model": MODEL}) as endpoint:
        said = run(asked, HF_ENDPOINT=endpoint, HF_HOME=str(tmp_path), HF_TOKEN="t", HF_HUB_OFFLINE="0")

    assert "f" * 40 in said


def test_a_tokenizer_alone_leaves_the_weights_where_they_are(tmp_path: Path):
    with serve({"org/model": MODEL}) as endpoint:
        tokenizer, whole = ask('ask("org/model", weights=False)', 'ask("org/model")', home=tmp_path, endpoint=endpoint)

    assert tokenizer == [COMMIT, ["config.json", "tokenizer.json"]]
    assert "model.safetensors" in whole[1]


def test_code_is_fetched_where_it_may_run(tmp_path: Path):
    with serve({"org/model": MODEL | {"modeling_own.py": b"code"}}) as endpoint:
        without, code = ask('ask("org/model")', 'ask("org/model", code=True)', home=tmp_path, endpoint=endpoint)

    assert "modeling_own.py" not in without[1]
    assert "modeling_own.py" in code[1]


def test_an_interrupted_download_is_finished(tmp_path: Path):
    with serve({"org/model": MODEL}) as endpoint:
        ask('ask("org/model")', home=tmp_path, endpoint=endpoint)
        (next(tmp_path.rglob("snapshots/*/tokenizer.json"))).unlink()

        before, after = ask('ask("org/model", fetch=False)', 'ask("org/model")', home=tmp_path, endpoint=endpoint)

    assert before is None
    assert "tokenizer.json" in after[1]


def test_what_the_hub_refuses_is_one_diagnostic(tmp_path: Path):
    repositories = {
        "org/model": MODEL,
        "org/gated": MODEL,
        "org/pickled": {"config.json": b"{}", "pytorch_model.bin": b"pickle"},
        "org/many": {"a.Q4.gguf": b"", "b.Q8.gguf": b""},
        "org/empty": {"config.json": b"{}"},
    }
    names = ['"org/none"', '"org/gated"', '"org/model", "v9"', '"org/pickled"', '"org/many"', '"org/empty"', '"a/b/c"']
    with serve(repositories, gated=("org/gated",)) as endpoint:
        found = ask(*(f"ask({name})" for name in names), home=tmp_path, endpoint=endpoint)

    codes = ["IFT066", "IFT066", "IFT068", "IFT065", "IFT066", "IFT066", "IFT066"]
    assert [code for code, *_ in found] == codes
    assert {exit_code for _, exit_code, _ in found} == {1}
    assert "gated" in found[1][2]
    assert "pytorch_model.bin" in found[3][2]
    assert "several GGUF" in found[4][2]


@pytest.mark.parametrize("offline", [True, False])
def test_a_hub_that_cannot_be_asked_is_one_diagnostic(tmp_path: Path, offline: bool):
    ((code, exit_code, message),) = ask(
        'ask("org/model")', home=tmp_path, endpoint="http://127.0.0.1:9", offline=offline
    )

    assert (code, exit_code) == ("IFT067", 4)
    assert ("HF_HUB_OFFLINE" in message) == offline
    assert "\n" not in message


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["model-1.safetensors", "model-2.safetensors", "model.safetensors.index.json"],) * 2,
        (["adapter_model.safetensors", "adapter_config.json"], ["adapter_config.json", "adapter_model.safetensors"]),
        (["weights.Q4.gguf"],) * 2,
        (["model.safetensors", "weights.Q4.gguf"], ["model.safetensors"]),
        (["other.safetensors"],) * 2,
    ],
)
def test_one_form_of_the_weights_is_chosen(files: list[str], expected: list[str]):
    assert sorted(wanted(files, weights=True, code=False)) == expected
