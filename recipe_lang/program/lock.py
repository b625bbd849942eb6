"""`RECIPE.lock`: what the outside world held when the recipe was locked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Literal, TypeVar

from pydantic import Field

from recipe_lang.program.base import Model
from recipe_lang.program.columns import ColumnType
from recipe_lang.program.dataset import Dataset, HubSource
from recipe_lang.program.facts import Facts, ModelFacts
from recipe_lang.program.model import HubModel, LanguageModel

COMMIT = re.compile(r"[0-9a-f]{40}")


class LockedDataset(Model):
    rows: int
    """Rows in the data, before anything is dropped."""
    columns: dict[str, ColumnType]
    overlapping: int = 0
    """Training rows that `on_overlap = drop_from_train` takes out."""
    hash: str
    """sha256 of the content as read."""


class Lock(Model):
    """Facts of the outside world only: nothing in here says what the recipe does with them."""

    format_version: Literal[1] = 1
    revisions: dict[str, str] = Field(default_factory=dict)
    """`org/name@revision` (`datasets/org/name@revision` for data), as the recipe asks for it → the commit to load."""
    models: dict[str, ModelFacts]
    datasets: dict[str, LockedDataset]


def lock_of(facts: Facts) -> Lock:
    datasets = {
        name: LockedDataset(rows=data.source, columns=data.columns, overlapping=data.overlapping, hash=data.hash)
        for name, data in facts.datasets.items()
    }
    return Lock(revisions=facts.revisions, models=facts.models, datasets=datasets)


def merged(locks: Iterable[Lock]) -> Lock:
    """One lock for all combinations of a sweep, which share what has the same name."""
    revisions, models, datasets = {}, {}, {}
    for lock in locks:
        revisions |= lock.revisions
        models |= lock.models
        datasets |= lock.datasets
    return Lock(revisions=revisions, models=models, datasets=datasets)


Hub = TypeVar("Hub", HubModel, HubSource)


def revision_asked(source: HubModel | HubSource) -> str | None:
    """The key of a source in `Lock.revisions`; None where the recipe names a commit, which nothing can move."""
    if source.revision is not None and COMMIT.fullmatch(source.revision):
        return None
    name = f"datasets/{source.name}" if isinstance(source, HubSource) else source.name
    return f"{name}@{source.revision}" if source.revision else name


def revisions_asked(block: LanguageModel | Dataset) -> list[str]:
    """The keys of a block's sources."""
    sources = block.source.values() if isinstance(block.source, dict) else [block.source]
    found = (revision_asked(source) for source in sources if isinstance(source, HubModel | HubSource))
    return [key for key in dict.fromkeys(found) if key is not None]


def pinned(source: Hub, lock: Lock) -> Hub:
    """The source at the commit that its revision stood for when the recipe was locked."""
    commit = lock.revisions.get(revision_asked(source) or "")
    return source if commit is None else source.model_copy(update={"commit": commit})


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
                if isinstance(old, dict) and isinstance(new, dict):
                    word = field.removesuffix("s").replace("_", " ")
                    differences += [(kind, name, f"{word} `{key}`", words) for key, words in _entries(old, new)]
                elif old != new:
                    differences.append((kind, name, field, f"was {_short(old)}, is {_short(new)}"))
    return differences


def _entries(old: dict[str, object], new: dict[str, object]) -> Iterator[tuple[str, str]]:
    for key in sorted(old.keys() | new.keys()):
        if key not in old or key not in new:
            yield key, "is gone" if key in old else "is new"
        elif old[key] != new[key]:
            yield key, f"was {_short(old[key])}, is {_short(new[key])}"


def _short(value: object) -> str:
    """A column's type as its kind with what narrows it; of anything else a little."""
    if is_dataclass(value):
        rest = [f"{f.name} = {getattr(value, f.name)}" for f in fields(value) if f.name != "kind"]
        kept = [each for each in rest if not each.endswith("= None")]
        return f"{value.kind}({', '.join(kept)})" if kept else value.kind
    text = str(value)
    return text if len(text) <= 40 else text[:12] + "…"
