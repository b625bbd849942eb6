"""What several programs were told differently, in the words of the language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from recipe_lang.program.program import Program

_BLOCKS = ("models", "datasets", "templates", "tasks", "mixtures", "suites")
"""Parts of a program that hold blocks by name."""


def differing(programs: Sequence[Program]) -> list[dict[str, Any]]:
    """Setting → the value in each program, where they are not all the same. A block that one of them lacks is one
    setting, there or not."""
    flat = [_flat(program) for program in programs]
    missing = object()
    found: dict[str, dict[str, Any]] = {}
    for block, name in dict.fromkeys(setting for one in flat for setting in one):
        present = [any(own == block for own, _ in one) for one in flat]
        values = [one.get((block, name), missing) for one in flat]
        if not all(present):
            found[block] = {"setting": block, "values": ["there" if there else "not there" for there in present]}
        elif any(value != values[0] for value in values[1:]):
            setting = f"{block}.{name}" if block and name else block or name
            found[setting] = {"setting": setting, "values": [None if v is missing else v for v in values]}
    return list(found.values())


def _flat(program: Program) -> dict[tuple[str, str], Any]:
    """(block, path of the setting in it) → value."""
    found = {}
    for part, value in program.model_dump(mode="json", by_alias=True).items():
        for block, settings in _blocks(part, value):
            found |= {(block, name): leaf for name, leaf in _leaves(settings)}
    return found


def _blocks(part: str, value: Any) -> Iterator[tuple[str, Any]]:
    if part in _BLOCKS:
        yield from value.items()
    elif part == "evaluations":
        for number, block in enumerate(value, 1):
            yield block["name"] or ("evaluate" if len(value) == 1 else f"evaluate {number}"), block
    elif part == "train":
        yield from [("train", value)] if value is not None else []
    else:
        yield "recipe", {part: value}


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    else:
        yield path, value
