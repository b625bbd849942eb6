"""A lock holds a hub's branches to the commits that they stood for."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.cli import main
from recipe_lang.plan import make_plan
from recipe_lang.program.columns import Text
from recipe_lang.program.lock import Lock, LockedDataset, drift
from tests.data.test_pages import MODEL as MODEL_FACTS

MODEL, DATA, ELSEWHERE = "a" * 40, "b" * 40, "c" * 40
LOCK = Lock(revisions={"org/small": MODEL, "datasets/org/words@v2": DATA}, models={}, datasets={})
STUDY = """
recipe study {
}

model small {
  source = hub("org/small"MODEL)
}

dataset words {
  source { train = hub("org/words"DATA), test = csv("asked.csv") }
  columns { word = text, opposite = text }
}

template ask for words {
  prompt     = "{{ word }}"
  completion = "{{ opposite }}"
}

task asking {
  templates = [ask]
  metrics   = [rouge1]
}

train {
  model         = small
  data          = asking
  duration      = 1 epoch
  learning_rate = 1e-4
  max_length    = 64 tokens
}
"""


def commits(folder: Path, model: str, data: str) -> tuple[str | None, str | None]:
    """What the plan of a locked recipe loads, where its sources ask for these revisions."""
    path = folder / "study.ift"
    path.write_text(STUDY.replace("MODEL", model).replace("DATA", data), encoding="utf-8")
    (folder / "study.ift.lock").write_text(LOCK.model_dump_json(), encoding="utf-8")
    program = make_plan(check(path, cwd=folder).recipe).program
    return program.models["small"].source.commit, program.datasets["words"].source["train"].commit


def revision(name: str) -> str:
    return f', revision = "{name}"'


def test_what_a_recipe_asks_for_is_held_to_its_commit(tmp_path: Path):
    assert commits(tmp_path, "", revision("v2")) == (MODEL, DATA)


@pytest.mark.parametrize("name", ["main", ELSEWHERE])
def test_what_it_asks_for_otherwise_is_not(tmp_path: Path, name: str):
    assert commits(tmp_path, revision(name), revision(name)) == (None, None)


def test_a_revision_that_is_not_locked_is_drift(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.chdir(tmp_path)
    commits(tmp_path, revision("v3"), revision("v2"))
    text = {"word": Text(), "opposite": Text()}
    held = {"models": {"small": MODEL_FACTS}, "datasets": {"words": LockedDataset(rows=1, columns=text, hash="")}}
    Path("study.ift.lock").write_text(LOCK.model_copy(update=held).model_dump_json(), encoding="utf-8")

    assert main(["check", "study.ift", "--locked", "--format", "concise"]) == 1
    assert "revision of model `small` is new: `org/small@v3`" in capsys.readouterr().out


def test_drift_names_what_it_was_and_is():
    def locked(rows: int, digest: str, **columns) -> Lock:
        one = LockedDataset(rows=rows, columns={"word": Text(), **columns}, hash=digest)
        return LOCK.model_copy(update={"datasets": {"words": one}})

    assert drift(locked(3, "same"), locked(3, "same")) == []
    assert drift(locked(3, "same"), locked(4, "same", mood=Text())) == [
        ("datasets", "words", "rows", "was 3, is 4"),
        ("datasets", "words", "column `mood`", "is new"),
    ]
