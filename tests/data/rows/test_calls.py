"""Tool calls of every form that data has, down to the same object."""

from __future__ import annotations

import datetime
import decimal
import json
from typing import Any

import pyarrow as pa
import pytest

from recipe_lang.program.columns import Messages
from runtime.data.prompts.tools import read_tools
from runtime.data.rows.conversation import read_conversation
from runtime.data.rows.notes import Notes
from runtime.data.source.arrow import values_of

ARGUMENTS = {"city": "Paris", "near": None, "days": [1, None]}
TEXT = json.dumps(ARGUMENTS)


def called(calls: Any, key: str = "tool_calls", notes: Notes | None = None, **how: Any) -> list[dict[str, Any]]:
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": None, key: calls}]
    return read_conversation(turns, Messages("chatml"), notes, **how)[1]["tool_calls"]


def call(arguments: Any, **beside: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "weather", "arguments": arguments}, **beside}


def sharegpt(value: Any, **beside: Any) -> list[dict[str, Any]]:
    turns = [{"from": "human", "value": "Hi"}, {"from": "function_call", "value": value, **beside}]
    return read_conversation(turns, Messages("sharegpt"))[1]["tool_calls"]


@pytest.mark.parametrize("arguments", [ARGUMENTS, TEXT, f"\n {TEXT}"], ids=["object", "text", "spaced"])
def test_arguments_are_an_object_however_they_are_written(arguments: Any):
    bare = {"name": "weather", "arguments": arguments}
    expected = [call(ARGUMENTS)]

    assert called([call(arguments)]) == expected
    assert called(json.dumps([call(arguments)])) == expected
    assert called([json.dumps(call(arguments))]) == expected
    assert called([{"type": "function", "function": json.dumps(bare)}]) == expected
    assert called([bare]) == expected
    assert called(bare, "function_call") == expected
    assert called([{"name": "weather", "parameters": arguments}]) == expected
    assert sharegpt(json.dumps(bare)) == expected
    assert sharegpt(json.dumps([bare, bare])) == expected * 2


@pytest.mark.parametrize("arguments", [None, {}, "{}"], ids=repr)
def test_a_call_may_have_no_arguments(arguments: Any):
    assert called([call(arguments)]) == [call({})]


@pytest.mark.parametrize(
    "arguments",
    [
        *("", "Paris", "{'city': 'Paris'}", '{"city": NaN}', '{"a": 1, "a": 2}', "[1]", "null", "3", TEXT[:-1]),
        *(json.dumps(TEXT), [1], [], 3, True),
    ],
    ids=repr,
)
def test_arguments_that_are_no_object_make_a_broken_row(arguments: Any):
    with pytest.raises(ValueError, match=r"turn 2 has .* `weather`"):
        called([call(arguments)])
    with pytest.raises(ValueError, match=r"turn 2 has .* `weather`"):
        sharegpt(json.dumps({"name": "weather", "arguments": arguments}))


@pytest.mark.parametrize(
    ("calls", "reason"),
    [
        ("[{", "no JSON in `tool_calls`"),
        ([3], "no object"),
        ([{"function": {"arguments": {}}}], "without a `name`"),
        ([{"function": {"name": "", "arguments": {}}}], "without a `name`"),
        ([call({}, weight=0)], "`tool_calls.weight`"),
        ([call({"at": b"raw"})], "JSON cannot hold"),
        ([call({"at": float("inf")})], "JSON cannot hold"),
    ],
)
def test_broken_calls_say_what_is_wrong(calls: Any, reason: str):
    with pytest.raises(ValueError, match=f"turn 2 has .*{reason}"):
        called(calls)


def test_calls_belong_to_one_key_and_to_the_assistant():
    both = {"role": "assistant", "content": "", "tool_calls": [call({})], "function_call": {"name": "f"}}
    with pytest.raises(ValueError, match="turn 2 has both"):
        read_conversation([{"role": "user", "content": "Hi"}, both], Messages("chatml"))
    with pytest.raises(ValueError, match="turn 2 has both"):
        sharegpt('{"name": "f"}', tool_calls=[call({})])
    with pytest.raises(ValueError, match="turn 1 has `tool_calls`"):
        read_conversation([{"role": "user", "content": "Hi", "tool_calls": [call({})]}], Messages("chatml"))


@pytest.mark.parametrize("calls", [None, [], "", {"name": None, "arguments": None}, [{"function": None}]], ids=repr)
def test_no_calls(calls: Any):
    turns = [{"role": "user", "content": "Hi", "tool_calls": calls}]
    turns.append({"role": "assistant", "content": "Hello", "tool_calls": calls, "function_call": calls})

    assert "tool_calls" not in read_conversation(turns, Messages("chatml"), filled=True)[1]


def test_a_columnar_file_fills_in_nulls():
    notes = Notes()
    filled = {"city": "Paris", "zone": None, "days": [{"day": 1, "hour": None}, None], "more": {"unit": None}}
    kept = {"city": "Paris", "days": [{"day": 1}, None], "more": {}}

    assert called([call(filled, id=None, index=None)], notes=notes, filled=True) == [call(kept)]
    assert called([call(kept)], notes=notes, filled=True) == [call(kept)]
    assert (notes.filled, dict(notes.unread)) == (1, {})
    assert called([call(json.dumps(filled))], notes=notes, filled=True) == [call(filled)]
    assert called([call(filled)], notes=notes) == [call(filled)]
    assert notes.filled == 1


def test_arguments_of_arrow_become_json():
    given = {"map": [("a", 1), ("b", None)], "day": datetime.date(2026, 1, 2), "price": decimal.Decimal("1.50")}

    assert called([call(given)], filled=True)[0]["function"]["arguments"] == {
        "map": {"a": 1, "b": None},
        "day": "2026-01-02",
        "price": 1.5,
    }
    assert called([call([("city", "Paris")])], filled=True) == [call({"city": "Paris"})]
    assert called([call([])], filled=True) == [call({})]


def test_json_inside_arrow_keeps_its_nulls():
    """`datasets` keeps objects of many shapes as JSON texts of an Arrow type of their own."""
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": None, "tool_calls": [call(ARGUMENTS)]}]
    stored = pa.ExtensionArray.from_storage(pa.json_(), pa.array([json.dumps(turn) for turn in turns]))
    broken = pa.ExtensionArray.from_storage(pa.json_(), pa.array(["{", None]))

    assert read_conversation(values_of(stored), Messages("chatml"), filled=True)[1]["tool_calls"] == [call(ARGUMENTS)]
    assert [str(value) for value in values_of(broken)] == ["text that is not JSON", "None"]


def test_turns_may_be_maps_of_arrow():
    pairs = [("role", "user"), ("content", "Hi")], [("role", "assistant"), ("content", "Hello")]

    assert read_conversation(list(pairs), Messages("chatml"), filled=True) == [dict(turn) for turn in pairs]


SCHEMA = {"type": "object", "properties": {"city": {"type": "string", "default": None}}}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}


@pytest.mark.parametrize(
    "value",
    [
        json.dumps([TOOL]),
        json.dumps(TOOL),
        [json.dumps(TOOL)],
        json.dumps([{**TOOL, "function": {"name": "weather", "parameters": json.dumps(SCHEMA)}}]),
    ],
    ids=["text", "one", "list of texts", "schema as text"],
)
def test_tools_as_json_text_are_read_as_they_stand(value: Any):
    assert read_tools(value) == ([TOOL], False)


def test_tools_of_a_columnar_file_lose_the_nulls():
    filled = {"type": "function", "function": {"name": "weather", "strict": None, "parameters": SCHEMA}}
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}

    assert read_tools([filled]) == ([{"type": "function", "function": {"name": "weather", "parameters": schema}}], True)


@pytest.mark.parametrize("value", [None, "", "  ", "[]", []], ids=repr)
def test_no_tools(value: Any):
    assert read_tools(value) == (None, False)


@pytest.mark.parametrize("value", ["[", '["a"', "3", [3], '[{"name": "f", "parameters": "{"}]'], ids=repr)
def test_broken_tools(value: Any):
    with pytest.raises(ValueError, match=r"."):
        read_tools(value)
