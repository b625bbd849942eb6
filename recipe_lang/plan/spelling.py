"""The settings of a program's blocks, as a recipe writes them: `lora(rank = 8)`, `3 epochs`, `80%`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recipe_lang.plan.affects import KINDS
from recipe_lang.program import base, columns, train
from recipe_lang.program.dataset import Dataset, FileSource, Split, SplitCount, SplitPart, SplitShare, SplitSource
from recipe_lang.program.evaluate import Evaluate, Requirement
from recipe_lang.program.mixture import Counts, Mixture, Rates, Shares
from recipe_lang.program.model import Chat
from recipe_lang.program.program import Program
from recipe_lang.program.task import Metric, Task
from recipe_lang.program.train import Distribute, Duration, Every, Optimizer, Schedule
from recipe_lang.schema import model_of
from recipe_lang.schema.base import Model
from recipe_lang.schema.bodies import fields, rest
from recipe_lang.schema.methods import Method
from recipe_lang.schema.readers import Calls, Entries, InnerBlock, Reader, alternatives
from recipe_lang.schema.spelling import Called, spell
from recipe_lang.schema.train import Train
from recipe_lang.schema.types import Measure

Key = tuple[str, ...]
UNSET: dict[str, Any] = {}
"""A setting in whose place another one holds."""


def blocks(program: Program) -> dict[Key, dict[Key, str]]:
    """The settings of every block, by the path of the block in the program."""
    header = {"name": program.name, "description": program.description, "seed": program.seed}
    found = {(): {(name,): text for name, value in header.items() if (text := _header(name, value)) is not None}}
    for part, kind in KINDS.items():
        found |= {(part, name): settings(kind, block) for name, block in getattr(program, part).items()}
    if program.train is not None:
        found[("train",)] = settings("train", program.train)
    evaluations = {block.name or "evaluate": block for block in program.evaluations}
    return found | {("evaluations", name): settings("evaluate", block) for name, block in evaluations.items()}


def _header(name: str, value: str | int | None) -> str | None:
    return value if name == "name" else spell(value, fields(model_of("recipe"))[name].reader)


def settings(kind: str, block: Any) -> dict[Key, str]:
    """Every setting that holds in a block of the program, defaults among them, by its path within the block."""
    values = {(field.alias or name): getattr(block, name) for name, field in type(block).model_fields.items()}
    values |= _moved(block)
    found = dict(_spelt(model_of(kind), values))
    return {("for",): block.dataset} | found if kind == "template" else found


def _spelt(model: type[Model], values: Mapping[str, Any]) -> Iterator[tuple[Key, str]]:
    known, free = fields(model), rest(model)
    for name, value in values.items():
        if name in known:
            yield from _setting(name, _written(value), known[name].reader, model)
        elif name == model.rest and isinstance(free, Entries):
            yield from ((key, text) for entry, each in value.items() for key, text in _entry(entry, each, free))


def _setting(name: str, value: Any, reader: Reader, model: type[Model]) -> Iterator[tuple[Key, str]]:
    inner = {type(each): each for each in alternatives(reader)}
    if isinstance(value, dict) and Entries in inner:
        for entry, each in value.items():
            yield from (((name, *key), text) for key, text in _entry(entry, each, inner[Entries]))
    elif isinstance(value, dict) and InnerBlock in inner:
        yield from (((name, *key), text) for key, text in _spelt(inner[InnerBlock].model, value))
    elif (text := spell(value, reader)) is not None:
        yield (name,), text
    elif value is None and model.model_fields[fields(model)[name].attribute].get_default() is not None:
        yield (name,), "none"


def _entry(name: str, value: Any, entries: Entries) -> Iterator[tuple[Key, str]]:
    text = spell(_written(value), entries.value)
    if text is not None:
        yield (name,), text


def _moved(block: Any) -> dict[str, Any]:
    """The settings of a block that the program holds under other names, or in another shape."""
    match block:
        case Dataset(columns=dict() as declared):
            return {"columns": {name: _column(column.type, column.from_, name) for name, column in declared.items()}}
        case Task(overlong=overlong):
            cut = Called("cut", {"column": overlong.column, "side": overlong.side})
            action = cut if overlong.action == "cut" else overlong.action
            return {"overlong": action, "max_dropped": overlong.max_dropped}
        case Mixture(sampling=Rates() | Shares() | Counts() as given):
            return {given.kind: getattr(given, given.kind), "sampling": UNSET}
        case train.Train(start_from=str() as folder):
            return {"start_from": Called("run", {"folder": folder})}
        case Evaluate():
            every = [Called("every", {"cadence": _written(each)}) for each in block.every]
            return {"when": [*["start"] * block.start, *every, *["end"] * block.end], "shots": block.shots or None}
    return {}


def _written(value: Any) -> Any:
    """A value of the program in the shape in which the language has it; inner blocks are dicts."""
    match value:
        case list():
            return [_written(each) for each in value]
        case Duration() | Every():
            return Measure.model_construct(amount=value.amount, unit=value.unit)
        case Metric():
            return value.spelling
        case Requirement():
            return value.expression
        case Chat():
            call = Called(value.use, {"path": value.path}, value.variables)
            return None if value.use == "none" else call
        case FileSource():
            return Called(value.format, {"paths": value.paths, "rows": value.rows})
        case train.Method():
            names = {theirs: ours for ours, theirs in _method(value.kind).peft_names.items()}
            options = {names.get(name, name): option for name, option in value.options.items()}
            return Called(value.kind, options | {"targets": value.targets})
        case Optimizer() | Schedule() | Distribute():
            return Called(value.kind, value.options)
        case SplitShare():
            return value.share
        case SplitCount():
            return value.rows
        case SplitPart():
            return Called("share", {"share": value.share, "of": value.of})
        case SplitSource():
            return f"source.{value.name}"
        case Split():
            by = Called(value.by, {"column": value.hash_column} if value.hash_column else {})
            return {name: getattr(value, name) for name in type(value).model_fields} | {"by": by}
        case base.Model() if "kind" in type(value).model_fields:
            return Called(value.kind, {name: each for name, each in value if name != "kind"})
        case base.Model():
            return dict(value)
    return value


def _method(word: str) -> type[Method]:
    calls = next(each for each in alternatives(fields(Train)["method"].reader) if isinstance(each, Calls))
    return calls.classes[word]  # type: ignore[return-value]


def _column(kind: columns.ColumnType, origin: str = "", name: str = "") -> Called:
    source = {"from": origin} if origin != name else {}
    match kind:
        case columns.Int(low=int() as low, high=int() as high):
            return Called("int", {"range": (low, high)} | source)
        case columns.LabelType(names=names):
            return Called("label", source, list(names))
        case columns.ListType(item=item) | columns.Optional(item=item):
            return Called(kind.kind, {"item": _column(item)} | source)
        case columns.Map(value=value):
            return Called("map", {"value": _column(value)} | source)
        case columns.Record(fields=inner):
            return Called("record", source, {each: _column(field) for each, field in inner.items()})
        case columns.Messages(format=form):
            return Called("messages", {"format": form} | source)
    return Called(kind.kind, source)
