"""Turns under other keys, roles that are left out, system turns of the recipe, and variables that a row brings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recipe_lang.program.columns import Messages
from runtime.data import prepare
from runtime.data.rows.conversation import read_conversation
from tests.data import chats, programs
from tests.data.preparing import refused
from tests.data.programs import Folder
from tests.data.rows.test_conversation import trained

TALK = [{"speaker": "user", "text": "Hi"}, {"speaker": "assistant", "text": "Hello", "weight": 1}]


def program(talk: str = "messages", template: dict[str, Any] | None = None, **columns: str) -> dict[str, Any]:
    types = programs.columns(talk=talk, **columns)
    return {
        "datasets": {"data": programs.dataset(programs.files("data.jsonl"), columns=types)},
        "templates": {"ask": programs.template(None, None, messages="talk", **template or {})},
    }


def asked(root: Path, folders: dict[str, Folder], **fields: Any) -> list[str]:
    data = prepare(programs.program(**fields), root, folders)
    return [example.prompt for example in data.examples("answering", "train")]


def test_keys_of_role_and_text(rows, folders):
    root = rows([{"talk": TALK}])
    data = prepare(programs.program(**program('messages(role = "speaker", content = "text")')), root, folders)

    assert trained(data) == ["Hello<|im_end|>"]
    assert data.diagnostics == []


def test_one_key_may_be_the_formats_own():
    turns = [{"from": "human", "text": "Hi", "value": None}, {"from": "gpt", "text": "Hello"}]

    read = read_conversation(turns, Messages("sharegpt", content="text"))

    assert [turn["content"] for turn in read] == ["Hi", "Hello"]


def test_the_formats_keys_are_not_read_then():
    with pytest.raises(ValueError, match="turn 1 has no `speaker`: it has `role` and `content`"):
        read_conversation([{"role": "user", "content": "Hi"}], Messages(role="speaker"))


@pytest.mark.parametrize("form", [Messages(drop=("system", "meta")), Messages("sharegpt", drop=("system", "meta"))])
def test_roles_are_left_out_wherever_they_stand(form: Messages):
    speaker, text, user, answer = (
        ("role", "content", "user", "assistant") if form.format == "chatml" else ("from", "value", "human", "gpt")
    )
    said = [("system", "a"), (user, "b"), ("meta", None), (answer, "c"), ("system", "d"), (user, "e"), (user, "f")]

    with pytest.raises(ValueError, match="turn 7 is user after user"):
        read_conversation([{speaker: who, text: what} for who, what in said], form)
    assert read_conversation([{speaker: who, text: what} for who, what in said[:-1]], form) == [
        {"role": "user", "content": "b"},
        {"role": "assistant", "content": "c"},
        {"role": "user", "content": "e"},
    ]


def test_a_role_to_leave_out_that_is_nowhere(rows, folders):
    root = rows([{"talk": [{"role": "system", "content": "a"}, *TALKED]}])
    data = prepare(programs.program(**program("messages(drop = [system, sistem])")), root, folders)

    assert [diagnostic.code for diagnostic in data.diagnostics] == ["IFT593"]
    assert "`sistem`" in data.diagnostics[0].message


TALKED = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
OWN = {"role": "system", "content": "Be kind."}


def test_a_system_turn_stands_where_a_row_brings_none(rows, folders):
    root = rows([{"talk": TALKED, "name": "Ann"}, {"talk": [OWN, *TALKED], "name": "Ben"}])
    fields = program(template={"system": "You are {{ name }}."}, name="text")

    assert sorted(prompt.partition("<|im_end|>")[0] for prompt in asked(root, folders, **fields)) == [
        "<|im_start|>system\nBe kind.",
        "<|im_start|>system\nYou are Ann.",
    ]


@pytest.mark.parametrize("name", ["", "  ", None])
def test_a_system_turn_that_is_blank_is_none(rows, folders, name: str | None):
    """As where a column of its own holds the system turn of some rows."""
    fields = program(template={"system": "{{ name or '' }}"}, name="optional(text)")

    assert asked(rows([{"talk": TALKED, "name": name}]), folders, **fields)[0].startswith("<|im_start|>user\nHi")


def test_a_system_turn_in_place_of_the_rows(rows, folders):
    fields = program("messages(drop = [system])", {"system": "You are {{ name }}."}, name="text")
    (prompt,) = asked(rows([{"talk": [OWN, *TALKED], "name": "Ben"}]), folders, **fields)

    assert prompt.startswith("<|im_start|>system\nYou are Ben.<|im_end|>\n<|im_start|>user\nHi")


def test_what_a_system_turn_reads_makes_another_question(rows, folders):
    """Rows are of one content only where prompt and system turn say the same."""
    root = rows([{"talk": TALKED, "name": "Ann"}, {"talk": TALKED, "name": "Ben"}])
    fields = program(template={"system": "You are {{ name }}."}, name="text")
    selection = prepare(programs.program(**fields), root, folders).selections["data"]

    assert selection.content_of(0) != selection.content_of(1)


SWITCHED = chats.THINKING.replace("if loop.last", "if loop.last and enable_thinking is false")


def variables(rows, byte_level: Path, kind: str, *values: Any):
    fields = program(template={"chat_variables": "options", "max_merged": 1.0}, options=kind)
    folder = Folder(byte_level, chat_template=SWITCHED, chat_variables={"enable_thinking": True})
    return rows([{"talk": TALKED, "options": value} for value in values]), {"small": folder}, fields


@pytest.mark.parametrize(
    ("kind", "off", "default"),
    [
        ("record(enable_thinking = optional(bool))", {"enable_thinking": False}, {"enable_thinking": None}),
        ("map(bool)", {"enable_thinking": False}, {}),
        ("optional(map(bool))", {"enable_thinking": False}, None),
        ("text", json.dumps({"enable_thinking": False}), ""),
    ],
)
def test_a_row_sets_variables_of_the_chat_template(rows, byte_level: Path, kind: str, off: Any, default: Any):
    root, folders, fields = variables(rows, byte_level, kind, off, default)
    ends = sorted(prompt.endswith("<think>\n\n</think>\n\n") for prompt in asked(root, folders, **fields))

    assert ends == [False, True]


def test_variables_of_prompts_and_completions(rows, byte_level: Path):
    ask = programs.template("{{ q }}", "{{ a }}", chat_variables="options", max_merged=1.0)
    columns = programs.columns(q="text", a="text", options="map(bool)")
    data = programs.dataset(programs.files("data.jsonl"), columns=columns)
    root = rows([{"q": "a", "a": "b", "options": {"enable_thinking": False}}])
    folders = {"small": Folder(byte_level, chat_template=SWITCHED)}

    (prompt,) = asked(root, folders, datasets={"data": data}, templates={"ask": ask})
    assert prompt.endswith("<think>\n\n</think>\n\n")


@pytest.mark.parametrize("value", ["[1]", "{", "3", '{"messages": []}', '{"date": "2026-01-01"}'])
def test_broken_variables(rows, byte_level: Path, value: str):
    root, folders, fields = variables(rows, byte_level, "text", value)

    assert refused(root, folders, **fields) == ["IFT562"]


def test_a_variable_that_the_chat_template_never_reads(rows, byte_level: Path):
    root, folders, fields = variables(rows, byte_level, "map(bool)", {"enable_thinkin": False}, {})

    assert refused(root, folders, **fields) == ["IFT610"]


def test_broken_tools(rows, folders):
    fields = program(template={"tools": "tools"}, tools="text")

    assert refused(rows([{"talk": TALKED, "tools": "[{"}]), folders, **fields) == ["IFT562"]
