"""What a preview shows is what is trained: every token's text, every mark."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.data import Tokenizer, prepare
from runtime.data.preview import Shown, pieces, show, shown_split
from tests.data import programs
from tests.data.programs import Folder

ROWS = [{"q": f"question {n}?", "a": f"answer {n}"} for n in range(10)]


def shown(folder: Path, folders, each: int = 2, **fields) -> list[Shown]:
    prepared = prepare(programs.program(**fields), folder, folders)
    return list(show(prepared, "answering", shown_split(prepared, "answering"), each))


def said(example: Shown, trained: bool) -> list[str]:
    return ["".join(piece.text for piece in side if piece.trained == trained) for side in example.sides]


@pytest.mark.parametrize("kind", ["byte_level", "sentence_piece"])
@given(text=st.text())
def test_the_pieces_are_the_decoded_text(request, kind: str, text: str):
    tokenizer = Tokenizer(request.getfixturevalue(kind), {"bos_token": "<s>", "eos_token": "</s>"})
    ids = tokenizer.encode(f"<s>{text}</s>")

    found = list(pieces(tokenizer, ids, [False] * len(ids)))

    assert "".join(piece.text for piece in found) == tokenizer.decode(ids)
    assert [number for piece in found for number in piece.ids] == ids


def test_a_character_of_several_tokens_is_one_piece(byte_level: Path):
    tokenizer = Tokenizer(byte_level, {"bos_token": "<s>", "eos_token": "</s>"})
    ids = tokenizer.encode("a☕b")

    found = list(pieces(tokenizer, ids, [False] * len(ids)))

    assert [(piece.text, len(piece.ids)) for piece in found] == [("a", 1), ("☕", 3), ("b", 1)]


def test_the_trained_pieces_are_the_answer_and_its_stop_token(rows, folders):
    for example in shown(rows(ROWS), folders):
        number = said(example, False)[0].split("question ")[1][0]

        assert said(example, True) == [f"answer {number}<|im_end|>"]
        assert example.place == f"data.jsonl, row {int(number) + 1}"


def test_every_template_is_shown(rows, folders):
    templates = {
        "ask": programs.template(applies_if="q < 'question 5'"),
        "tell": programs.template("Tell me: {{ q }}"),
    }
    task = programs.task(templates=["ask", "tell"], templates_per_row="all")

    found = shown(rows(ROWS), folders, templates=templates, tasks={"answering": task})

    assert [example.template for example in found] == ["ask", "ask", "tell", "tell"]


def test_a_trained_task_shows_its_training_rows_and_an_evaluated_one_those_it_is_judged_on(rows, folders):
    blocks = {"evaluations": [programs.evaluate()]}

    assert {example.split for example in shown(rows(ROWS), folders, **blocks)} == {"test"}
    assert {example.split for example in shown(rows(ROWS), folders, train=programs.train(), **blocks)} == {"train"}


def test_sequence_to_sequence_models_have_two_sides(rows, byte_level: Path):
    pair = {"small": Folder(byte_level, config={"is_encoder_decoder": True})}

    (example,) = shown(rows(ROWS[:1]), pair, datasets={"data": programs.dataset(programs.files("data.jsonl"))})

    assert said(example, False) == ["question 0?</s>", ""]
    assert said(example, True) == ["", "answer 0</s>"]


def test_what_is_not_as_written_is_said(rows, folders):
    (example,) = shown(
        rows([{"q": "question?", "a": " answer "}]),
        {"small": Folder(folders["small"].tokenizer_json, chat_template=TRIMMING)},
        datasets={"data": programs.dataset(programs.files("data.jsonl"))},
    )

    assert example.notes == ("the chat template changes the white space around the answer",)


TRIMMING = """\
{%- for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] | trim + '<|im_end|>' }}\
{%- endfor %}{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""
