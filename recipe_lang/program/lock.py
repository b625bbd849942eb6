"""`RECIPE.lock`: what the outside world held when the recipe was locked."""

from __future__ import annotations

from typing import Literal

from recipe_lang.program.base import Model
from recipe_lang.program.columns import ColumnType
from recipe_lang.program.facts import Facts, ModelFacts


class LockedDataset(Model):
    rows: int
    """Rows in the data, before anything is dropped."""
    columns: dict[str, ColumnType]
    hash: str
    """sha256 of the content as read."""


class Lock(Model):
    """Facts of the outside world only: nothing in here says what the recipe does with them."""

    format_version: Literal[1] = 1
    models: dict[str, ModelFacts]
    datasets: dict[str, LockedDataset]


def lock_of(facts: Facts) -> Lock:
    datasets = {
        name: LockedDataset(rows=data.source, columns=data.columns, hash=data.hash)
        for name, data in facts.datasets.items()
    }
    return Lock(models=facts.models, datasets=datasets)


def drift(locked: Lock, found: Lock) -> list[tuple[str, str, str, str]]:
    """What differs, as (kind, name, field, words): a name that only one side has, or a field's two values."""
    differences = []
    for kind in ("models", "datasets"):
        before, now = getattr(locked, kind), getattr(found, kind)
        for name in sorted(before.keys() | now.keys()):
            if name not in now or name not in before:
                differences.append((kind, name, "", "is new" if name in now else "is gone"))
                continue
            for field in type(before[name]).model_fields:
                old, new = getattr(before[name], field), getattr(now[name], field)
                if old != new:
                    differences.append((kind, name, field, f"was {_short(old)}, is {_short(new)}"))
    return differences


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:12] + "…"
