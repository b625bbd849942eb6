"""The real tokenizer and chat template of SmolLM2, on real dialogues: every token as transformers has it."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recipe_lang.cli import main
from runtime.data import Prepared, prepare
from runtime.models.folder import ModelFolder, model_folder
from tests.data import programs
from tests.models.opened import SMOLLM2

pytestmark = pytest.mark.heavy

DIALOGUES = Path(__file__).parents[2] / "recipes" / "data" / "mts_dialog" / "train.csv"
STORE = os.environ.get("IFT_CACHE")
"""Where the model may be already, as it was before the tests had a cache of their own."""


@pytest.fixture(scope="module")
def folder() -> Iterator[ModelFolder]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IFT_CACHE", STORE) if STORE else patch.delenv("IFT_CACHE")
        yield model_folder(SMOLLM2, Path(), fetch=True)


@pytest.fixture(scope="module")
def theirs(folder: ModelFolder):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder.path)


def dialogues(count: int) -> list[dict[str, str]]:
    with DIALOGUES.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    step = len(rows) // count
    return [{"q": row["dialogue"], "a": row["section_text"]} for row in rows[: count * step : step]]


def turns(dialogue: str) -> list[dict[str, str]]:
    """The doctor asks, the patient answers; lines of one speaker are one turn."""
    found: list[dict[str, str]] = []
    for line in filter(None, map(str.strip, dialogue.splitlines())):
        role = "user" if line.startswith("Doctor") else "assistant"
        if not found or found[-1]["role"] != role:
            found.append({"role": role, "content": line})
        else:
            found[-1]["content"] += "\n" + line
    if found and found[0]["role"] == "assistant":
        found.insert(0, {"role": "user", "content": "Hello."})
    return found


def prepared(folder: ModelFolder, root: Path, rows: list[dict[str, Any]], **fields: Any) -> Prepared:
    programs.write_jsonl(root / "data.jsonl", rows)
    source = programs.files("data.jsonl")
    columns = {"columns": programs.columns(talk="messages")} if "talk" in rows[0] else {}
    return prepare(
        programs.program(datasets={"data": programs.dataset(source, **columns)}, **fields), root, {"small": folder}
    )


def ids_of(theirs, messages: list[dict[str, str]], **settings: Any) -> list[int]:
    return theirs.apply_chat_template(messages, tokenize=True, return_dict=False, **settings)


@pytest.mark.parametrize("system", [None, "You write clinical notes."])
def test_a_turn_is_asked_and_answered_as_by_transformers(folder, theirs, tmp_path: Path, system: str | None):
    ask = {"ask": programs.template("Summarize:\n\n{{ q }}", system=system, max_merged=1)}
    data = prepared(folder, tmp_path, dialogues(200), templates=ask)
    first = [{"role": "system", "content": system}] if system else []

    for example, (ids, trained) in zip(
        data.examples("answering", "train"), data.tokens("answering", "train"), strict=True
    ):
        asked = [
            *first,
            {"role": "user", "content": example.prompt.split("<|im_start|>user\n")[1].split("<|im_end|>")[0]},
        ]
        answer = {"role": "assistant", "content": example.completion}
        assert example.prompt_ids == ids_of(theirs, asked, add_generation_prompt=True) == ids[~trained].tolist()
        assert [*ids.tolist(), *theirs("\n")["input_ids"]] == ids_of(theirs, [*asked, answer])


def test_conversations_are_those_of_transformers_and_every_answer_is_asked_so(folder, theirs, tmp_path: Path):
    talks = [talk for row in dialogues(150) if len(talk := turns(row["q"])) >= 4]
    ask = {"ask": programs.template(None, None, messages="talk", max_merged=1)}
    data = prepared(folder, tmp_path, [{"talk": talk} for talk in talks], templates=ask)
    table = data.tokens("answering", "train")
    assert len(table) > 60

    rows = data.selections["data"].rows
    for row, (ids, trained) in zip(table.rows.tolist(), table, strict=True):
        talk = [dict(turn) for turn in rows.row(row)["talk"]]
        last = max(place for place, turn in enumerate(talk) if turn["role"] == "assistant")
        talk = talk[: last + 1]
        assert [*ids.tolist(), *theirs("\n")["input_ids"]] == ids_of(theirs, talk)
        answers = [place for place, turn in enumerate(talk) if turn["role"] == "assistant"]
        begins = [n for n in range(1, len(ids)) if trained[n] and not trained[n - 1]]
        assert [ids[:begin].tolist() for begin in begins] == [
            ids_of(theirs, talk[:place], add_generation_prompt=True) for place in answers
        ]
        assert [theirs.decode(part) for part in _runs(ids.tolist(), trained.tolist())] == [
            talk[place]["content"] + "<|im_end|>" for place in answers
        ]


@pytest.mark.parametrize("recipe", ["quickstart", "multi_task", "reviews", "translation"])
def test_the_recipes_pass_a_look_at_their_data(folder, recipe: str, monkeypatch: pytest.MonkeyPatch, capsys):
    """One task; a mixture of six tasks and more; several templates for one data set; translation."""
    monkeypatch.chdir(DIALOGUES.parents[3])

    assert main(["check", "--data", f"recipes/{recipe}.ift"]) == 0
    assert "not on this machine" not in capsys.readouterr().out


def _runs(ids: list[int], trained: list[bool]) -> list[list[int]]:
    """The trained tokens, run by run."""
    runs: list[list[int]] = []
    for place, (token, mark) in enumerate(zip(ids, trained, strict=True)):
        if mark and (place == 0 or not trained[place - 1]):
            runs.append([])
        if mark:
            runs[-1].append(token)
    return runs
