"""What two programs would do differently, and what each difference touches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from recipe_lang.diagnostics.render.visible import excerpts
from recipe_lang.plan.affects import Path, affected_by
from recipe_lang.plan.spelling import blocks
from recipe_lang.program.block import Affected
from recipe_lang.program.comparison import Setting
from recipe_lang.program.program import Program
from recipe_lang.source import Source
from recipe_lang.syntax import parse, parse_value
from recipe_lang.syntax.tree import Block, Call

ABSENT = "not set"


def differences(before: Program, after: Program) -> Iterator[tuple[Affected, str]]:
    """What each difference touches and what it is, in words; a block that only one side has is one difference."""
    old, new = blocks(before), blocks(after)
    for block, path in _differing([old, new]):
        name = _spelt(block, path)
        if not path:
            side, program = (old, before) if block in old else (new, after)
            touched = {affected_by(program, (*block, *inner)) for inner in side[block]}
            most = next(group for group in get_args(Affected) if group in touched)
            yield most, f"{name} {'is gone' if block in old else 'is new'}"
            continue
        first, second = (side[block].get(path, ABSENT) for side in (old, new))
        program = after if path in new[block] else before
        yield affected_by(program, (*block, *path)), f"{name}: {_shown(first, second)}"


def side_by_side(programs: Sequence[Program]) -> list[Setting]:
    """The settings that differ, as the language writes them."""
    sides, found = [_with_pins(program) for program in programs], []
    for block, path in _differing(sides):
        if path:
            found += _apart(_spelt(block, path), [side[block].get(path) for side in sides])
        else:
            values = ["there" if block in side else "not there" for side in sides]
            found.append(Setting(setting=_spelt(block), values=values))
    return found


def _apart(name: str, values: list[str | None]) -> Iterator[Setting]:
    """The setting; where all write the same word with arguments, those of them that differ."""
    calls = [_arguments(value) for value in values]
    if not all(calls) or len({word for word, _ in calls}) > 1:
        yield Setting(setting=name, values=values)
        return
    for argument in dict.fromkeys(argument for _, own in calls for argument in own):
        given = [own.get(argument) for _, own in calls]
        if len(set(given)) > 1:
            yield from _apart(f"{name}.{argument}" if argument else name, given)


def _arguments(value: str | None) -> tuple[str, dict[str, str]] | None:
    """The word of a call and what it is given, by name; what has none stands together under an empty one."""
    source = Source("", value or "")
    call, _ = parse_value(source)
    if not isinstance(call, Call):
        return None
    found: dict[str, str] = {}
    for one in call.arguments:
        name, text = one.name.text if one.name else "", source.slice(one.value.span)
        found[name] = f"{found[name]}, {text}" if name in found else text
    return call.path.text, found


def _with_pins(program: Program) -> dict[Path, dict[Path, str]]:
    """The settings, and the commits that the lock holds for revisions, which no recipe spells."""
    found = blocks(program)
    for part in ("models", "datasets"):
        for name, block in getattr(program, part).items():
            sources = block.source if isinstance(block.source, dict) else {"": block.source}
            for split, source in sources.items():
                if commit := getattr(source, "commit", None):
                    path = ("source", split, "commit") if split else ("source", "commit")
                    found[part, name] = found[part, name] | {path: commit}
    return found


def _differing(sides: Sequence[dict[Path, dict[Path, str]]]) -> Iterator[tuple[Path, Path]]:
    """Block and setting, where the sides are not all the same; no setting where not all have the block."""
    for block in dict.fromkeys(block for side in sides for block in side):
        if not all(block in side for side in sides):
            yield block, ()
            continue
        for path in dict.fromkeys(path for side in sides for path in side[block]):
            if len({side[block].get(path) for side in sides}) > 1:
                yield block, path


def beside_the_program(before: Source, after: Source) -> Iterator[str]:
    """Differences of two recipes that their programs do not show: the runs that they offer beside their own, where runs
    are written, and which version is wanted."""
    old, new = _changes(before), _changes(after)
    for block in dict.fromkeys([*old, *new]):
        if block not in old or block not in new:
            yield f"{block} {'is gone' if block in old else 'is new'}"
            continue
        for path in dict.fromkeys([*old[block], *new[block]]):
            first, second = (side[block].get(path, ABSENT) for side in (old, new))
            if first != second:
                yield f"{block}.{path}: {_shown(first, second)}"


def _changes(source: Source) -> dict[str, dict[str, str]]:
    """The settings of each `variant`, of the `sweep` and of the header, as they are written, white space aside."""
    file, _ = parse(source)
    found = {}
    for block in file.body.blocks:
        if block.kind.text in ("variant", "sweep"):
            found[" ".join(filter(None, (block.kind.text, block.name and block.name.text)))] = _written(block, source)
        elif block.kind.text == "recipe":
            found["recipe"] = {
                path: text for path, text in _written(block, source).items() if path in ("output", "requires")
            }
    return found


def _written(block: Block, source: Source) -> dict[str, str]:
    like = {"like": block.like.text} if block.like else {}
    return like | {s.path.text: " ".join(source.slice(s.value.span).split()) for s in block.body.settings}


def _spelt(block: Path, path: Path = ()) -> str:
    """As the language writes it: `visits.limit`, `train.learning_rate`, `evaluate.limit`."""
    return ".".join([block[-1] if block else "recipe", *path])


def _shown(first: str, second: str) -> str:
    """Both values; of long ones the part from where they differ."""
    return " → ".join(excerpts([first, second]))
