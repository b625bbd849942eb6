"""What two programs would do differently, and what each difference touches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

from recipe_lang.diagnostics.render.visible import printable
from recipe_lang.plan.affects import KINDS, affected_by, walk
from recipe_lang.program.program import Program
from recipe_lang.schema.base import Affected
from recipe_lang.source import Source
from recipe_lang.syntax import parse

Key = tuple[str, ...]
ABSENT = object()
LONGEST_VALUE = 60


def differences(before: Program, after: Program) -> Iterator[tuple[Affected, str]]:
    """What each difference touches and what it is, in words; a block that only one side has is one difference."""
    old, new = _leaves(before), _leaves(after)
    told: set[Key] = set()
    for path in dict.fromkeys([*old, *new]):
        block = _block(path)
        for side, other, word in ((old, new, "is gone"), (new, old, "is new")):
            if path in side and block and not any(key[: len(block)] == block for key in other):
                if block not in told:
                    told.add(block)
                    yield _touched_by_block(before if side is old else after, side, block), f"{_spelt(block)} {word}"
                break
        else:
            if old.get(path, ABSENT) != new.get(path, ABSENT):
                values = f"{_shown(old.get(path, ABSENT))} → {_shown(new.get(path, ABSENT))}"
                yield affected_by(after if path in new else before, path), f"{_spelt(path)}: {values}"


def other_runs(before: Source, after: Source) -> Iterator[str]:
    """Differences of two recipes in the runs that they offer beside their own: variants and sweeps."""
    old, new = _changes(before), _changes(after)
    for block in dict.fromkeys([*old, *new]):
        if block not in old or block not in new:
            yield f"{block} {'is gone' if block in old else 'is new'}"
            continue
        for path in dict.fromkeys([*old[block], *new[block]]):
            values = (settings[block].get(path, "not set") for settings in (old, new))
            first, second = (printable(value) for value in values)
            if first != second:
                yield f"{block}.{path}: {first} → {second}"


def _changes(source: Source) -> dict[str, dict[str, str]]:
    """The settings of each `variant` and of the `sweep`, as they are written, white space aside."""
    file, _ = parse(source)
    return {
        " ".join(filter(None, (block.kind.text, block.name and block.name.text))): {
            setting.path.text: " ".join(source.slice(setting.value.span).split()) for setting in block.body.settings
        }
        for block in file.body.blocks
        if block.kind.text in ("variant", "sweep")
    }


def _leaves(program: Program) -> dict[Key, Any]:
    return dict(walk(program.model_dump(mode="json", by_alias=True)))


def _block(path: Key) -> Key:
    """The keys of the block that a value belongs to; empty for values of the program itself."""
    if path[0] in KINDS or path[0] == "evaluations":
        return path[:2]
    return path[:1] if path[0] == "train" and len(path) > 1 else ()


def _touched_by_block(program: Program, leaves: dict[Key, Any], block: Key) -> Affected:
    """The most that any value of a block touches."""
    touched = {affected_by(program, path) for path in leaves if path[: len(block)] == block}
    return next(group for group in get_args(Affected) if group in touched)


def _spelt(path: Key) -> str:
    """As the language writes it: `visits.limit`, `train.learning_rate`, `evaluate 2.limit` where it has no name."""
    if path[0] in KINDS:
        return ".".join(path[1:])
    if path[0] == "evaluations":
        return ".".join([f"evaluate {int(path[1]) + 1}", *path[2:]])
    return ".".join(path)


def _shown(value: Any) -> str:
    if value is ABSENT:
        return "not set"
    text = "none" if value is None else json.dumps(value, ensure_ascii=False)
    return printable(text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…")
