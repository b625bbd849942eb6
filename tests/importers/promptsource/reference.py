"""What promptsource itself gives for a row (`promptsource/templates.py`), and rows for its templates."""

from __future__ import annotations

import random as chance
from functools import cache
from random import Random
from typing import Any

import jinja2

BAR = "|||"
PROTECTOR = "3ed2dface8203c4c9dfb1a5dc58e41e0"

ENVIRONMENT = jinja2.Environment(loader=jinja2.BaseLoader())
ENVIRONMENT.globals["zip"] = zip
ENVIRONMENT.filters["choice"] = chance.choice


@cache
def _compiled(text: str) -> jinja2.Template:
    return ENVIRONMENT.from_string(text)


def rendered(jinja: str, answer_choices: str | None, row: dict[str, Any]) -> tuple[list[str], list[str] | None]:
    """The parts of a template and its answers, `truncate` being off as for T0's data."""
    variables = {name: protected(value) for name, value in row.items()}
    answers = None
    if answer_choices is not None:
        text = _compiled(answer_choices).render(**variables)
        answers = [part.strip().replace(PROTECTOR, BAR) for part in text.split(BAR)]
        variables["answer_choices"] = answers
    text = _compiled(jinja).render(**variables)
    return [part.replace(PROTECTOR, BAR).strip() for part in text.split(BAR)], answers


def protected(value: Any) -> Any:
    return value.replace(BAR, PROTECTOR) if isinstance(value, str) else value


WORDS = ["", " ", "a", "Alice's cat", " leading", "trailing ", "two\nlines", "\n\nafter lines\n", "Ünïcode – „x“"]
WORDS += ["<b>html</b> & co", "{braces}", "ends with n", "1", "The quick brown fox jumps over the lazy dog."]


def row(dataset: str, answers: int, random: Random) -> dict[str, Any]:
    """A row with every column that the templates of a data set read. `answers`: how many choices there are."""

    def text() -> str:
        return random.choice(WORDS)

    def texts(least: int) -> list[str]:
        return [text() for _ in range(random.randint(least, 5))]

    letters = ["A", "B", "C", "D"]
    columns: dict[str, Any] = {name: text() for name in TEXT_COLUMNS}
    columns |= {
        "label": random.randrange(max(answers, 1)),
        "stars": random.randint(1, 5),
        "star": random.randint(1, 5),
        "star_rating": random.randint(1, 5),
        "span2_index": random.randint(0, 6),
        "translation": {language: text() for language in ("de", "en", "fr")},
        "answers": {"text": texts(1), "answer_start": [0]},
        "choices": {"label": letters, "text": [text() for _ in letters]},
        "answerKey": random.choice(letters),
        "concepts": texts(1),
        "endings": [f"ending {text()}" for _ in range(4)],
        "actions": " ".join(random.choices(["I_TURN_LEFT", "I_WALK", "I_LOOK", "x", "JUMP_I_"], k=4)),
    }
    if dataset == "hellaswag":
        columns["label"] = str(columns["label"] % 4)
    if dataset == "glue/stsb":
        columns["label"] = random.random() * 5
    if dataset == "glue/mrpc" or dataset == "cosmos_qa":
        columns["label"] = random.randrange(max(answers, 2))
    if dataset == "nq_open":
        columns["answer"] = texts(1)
    if dataset == "super_glue/record":
        columns |= {"entities": texts(2), "answers": texts(0), "query": f"{text()} @placeholder {text()}"}
        columns["passage"] = f"{text()}\n@highlight\n{text()}\n@highlight\n{text()}"
    if dataset == "super_glue/copa":
        columns |= {"question": random.choice(["cause", "effect"]), "label": random.choice([-1, 0, 1])}
    if dataset.startswith("winogrande"):
        columns["answer"] = random.choice(["1", "2"])
    if dataset == "commonsense_qa":
        columns["answerKey"] = random.choice(["", *letters])
    if dataset == "piqa":
        columns |= {"sol1": f"x{text()}", "sol2": f"Y{text()}", "label": random.randrange(2)}
    return columns


_LISTED = """
    text title content review_body review_title product_category review_headline product_title review package_name
    article highlights target question context answer0 answer1 answer2 answer3 hypothesis premise sentence sentence1
    sentence2 question1 question2 ctx_a ctx_b ctx activity_label answer question_stem goal sol1 sol2 situation
    background dialogue summary commands passage choice1 choice2 paragraph query word span1_text span2_text option1
    option2 document
"""
TEXT_COLUMNS = _LISTED.split()
