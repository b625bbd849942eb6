"""Generated texts for differential tests: words, punctuation, empty texts, several scripts."""

from __future__ import annotations

import random

from recipe_lang.program.predictions import Choice, Prediction
from runtime.evaluate.metrics import metric
from runtime.evaluate.metrics.metric import Metric
from tests.compiled import metrics

WORDS = [
    "the",
    "a",
    "an",
    "cat",
    "cats",
    "sat",
    "on",
    "mat,",
    "mat.",
    "The",
    "Answer:",
    "42",
    "3.14",
    "running",
    "runs",
    "ran",
    "-5",
    "it's",
    "U.S.",
    "don't",
    "наука",
    "и",
    "жизнь",
    "你好",
    "世界",
    "我们",
    "日本語の",
    "テスト",
    "안녕하세요",
    "세계",
    "नमस्ते",
    "दुनिया",
    "שלום",
    "عالم",
    "ไทย",
    "½",
    "café",
    "naïve",
    "🙂",
    "\u200b",
    "\xa0",
]


def make(call: str) -> Metric:
    """`make("accuracy(per = group)")`."""
    (written,) = metrics(call)
    return metric(written)


def text(rng: random.Random, longest: int = 14) -> str:
    if rng.random() < 0.06:
        return rng.choice(["", " ", "\n", ".", "the"])
    words = rng.choices(WORDS[: rng.choice([6, 22, len(WORDS)])], k=rng.randint(1, longest))
    return rng.choice([" ", " ", " ", "\n", "  "]).join(words)


def near(rng: random.Random, source: str) -> str:
    """A text like another one: some words dropped, doubled or replaced."""
    words = [w for w in source.split() for _ in range(rng.choice([0, 1, 1, 1, 1, 2]))]
    return " ".join(rng.choice(WORDS) if rng.random() < 0.15 else w for w in words)


def predictions(count: int, seed: int = 0, references: int = 1) -> list[Prediction]:
    rng = random.Random(seed)
    found = []
    for row in range(count):
        expected = [text(rng) for _ in range(rng.randint(1, references))]
        answer = near(rng, expected[0]) if rng.random() < 0.7 else text(rng)
        found.append(prediction(answer, *expected, row=row))
    return found


def prediction(answer: str | None, *expected: str, row: int = 0, **fields) -> Prediction:
    settings = {
        "id": f"r{row}",
        "template": "t",
        "group": f"r{row}",
        "prompt": "",
        "references": expected,
        "text": answer or "",
        "answer": answer,
        "expected": expected,
        "draw": 0,
        "exemplars": 0,
        "slices": {},
        "scores": {},
    }
    return Prediction(**(settings | fields))


def choices(count: int, labels: list[str], seed: int = 0, *, known: int | None = None) -> list[Prediction]:
    """Classified rows; the choices offered are the first `known` labels."""
    rng = random.Random(seed)
    offered = labels[:known]
    found = []
    for row in range(count):
        scores = tuple(Choice(label, -rng.random() * 9, rng.randint(1, 6)) for label in offered)
        best = max(scores, key=lambda choice: choice.logprob).text
        wanted = best if rng.random() < 0.5 else rng.choice(offered)
        found.append(prediction(best, wanted, row=row, choices=scores))
    return found
