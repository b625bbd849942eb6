"""What is prepared once serves every later start, and two starts at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.data import prepare
from runtime.data.rows import read
from runtime.data.splits import select
from runtime.data.tables import build
from tests.compiled import changed
from tests.data import programs
from tests.data.chats import CHATML, LLAMA2
from tests.data.preparing import ROWS

START = """
import sys
from pathlib import Path
from runtime.data import prepare
from tests.data import programs
from tests.data.chats import CHATML
root, tokenizer = map(Path, sys.argv[1:])
data = prepare(programs.program(), root, {"small": programs.Folder(tokenizer, chat_template=CHATML)})
print(data.facts.model_dump_json())
"""


def test_a_second_start_makes_nothing_again(rows, folders, monkeypatch: pytest.MonkeyPatch):
    root = rows(ROWS)
    first = prepare(programs.program(), root, folders)

    def made(*_):
        raise AssertionError("made again")

    for module, name in ((read, "_build"), (select, "_select"), (build, "_build")):
        monkeypatch.setattr(module, name, made)
    second = prepare(programs.program(), root, folders)

    assert first.facts == second.facts


def test_what_was_changed_in_the_cache_is_not_trained_on(
    rows, folders, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    root = rows(ROWS)

    def tokens() -> list[list[int]]:
        tables = prepare(programs.program(), root, folders).tables["answering"]
        return [ids.tolist() for table in tables.values() for ids, _ in table]

    before = tokens()
    for file in (tmp_path / "cache/data").rglob("*.npy"):
        status = file.stat()
        file.write_bytes(file.read_bytes()[:-4] + b"\1\0\0\0")
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert tokens() == before


@pytest.mark.parametrize("change", [{"seed": 18}, {"templates": {"ask": programs.template("Q: {{ q }}")}}])
def test_a_changed_program_is_prepared_anew(rows, folders, change):
    root = rows(ROWS)
    first, second = (prepare(programs.program(**fields), root, folders) for fields in ({}, change))

    assert [e.prompt for e in first.examples("answering", "test")] != [
        e.prompt for e in second.examples("answering", "test")
    ]


ONLY_SHORT = programs.task("overlong = drop", "max_dropped = 100%")
TWO = {"ask": programs.template(), "tell": programs.template("Tell me: {{ q }}")}
BOTH = {"answering": programs.task(templates=["ask", "tell"])}
OTHERWISE = {
    "what is trained": ({"train": programs.train()}, {"train": programs.train("loss_on = all")}),
    "the longest example": tuple(
        {"train": programs.train(max_length=length), "tasks": {"answering": ONLY_SHORT}} for length in (1_000, 60)
    ),
    "exemplars": ({}, {"tasks": {"answering": programs.task("few_shot.shots = 2")}}),
    "templates of a row": tuple(
        {"templates": TWO, "tasks": {name: changed(task, templates_per_row=rows) for name, task in BOTH.items()}}
        for rows in ("one", "all")
    ),
    "the template of each row": tuple({"templates": TWO, "tasks": BOTH, "seed": seed} for seed in (1, 2)),
    "splits": tuple({"seed": seed} for seed in (1, 2)),
}


@pytest.mark.parametrize("kind", OTHERWISE)
def test_after_a_change_it_is_prepared_as_without_a_cache(
    rows, folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
):
    root = rows([{**row, "q": row["q"] + "!" * n} for n, row in enumerate(ROWS)])

    def labels(fields) -> list:
        data = prepare(programs.program(**fields), root, folders)
        tables = [data.tables["answering"][split] for split in ("train", "validation", "test")]
        return [(ids.tolist(), trained.tolist()) for table in tables for ids, trained in table]

    before, after = (labels(fields) for fields in OTHERWISE[kind])
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "empty"))

    assert before != after == labels(OTHERWISE[kind][1])


@pytest.mark.parametrize("changed", ["tokenizer", "chat template", "code"])
def test_tables_of_another_tokenizer_or_code_are_others(
    rows, byte_level: Path, sentence_piece: Path, monkeypatch: pytest.MonkeyPatch, changed: str
):
    root = rows(ROWS)
    given = {"tokenizer_json": byte_level, "chat_template": CHATML}
    prepare(programs.program(), root, {"small": programs.Folder(**given)})
    made = []
    label = build._build
    monkeypatch.setattr(build, "_build", lambda *a: made.append(a[0].name) or label(*a))

    if changed == "code":
        monkeypatch.setattr(build, "code_version", lambda: "another")
    given |= {"tokenizer": {"tokenizer_json": sentence_piece}, "chat template": {"chat_template": LLAMA2}}.get(
        changed, {}
    )
    prepare(programs.program(), root, {"small": programs.Folder(**given)})

    assert made == ["answering"] * 3


def test_two_starts_at_once(rows, byte_level: Path, tmp_path: Path, repository: Path):
    environment = {**os.environ, "IFT_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(repository)}
    command = [sys.executable, "-c", START, str(rows(ROWS)), str(byte_level)]
    runs = [
        subprocess.Popen(command, cwd=repository, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    found = [run.communicate() for run in runs]

    assert [run.returncode for run in runs] == [0, 0], found
    assert found[0][0] == found[1][0] != b""
