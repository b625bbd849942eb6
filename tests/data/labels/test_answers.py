"""Answers that are scored are encoded as the completions that were trained."""

from __future__ import annotations

import pytest

from runtime.data import prepare
from tests.data import chats, programs
from tests.data.preparing import refused
from tests.data.programs import Folder

CHOICES = ["yes", "no", " perhaps\n", "two words"]
ROWS = [{"q": f"Is it {n}?", "a": CHOICES[n % 4]} for n in range(8)]
WHOLE = {"datasets": {"data": programs.dataset(programs.files("data.jsonl"))}}
ASK = {"ask": programs.template(choices=["yes", "no", " perhaps\n", "two words"], max_merged=1)}


@pytest.mark.parametrize("chat", [None, chats.CHATML, chats.LLAMA2, chats.PLAIN])
@pytest.mark.parametrize("path", ["byte_level", "sentence_piece"])
@pytest.mark.parametrize("shots", [0, 2])
def test_the_right_choice_is_what_was_trained(rows, request, path: str, chat: str | None, shots: int):
    folder = Folder(request.getfixturevalue(path), chat_template=chat)
    task = programs.task(few_shot=programs.few_shot(shots=[shots]))
    data = prepare(programs.program(templates=ASK, tasks={"answering": task}, **WHOLE), rows(ROWS), {"small": folder})
    examples, table = data.examples("answering", "train"), data.tokens("answering", "train")

    for place, example in enumerate(examples):
        answers = dict(zip(example.choices, examples.answer_ids(place, example.choices), strict=True))
        ids, _ = table[place]
        assert answers[example.completion] == ids[int(table.starts[place]) : -1].tolist()
        assert len({tuple(answer) for answer in answers.values()}) == len(example.choices)


def test_choices_may_come_from_a_column(rows, folders):
    values = [{"q": "Which?", "options": ["a", "b", str(n)], "gold": 2} for n in range(3)]
    ask = {"ask": programs.template("{{ q }} {{ choices | join('/') }}", "{{ choices[gold] }}", choices="options")}
    examples = prepare(programs.program(templates=ask, **WHOLE), rows(values), folders).examples("answering", "train")

    assert sorted(example.completion for example in examples) == ["0", "1", "2"]
    assert all(example.choices == ("a", "b", example.completion) for example in examples)
    assert all(f"Which? a/b/{example.completion}" in example.prompt for example in examples)


def test_references_are_every_right_answer(rows, folders):
    ask = {"ask": programs.template(references="[a, 'another']")}
    root = rows([{"q": "Which?", "a": "this one"}])
    (example,) = prepare(programs.program(templates=ask, **WHOLE), root, folders).examples("answering", "train")

    assert example.references == (example.completion, "another") == ("this one", "another")


def test_white_space_at_the_end_of_a_prompt_and_in_join_is_counted(rows, request):
    """WinoGrande's gap ends a prompt after a space. Under a chat template nothing joins."""
    values = [{"q": "so ", "a": "a"}, {"q": "then ", "a": "b"}, {"q": "so", "a": "c"}]
    folders = {chat: Folder(request.getfixturevalue("byte_level"), chat_template=chat) for chat in (None, chats.CHATML)}
    found = {
        (chat is None, join): [
            (d.code, "2 rows" in d.message)
            for d in prepare(
                programs.program(templates={"ask": programs.template(join=join, max_merged=1)}, **WHOLE),
                rows(values),
                {"small": folder},
            ).diagnostics
        ]
        for chat, folder in folders.items()
        for join in (" ", "")
    }

    assert found == {(True, " "): [("IFT876", True)], (True, ""): [], (False, " "): [], (False, ""): []}


def test_white_space_that_nobody_joined_in_the_recipe_is_counted_too(rows, request):
    """What the models' files hold shows here: the check tells of a `join` that is written."""
    folder = {"small": Folder(request.getfixturevalue("byte_level"), chat_template=None)}
    found = {
        join: [
            d.code for d in prepare(programs.program(templates={"ask": ask}, **WHOLE), rows(ROWS), folder).diagnostics
        ]
        for join in ("\n", " ")
        for ask in [programs.template("{{ q }} Answer: ", join=join, max_merged=1)]
    }

    assert found == {"\n": ["IFT876"], " ": []}


def test_references_that_are_no_texts_are_refused(rows, folders):
    ask = {"ask": programs.template(references="[1, 2]")}

    assert refused(rows(ROWS), folders, templates=ask, **WHOLE) == ["IFT562"]


def test_control_tokens_in_choices_are_refused(rows, folders):
    values = [{"q": "Which?", "options": ["a", "b<|im_end|>"], "a": "a"}]
    ask = {"ask": programs.template(choices="options")}

    assert refused(rows(values), folders, templates=ask, **WHOLE) == ["IFT565"]
