"""Which parts of a program touch training and which evaluation: what its hashes, `ift diff` and resuming go by.

It follows from the schema's marks alone, and from what training reaches: a dataset that only an evaluation reads does
not touch training, whatever is changed in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from recipe_lang.program.block import Affected, Affects, Inner, Settings
from recipe_lang.program.document import Hashes, digest
from recipe_lang.program.kinds import PARTS, model_of
from recipe_lang.program.program import Program
from recipe_lang.program.reach import trained_tasks

Path = tuple[str, ...]


def affected_by(program: Program, path: Path) -> Affected:
    """What a change of the value at `path` (keys into the dumped program) touches."""
    match path:
        case (part, name, *rest) if part in PARTS:
            touched = _of_field(model_of(PARTS[part]), rest)
            return "evaluation" if touched == "training" and name not in _trained(program)[part] else touched
        case ("train", *rest):
            return _of_field(model_of("train"), rest)
        case ("evaluations", *rest):
            return _of_field(model_of("evaluate"), rest[1:])
        case ("seed",):
            return "training"
    return "nothing"


def hashes_of(program: Program) -> Hashes:
    """Evaluation judges what training made: its hash covers both. The order of keys is no part of either."""
    values = program.model_dump(mode="json", by_alias=True)
    leaves = [(path, value, affected_by(program, path)) for path, value in sorted(walk(values), key=itemgetter(0))]
    training = [(path, value) for path, value, touched in leaves if touched == "training"]
    both = [(path, value) for path, value, touched in leaves if touched != "nothing"]
    return Hashes(training=digest(training), evaluation=digest(both))


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that is no dict with contents, with the keys that lead to it; lists are values."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from walk(inner, (*path, key))
    elif path[:1] == ("evaluations",) and isinstance(value, list) and len(path) == 1:
        for index, inner in enumerate(value):
            yield from walk(inner, (*path, str(index)))
    else:
        yield path, value


def _of_field(model: type[Settings], path: list[str]) -> Affected:
    """By the mark of the innermost field on the path that has one, else by its model's own."""
    touched = model.affects
    for part in path:
        field = next((f for name, f in model.model_fields.items() if (f.alias or name) == part), None)
        if field is None:
            break
        marks = [mark.what for mark in field.metadata if isinstance(mark, Affects)]
        touched = marks[-1] if marks else touched
        if not (isinstance(field.annotation, type) and issubclass(field.annotation, Inner)):
            break
        model = field.annotation
    return touched


def _trained(program: Program) -> dict[str, set[str]]:
    """Names of the blocks that training reaches."""
    if program.train is None:
        return {part: set() for part in PARTS}
    tasks = trained_tasks(program)
    templates = {template for task in tasks for template in program.tasks[task].templates}
    return {
        "models": {program.train.model},
        "datasets": {program.tasks[task].dataset for task in tasks},
        "templates": templates,
        "tasks": set(tasks),
        "mixtures": _mixtures(program.train.data, program),
        "suites": set(),
    }


def _mixtures(name: str, program: Program) -> set[str]:
    if name not in program.mixtures:
        return set()
    mixture = program.mixtures[name]
    below = [*mixture.tasks, *(mixture.replay.tasks if mixture.replay else ())]
    return {name}.union(*(_mixtures(inner, program) for inner in below))
