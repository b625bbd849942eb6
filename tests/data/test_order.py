"""Recipes that differ in the order of keys alone have the same hashes, so they have the same rows."""

from __future__ import annotations

from typing import Any

import pytest

from recipe_lang.plan.affects import hashes_of
from recipe_lang.program.document import digest
from runtime.data import prepare
from tests.data import programs

ROWS = [{"q": f"question {n}?", "a": f"answer {n % 7}"} for n in range(60)]
COLUMNS = programs.columns(q="text", a="text")
PARTS = (
    "train = 60%",
    "test = 40%",
    "exemplars = 5 rows",
    "validation = share(20%, of = train)",
    "kept = share(20%, of = train)",
)


def backwards(items: dict[str, Any]) -> dict[str, Any]:
    return dict(reversed(items.items()))


def shown(program, root, folders) -> dict[str, list[tuple[str, str]]]:
    """Split → row ids and prompts, in their order."""
    data = prepare(program, root, folders)
    splits = data.tables["answering"]
    return {
        split: [(one.row, one.prompt) for one in (data.examples("answering", split)[i] for i in range(len(table)))]
        for split, table in splits.items()
    }


@pytest.mark.parametrize(
    ("columns", "parts"), [(backwards(COLUMNS), PARTS), (COLUMNS, PARTS[::-1])], ids=["columns", "splits"]
)
@pytest.mark.parametrize("limit", [None, 17])
def test_the_order_of_keys_in_a_recipe_changes_nothing(rows, folders, columns, parts, limit):
    def program(columns, parts):
        data = programs.dataset(
            programs.files("data.jsonl"), columns=columns, split=programs.split(parts=parts), limit=limit
        )
        return programs.program(datasets={"data": data}, train=programs.train(max_length=64))

    one, other = program(COLUMNS, PARTS), program(columns, parts)

    assert digest(one.model_dump(mode="json")) == digest(other.model_dump(mode="json"))
    assert hashes_of(one) == hashes_of(other)
    root = rows(ROWS)
    assert shown(one, root, folders) == shown(other, root, folders)


def test_the_order_of_keys_in_the_data_changes_nothing(rows, folders):
    program = programs.program()

    first = shown(program, rows(ROWS), folders)
    assert shown(program, rows([backwards(row) for row in ROWS]), folders) == first
