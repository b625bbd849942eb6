"""Conversations: read in every format, trained turn by turn, refused where a chat template rewrites them."""

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

TALKS = [
    [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello you"},
        {"role": "user", "content": f"How is {n}?"},
        {"role": "assistant", "content": f"Fine\n\nand {n}"},
    ]
    for n in range(3)
]


def program(turns: str = "all", format: str = "chatml", **fields: Any):
    columns = programs.columns(talk=f"messages(format = {format})")
    return fields | {
        "datasets": {"data": programs.dataset(programs.files("data.jsonl"), columns=columns)},
        "templates": {"ask": programs.template(None, None, messages="talk", turns=turns)},
    }


def prepared(rows, folders, talks=TALKS, **fields):
    return prepare(programs.program(**program(**fields)), rows([{"talk": talk} for talk in talks]), folders)


def trained(data, index: int = 0) -> list[str]:
    """The texts of the trained stretches of an example."""
    ids, mask = data.tokens("answering", "train")[index]
    pieces: list[list[int]] = []
    for place, (token, on) in enumerate(zip(ids.tolist(), mask.tolist(), strict=True)):
        if on and (place == 0 or not mask[place - 1]):
            pieces.append([])
        if on:
            pieces[-1].append(token)
    return [data.tokenizers["small"].decode(piece) for piece in pieces]


def test_every_assistant_turn_is_trained(rows, folders):
    data = prepared(rows, folders, TALKS[:1])

    assert trained(data) == ["Hello you<|im_end|>", "Fine\n\nand 0<|im_end|>"]


def test_the_last_turn_is_evaluated_given_all_before(rows, folders):
    (example,) = prepared(rows, folders, TALKS[:1]).examples("answering", "train")

    assert example.completion == "Fine\n\nand 0"
    assert example.prompt.endswith("How is 0?<|im_end|>\n<|im_start|>assistant\n")


def test_masks_are_those_of_transformers(rows, byte_level: Path):
    from transformers import PreTrainedTokenizerFast

    folder = Folder(byte_level, chat_template=chats.GENERATION)
    theirs = PreTrainedTokenizerFast(tokenizer_file=str(byte_level), **folder.tokenizer_config)
    (ids, mask) = prepared(rows, {"small": folder}, TALKS[:1]).tokens("answering", "train")[0]

    expected = theirs.apply_chat_template(
        TALKS[0], chat_template=chats.GENERATION, return_dict=True, return_assistant_tokens_mask=True
    )
    assert expected["input_ids"][: len(ids)] == ids.tolist()
    assert expected["assistant_masks"][: len(ids)] == mask.tolist()


def test_only_the_last_turn(rows, folders):
    assert trained(prepared(rows, folders, TALKS[:1], turns="last")) == ["Fine\n\nand 0<|im_end|>"]


def test_unrolled_gives_a_row_for_each_turn_as_it_is_asked(rows, folders):
    data = prepared(rows, folders, TALKS[:1], turns="unrolled")
    examples, table = data.examples("answering", "train"), data.tokens("answering", "train")

    assert [example.id.rpartition("/")[2] for example in examples] == ["1", "2"]
    assert [trained(data, 0), trained(data, 1)] == [["Hello you<|im_end|>"], ["Fine\n\nand 0<|im_end|>"]]
    for example, (ids, mask) in zip(examples, table, strict=True):
        assert data.tokenizers["small"].encode(example.prompt) == ids[~mask].tolist()


FORGETFUL = chats.CHATML.replace(
    "message['content']", "(message['content'] if loop.last or message['role'] == 'user' else 'thought')"
)


def test_a_template_that_rewrites_history_is_refused_for_all_turns(rows, byte_level: Path):
    folders = {"small": Folder(byte_level, chat_template=FORGETFUL)}

    assert refused(rows([{"talk": TALKS[0]}]), folders, **program("all")) == ["IFT577"]
    assert trained(prepared(rows, folders, TALKS[:1], turns="last")) == ["Fine\n\nand 0<|im_end|>"]
    assert len(prepared(rows, folders, TALKS[:1], turns="unrolled").tokens("answering", "train")) == 2


def test_turns_after_the_last_answer_are_not_asked(rows, folders):
    talk = [*TALKS[0], {"role": "user", "content": "Bye"}]

    assert "Bye" not in prepared(rows, folders, [talk]).examples("answering", "train")[0].prompt


def test_sharegpt(rows, folders):
    talk = [
        {"from": "system", "value": "Be kind."},
        {"from": "human", "value": "Hi"},
        {"from": "gpt", "value": "Hello"},
    ]
    data = prepared(rows, folders, [talk], format="sharegpt")

    assert data.examples("answering", "train")[0].prompt.startswith("<|im_start|>system\nBe kind.<|im_end|>\n")
    assert trained(data) == ["Hello<|im_end|>"]


TOOLS = """\
{%- if tools %}{{ '<|im_start|>system\\n' + tools | tojson + '<|im_end|>\\n' }}{% endif %}
{%- for message in messages %}{{- '<|im_start|>' + message['role'] + '\\n' + message.get('content', '') }}
{%- for call in message.get('tool_calls', []) %}{{ '<call>' + call['function'] | tojson + '</call>' }}{% endfor %}
{{- '<|im_end|>\\n' }}{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""


def test_tool_calls_are_trained_as_the_chat_template_writes_them(rows, byte_level: Path):
    call = {"name": "add", "arguments": {"a": 1}}
    talk = [
        {"from": "human", "value": "Add."},
        {"from": "function_call", "value": json.dumps(call)},
        {"from": "observation", "value": "2"},
        {"from": "gpt", "value": "It is 2."},
    ]
    fields = program(format="sharegpt")
    columns = programs.columns(talk="messages(format = sharegpt)", tools="text")
    fields["datasets"] = {"data": programs.dataset(programs.files("data.jsonl"), columns=columns)}
    fields["templates"] = {"ask": programs.template(None, None, messages="talk", tools="tools")}
    root = rows([{"talk": talk, "tools": '[{"name": "add"}]'}])
    data = prepare(programs.program(**fields), root, {"small": Folder(byte_level, chat_template=TOOLS)})

    assert trained(data) == [f"<call>{json.dumps(call)}</call><|im_end|>", "It is 2.<|im_end|>"]
    assert '[{"name": "add"}]' in data.examples("answering", "train")[0].prompt


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        ([], "no list of turns"),
        ([{"role": "assistant", "content": "Hi"}], "turn 1 is assistant at the start"),
        ([{"role": "user", "content": "a"}, {"role": "user", "content": "b"}], "turn 2 is user after user"),
        ([{"role": "user", "content": "a"}], "no assistant turn"),
        ([{"role": "human", "content": "a"}], "turn 1 has the role 'human'"),
        ([{"from": "human", "value": "a"}], r"turn 1 has no `role`: .* `messages\(format = sharegpt\)` reads"),
        ([{"speaker": "ann", "text": "a"}], r"turn 1 has no `role`: it has `speaker`, `text`; `messages\(role = "),
        ([{"role": "user", "content": 3}], "turn 1 has no text"),
        ([{"role": "user", "content": "a"}, {"role": "tool", "content": "b"}], "turn 2 is tool after user"),
        ("Hi", "no list of turns"),
    ],
)
def test_broken_turns_say_where(talk, reason: str):
    with pytest.raises(ValueError, match=reason):
        read_conversation(talk, Messages("chatml"))


def test_a_broken_conversation_is_a_broken_row(rows, folders):
    root = rows([{"talk": TALKS[0]}, {"talk": TALKS[0][1:]}])

    assert refused(root, folders, **program()) == ["IFT554"]


def test_conversations_need_a_chat_template(rows, byte_level: Path):
    assert refused(rows([{"talk": TALKS[0]}]), {"small": Folder(byte_level)}, **program()) == ["IFT580"]


def test_a_column_that_holds_no_conversation(rows, folders):
    fields = {"templates": {"ask": programs.template(None, None, messages="talk")}}

    assert refused(rows([{"talk": f"Hi {n}"} for n in range(10)]), folders, **fields) == ["IFT553"]
