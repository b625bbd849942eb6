"""What turns say beside role and content: read, named, or refused; in every format alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recipe_lang.program.columns import Messages
from runtime.data import prepare
from runtime.data.rows.conversation import read_conversation
from runtime.data.rows.notes import Notes
from runtime.data.source.row import Unreadable
from tests.data import programs
from tests.data.preparing import refused
from tests.data.rows.test_conversation import prepared, program, trained

CHATML, SHAREGPT = Messages("chatml"), Messages("sharegpt")


def talk(form: Messages, *answers: dict[str, Any]) -> list[dict[str, Any]]:
    """An exchange for each answer, whose keys stand beside its role."""
    speaker, text, user, assistant = {
        "chatml": ("role", "content", "user", "assistant"),
        "sharegpt": ("from", "value", "human", "gpt"),
    }[form.format]
    turns = []
    for number, answer in enumerate(answers):
        turns += [{speaker: user, text: "Hi"}, {speaker: assistant, text: f"Answer {number}", **answer}]
    return turns


@pytest.mark.parametrize("form", [CHATML, SHAREGPT], ids=["chatml", "sharegpt"])
@pytest.mark.parametrize(
    "said",
    [
        *({"weight": 0}, {"weight": 0.0}, {"weight": "0"}, {"weight": False}, {"train": False}, {"train": "false"}),
        *({"training": False}, {"loss": False}, {"loss": 0, "weight": 0.0}),
    ],
    ids=str,
)
def test_a_turn_that_is_kept_out_is_only_read(rows, folders, form: Messages, said: dict[str, Any]):
    turns = talk(form, said, {})

    assert trained(prepared(rows, folders, [turns], format=form.format)) == ["Answer 1<|im_end|>"]


@pytest.mark.parametrize("said", [{"weight": 1}, {"weight": 1.0}, {"train": True}, {"weight": None}, {}], ids=str)
def test_a_turn_that_is_not_kept_out_is_trained(said: dict[str, Any]):
    assert "trained" not in read_conversation(talk(CHATML, said), CHATML)[1]


@pytest.mark.parametrize("turns", ["all", "last", "unrolled"])
def test_what_follows_the_last_trained_turn_is_not_asked(rows, folders, turns: str):
    data = prepared(rows, folders, [talk(CHATML, {}, {"weight": 0})], turns=turns)

    assert trained(data) == ["Answer 0<|im_end|>"]
    assert [example.completion for example in data.examples("answering", "train")] == ["Answer 0"]


def test_unrolled_makes_no_row_of_a_turn_that_is_kept_out(rows, folders):
    data = prepared(rows, folders, [talk(CHATML, {}, {"train": False}, {})], turns="unrolled")

    assert [trained(data, n) for n in range(2)] == [["Answer 0<|im_end|>"], ["Answer 2<|im_end|>"]]


def test_all_tokens_cannot_be_trained_where_some_are_kept_out(rows, folders):
    fields = program() | {"train": programs.train(loss_on="all", data="answering", model="small")}

    assert refused(rows([{"talk": talk(CHATML, {"weight": 0}, {})}]), folders, **fields) == ["IFT592"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"weight": 0.5}, "the weight 0.5"),
        ({"weight": 2}, "the weight 2"),
        ({"weight": -1}, "the weight -1"),
        ({"weight": "half"}, "the weight 'half'"),
        ({"weight": float("nan")}, "the weight nan"),
        ({"train": [1]}, "the train"),
        ({"weight": 1, "train": False}, "says two things in `weight` and `train`"),
        ({"mask": True}, "`mask`"),
        ({"loss_mask": 0}, "`loss_mask`"),
        ({"lossScale": 0.3}, "`lossScale`"),
        ({"train_detail": []}, "`train_detail`"),
        ({"trainable": False}, "`trainable`"),
        ({"reasoning": "a", "thinking": "b"}, "says two things in `thinking` and `reasoning`"),
        ({"thinking": [{"type": "thinking"}]}, "no text in `thinking`"),
    ],
    ids=str,
)
@pytest.mark.parametrize("form", [CHATML, SHAREGPT], ids=["chatml", "sharegpt"])
def test_what_is_unclear_is_refused(form: Messages, said: dict[str, Any], reason: str):
    with pytest.raises(ValueError, match=f"turn 2 .*{reason}"):
        read_conversation(talk(form, said), form)


def test_a_conversation_without_a_trained_turn_is_refused():
    with pytest.raises(ValueError, match="no assistant turn that is trained"):
        read_conversation(talk(CHATML, {"weight": 0}), CHATML)


@pytest.mark.parametrize("form", [CHATML, SHAREGPT], ids=["chatml", "sharegpt"])
@pytest.mark.parametrize("text", ["", "  \n", None, []], ids=repr)
@pytest.mark.parametrize("place", [0, 1])
def test_an_answer_that_says_nothing_is_refused(form: Messages, text: Any, place: int):
    empty = {"value" if form == SHAREGPT else "content": text}
    answers = [empty, {}] if place == 0 else [{}, empty]

    with pytest.raises(ValueError, match=f"turn {2 * place + 2} is the assistant's, with neither text nor a call"):
        read_conversation(talk(form, *answers), form)


@pytest.mark.parametrize("key", ["reasoning_content", "thinking", "reasoning"])
@pytest.mark.parametrize("form", [CHATML, SHAREGPT], ids=["chatml", "sharegpt"])
def test_reasoning_has_one_name(form: Messages, key: str):
    (_, turn) = read_conversation(talk(form, {key: "Greet."}), form)

    assert turn == {"role": "assistant", "content": "Answer 0", "reasoning_content": "Greet."}


def test_developers_are_the_system_and_functions_are_tools():
    call = {"name": "add", "arguments": "{}"}
    turns = [
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": None, "function_call": call},
        {"role": "function", "name": "add", "content": "2"},
        {"role": "assistant", "content": "2"},
    ]
    roles = [turn["role"] for turn in read_conversation(turns, CHATML)]

    assert roles == ["system", "user", "assistant", "tool", "assistant"]


def test_content_may_come_in_parts_of_text():
    parts = [{"type": "text", "text": "Hi "}, {"type": "text", "text": "you", "image_url": None}]
    turns = [{"role": "user", "content": parts}, {"role": "assistant", "content": parts}]

    assert [turn["content"] for turn in read_conversation(turns, CHATML)] == ["Hi you", "Hi you"]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([{"type": "image_url", "image_url": {}}], "part of the type 'image_url'"),
        ([{"type": "text", "text": None}], "part of the type 'text'"),
        ([{"type": "text", "text": "a", "train": False}], "`content.train`"),
        (["a"], "no text in `content`"),
        ({"type": "text"}, "no text in `content`"),
    ],
)
def test_other_parts_are_refused(parts: Any, reason: str):
    with pytest.raises(ValueError, match=f"turn 1 .*{reason}"):
        read_conversation([{"role": "user", "content": parts}, {"role": "assistant", "content": "a"}], CHATML)


def test_keys_that_nothing_reads_are_counted_at_every_depth():
    notes = Notes()
    call = {"id": "1", "index": 0, "function": {"name": "f", "arguments": {"free": 1}, "strict": True}}
    turns = [
        {"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {}}], "id": 7, "weight": 1},
        {"role": "assistant", "content": "b", "tool_calls": [call, call], "refusal": None, "thoughts": "c"},
        {"role": "tool", "content": "d", "reasoning": "e", "id": 8, "train": False},
        {"role": "assistant", "content": "f", "glossary": [], "constraint": ""},
    ]
    read_conversation(turns, CHATML, notes)

    assert notes.unread == {
        "id": 2,
        "content.cache_control": 1,
        "weight (of user)": 1,
        "thoughts": 1,
        "tool_calls.index": 2,
        "tool_calls.function.strict": 2,
        "reasoning (of tool)": 1,
        "glossary": 1,
        "constraint": 1,
    }


def test_they_are_told_once_a_data_set_also_from_the_cache(rows, folders):
    for _ in range(2):
        data = prepared(rows, folders, [talk(CHATML, {"id": n}) for n in range(3)])
        (told,) = [diagnostic for diagnostic in data.diagnostics if diagnostic.code == "IFT590"]

        assert "`id` (3)" in told.message


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_columnar_files_say_the_same(tmp_path: Path, folders, format: str):
    """Every turn has every key there, null where it says nothing."""
    turns = [*talk(CHATML, {"weight": 0.0}, {}), {"role": "user", "content": "Bye", "weight": None, "name": "Ann"}]
    table = pa.Table.from_pylist([{"talk": turns}])
    path = tmp_path / f"data.{format}"
    if format == "parquet":
        pq.write_table(table, path)
    else:
        with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table)
    fields = program()
    columns = programs.columns(talk="messages")
    fields["datasets"] = {"data": programs.dataset(programs.files(path.name, format=format), columns=columns)}
    data = prepare(programs.program(**fields), tmp_path, folders)

    assert trained(data) == ["Answer 1<|im_end|>"]
    assert data.diagnostics == []


KEYS = (
    *("role", "content", "from", "value", "tool_calls", "function_call", "function", "name", "arguments", "id", "type"),
    *("text", "weight", "thinking"),
)
WORDS = st.sampled_from([*KEYS, "user", "human", "assistant", "gpt", "{", "[]", "null", "0", ""])
ANYTHING = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers() | st.floats() | st.just(Unreadable("bytes")) | st.just(b"raw"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS, inner, max_size=4)
        | st.lists(st.tuples(WORDS, inner), min_size=1, max_size=3)
    ),
    max_leaves=12,
)


@given(ANYTHING, st.dictionaries(WORDS, ANYTHING), st.sampled_from([CHATML, SHAREGPT]), st.booleans())
@example({"role": ["user"], "content": "a"}, {}, CHATML, False)
@example([(1, "user"), ("role", "user"), ("content", "a")], {}, CHATML, True)
@example(None, {"name": Unreadable("bytes")}, CHATML, True)
def test_whatever_stands_there_is_read_or_refused(first: Any, beside: dict[str, Any], form: Messages, filled: bool):
    turns = talk(form, beside)
    try:
        read = read_conversation([first, turns[1]] if first else turns, form, filled=filled)
    except ValueError:
        return
    assert json.loads(json.dumps(read, allow_nan=False)) == read


def test_a_conversation_may_be_json_text(tmp_path: Path, folders):
    (tmp_path / "data.csv").write_text('talk\n"' + json.dumps(talk(CHATML, {})).replace('"', '""') + '"\n')
    fields = program()
    columns = programs.columns(talk="messages")
    fields["datasets"] = {"data": programs.dataset(programs.files("data.csv", format="csv"), columns=columns)}

    assert trained(prepare(programs.program(**fields), tmp_path, folders)) == ["Answer 0<|im_end|>"]
