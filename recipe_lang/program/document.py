"""`plan.json`: program, figures, origins and hashes."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from recipe_lang.program.base import Model
from recipe_lang.program.facts import Facts
from recipe_lang.program.figures import Figures
from recipe_lang.program.program import Program


class Origin(Model):
    """Where a value of the program was written. 1-based, columns and offsets in code points, ends exclusive."""

    file: str
    """Relative to the recipe's folder; `--set` for the command line."""
    line: int
    column: int
    end_line: int
    end_column: int
    offset: int
    end_offset: int


class Hashes(Model):
    """sha256 over the parts of the program that affect training, and evaluation."""

    training: str
    evaluation: str


class Plan(Model):
    format_version: Literal[1] = 1
    hash: str
    """`program_hash(program)`."""
    hashes: Hashes
    program: Program
    facts: Facts | None
    figures: Figures
    origins: dict[str, Origin]
    """JSON pointer into `program` → origin."""


def canonical(value: Any) -> bytes:
    """The one byte form that is hashed: JSON with sorted keys, no spaces, UTF-8."""
    if isinstance(value, Model):
        value = value.model_dump(mode="json", by_alias=True)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(value: Any) -> str:
    """sha256 of the canonical form, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


SPREAD = frozenset({"micro_batch", "distribute", "devices", "nodes"})
"""Settings of training that say how its work is spread over memory and machines, and change no result."""


def program_hash(program: Program) -> str:
    """sha256 over the canonical program without what only spreads its work."""
    return digest(program.model_dump(mode="json", by_alias=True, exclude={"train": set(SPREAD)}))
