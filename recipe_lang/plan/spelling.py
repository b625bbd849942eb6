"""The settings of a program's blocks, as a recipe writes them: `lora(rank = 8)`, `3 epochs`, `80%`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recipe_lang.program.block import Block, Inner, Settings
from recipe_lang.program.kinds import PARTS, model_of
from recipe_lang.program.program import Program
from recipe_lang.reading.annotations import shape_of
from recipe_lang.reading.bodies import Entries
from recipe_lang.reading.readers import Reader
from recipe_lang.reading.spelling import spell

Key = tuple[str, ...]


def blocks(program: Program) -> dict[Key, dict[Key, str]]:
    """The settings of every block, by the path of the block in the program."""
    header = {"name": program.name, "description": program.description, "seed": program.seed}
    spelt = {(): {(name,): text for name, value in header.items() if (text := _header(name, value)) is not None}}
    for part in PARTS:
        spelt |= {(part, name): settings(block) for name, block in getattr(program, part).items()}
    if program.train is not None:
        spelt[("train",)] = settings(program.train)
    return spelt | {("evaluations", block.name or "evaluate"): settings(block) for block in program.evaluations}


def _header(name: str, value: str | int | None) -> str | None:
    return value if name == "name" else spell(value, shape_of(model_of("recipe")).known[name].reader)


def settings(block: Block) -> dict[Key, str]:
    """Every setting that holds in a block of the program, defaults among them, by its path within the block."""
    spelt = dict(_spelt(block))
    target = getattr(block, block.target) if block.target else None
    return {("for",): target} | spelt if target else spelt


def _spelt(block: Settings) -> Iterator[tuple[Key, str]]:
    shape = shape_of(type(block))
    for name, field in shape.known.items():
        value = getattr(block, field.attribute)
        if name in block.idle:
            continue
        if isinstance(value, Inner):
            yield from (((name, *key), text) for key, text in _spelt(value))
        elif isinstance(value, dict):
            yield from (((name, *key), text) for key, text in _entries(value, field.reader))
        elif (text := spell(value, field.reader)) is not None:
            yield (name,), text
        elif value is None and type(block).model_fields[field.attribute].get_default() is not None:
            yield (name,), "none"
    if isinstance(shape.rest, Entries):
        yield from _entries(getattr(block, shape.model.rest), shape.rest)


def _entries(values: dict[str, Any], reader: Reader) -> Iterator[tuple[Key, str]]:
    entries = next(each for each in reader.alternatives if isinstance(each, Entries))
    for name, value in values.items():
        if (text := spell(value, entries.value)) is not None:
            yield (name,), text
