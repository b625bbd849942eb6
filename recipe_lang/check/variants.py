"""The changes that variants and sweeps write down."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from recipe_lang.check.heirs import heir
from recipe_lang.check.members import metric_known
from recipe_lang.check.names import Scope, Table, size
from recipe_lang.check.overrides import SINGLE, Change
from recipe_lang.check.reports import Occasion
from recipe_lang.check.result import Recipe
from recipe_lang.diagnostics.model import Diagnostic, Label
from recipe_lang.diagnostics.problems import names as name_problems
from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.diagnostics.problems.training import never_measured
from recipe_lang.program.block import Unresolved
from recipe_lang.program.metrics import TaskMetric
from recipe_lang.program.values import refs
from recipe_lang.reading.annotations import reader_of
from recipe_lang.reading.bodies import as_written, items
from recipe_lang.reading.lists import read
from recipe_lang.reading.scope import Unreadable
from recipe_lang.source import Source, Span
from recipe_lang.syntax import tree

LARGEST_SWEEP = 256
SWEEP_BUDGET = 50_000
VARIANT_BUDGET = 10_000
"""Settings to read, over all combinations, and over all variants that were not chosen: a bound on a check's time."""


Pair = tuple[tree.Path, tree.Value]


@dataclass(eq=False)
class Choice:
    """One value of an axis of a sweep, or one of every axis: the settings that it changes."""

    label: str
    pairs: tuple[Pair, ...]

    def changes(self, table: Table) -> list[Change]:
        return [Change(path, value, table.scope) for path, value in self.pairs]


def variants(body: tree.Body) -> dict[str, tree.Block]:
    """The variants of a file by name, with what they take over from each other."""
    named = {block.name.text: block for block in body.blocks if block.kind.text == "variant" and block.name}
    bases = {name: named.get(block.like.text) for name, block in named.items() if block.like}
    return {name: heir(block, base) if (base := bases.get(name)) else block for name, block in named.items()}


def checked_variants(chosen: Sequence[str], table: Table) -> list[str]:
    """The variants to check beside the chosen ones; of a large recipe the first few, and a note says so."""
    others = {name: block for name, block in variants(table.unit.tree.body).items() if name not in chosen}
    few = max(4, VARIANT_BUDGET // max(1, size(table.unit.tree.body)))
    for name, block in list(others.items())[few : few + 1]:
        table.scope.report(problems.unchecked_variants(name, table.scope.place((block.name or block.kind).span)))
    return list(others)[:few]


def composed(chosen: Sequence[str], table: Table) -> list[Change]:
    """The changes of several variants, in the order in which they are given. Two that change a setting to different
    values, or of which the later one replaces what the earlier one changes, do not go together."""
    known, first = variants(table.unit.tree.body), dict[str, tuple[str, tree.Path, tree.Value]]()
    changes: list[Change] = []
    for name in dict.fromkeys(chosen):
        pairs = list(_pairs(known[name], table)) if name in known else []
        for path, value in pairs:
            for text, (other, at, earlier) in first.items():
                same = text == path.text and as_written(value, table.scope) != as_written(earlier, table.scope)
                if same or text.startswith(f"{path.text}."):
                    places = table.scope.place(at.span), table.scope.place(path.span)
                    table.scope.report(problems.variants_disagree(path.text, other, name, *places))
        first |= {path.text: (name, path, value) for path, value in pairs}
        changes += [Change(path, value, table.scope) for path, value in pairs]
    return changes


def variant_occasion(name: str, table: Table) -> Occasion:
    """What is said of a reading of a variant that was not chosen."""
    block = variants(table.unit.tree.body)[name]
    assert block.name is not None
    label = Label(table.scope.place(block.name.span), f"in variant `{name}`")
    return Occasion(table.scope.place(block.span), label, name)


def sweep_occasion(choice: Choice, table: Table) -> Occasion:
    """What is said of a reading of one combination of the sweep."""
    sweep = _sweep(table)
    assert sweep is not None
    label = Label(table.scope.place(sweep.kind.span), f"with {choice.label}")
    return Occasion(table.scope.place(sweep.span), label)


def unknown_variant(name: str, table: Table) -> None:
    """Reports that there is no variant of the name that the command line gives."""
    scope = Scope(Source("--variant", name), table, table.unit.folder)
    known = list(variants(table.unit.tree.body))
    scope.report(name_problems.unknown_variant(name, known, scope.place(Span(0, len(name)))))


def _pairs(variant: tree.Block, table: Table) -> Iterator[Pair]:
    scope = table.scope
    for item, _ in items(variant.body, scope):
        if isinstance(item, tree.Setting):
            yield item.path, item.value
        else:
            scope.report(_block_inside(item, table))


def combinations(table: Table, settled: Container[str] = ()) -> list[Choice]:
    """Every combination of the sweep's axes, the last changing fastest; empty without a sweep.

    An axis whose path is `settled` (by the command line) is left out.
    """
    sweep = _sweep(table)
    if sweep is None:
        return []
    axes = [axis for path, axis in _axes(sweep, table) if axis and path not in settled]
    count = prod(len(axis) for axis in axes)
    limit = max(1, min(LARGEST_SWEEP, SWEEP_BUDGET // size(table.unit.tree.body)))
    if count > limit:
        table.scope.report(problems.sweep_too_large(count, limit, table.scope.place(sweep.kind.span)))
        return []
    return _distinct([_joined(choices) for choices in product(*axes)]) if axes else []


def _sweep(table: Table) -> tree.Block | None:
    return next((block for block in table.unit.tree.body.blocks if block.kind.text == "sweep"), None)


def best_of(table: Table, recipe: Recipe) -> str | None:
    """`task.metric`, by which the sweep names its best run."""
    sweep = _sweep(table)
    written = (item for item in sweep.body.settings if item.path.text == "best") if sweep else ()
    for item in written:
        try:
            name = read(reader_of(TaskMetric), item.value, table.scope, "`best`")
            if not any(name.task == task.name for b in recipe.evaluations for task in recipe.leaves(b.tasks)):
                table.scope.report(never_measured(name.task, table.scope.place(item.value.span)))
                return None
            metric_known(name, recipe, table.scope.report)
            return f"{name.task}.{recipe.metric(name)}"
        except (Unreadable, Unresolved):
            pass
    return None


def _block_inside(block: tree.Block, table: Table) -> Diagnostic:
    word = block.kind.text
    names = {each.name.text for each in table.unit.tree.body.blocks if each.name}
    return problems.block_in_variant(word, word in names or word in SINGLE, table.scope.place(block.kind.span))


def _axes(sweep: tree.Block, table: Table) -> Iterator[tuple[str, list[Choice]]]:
    scope = table.scope
    for item, _ in items(sweep.body, scope):
        if isinstance(item, tree.Block):
            scope.report(_block_inside(item, table))
        elif item.path.text == "best":
            continue
        elif item.path.text == "variants":
            yield "variants", _variant_axis(item, table)
        elif isinstance(item.value, tree.ListValue) and item.value.items:
            path = item.path
            labels = _labels(path.text, item.value, scope)
            yield path.text, [Choice(label, ((path, value),)) for label, value in labels.items()]
        elif not isinstance(item.value, tree.Broken):
            scope.report(problems.axis_not_a_list(item.path.text, scope.place(item.value.span)))


def _labels(path: str, values: tree.ListValue, scope: Scope) -> dict[str, tree.Value]:
    """Each value of an axis under the label of its runs; the same run twice is reported."""
    labels: dict[str, tree.Value] = {}
    for value in values.items:
        label = f"{path}={as_written(value, scope)}"
        if (first := labels.setdefault(label, value)) is not value:
            places = scope.place(first.span), scope.place(value.span)
            scope.report(problems.repeated_item(as_written(value, scope), f"`{path}`", *places))
    return labels


def _variant_axis(item: tree.Setting, table: Table) -> list[Choice]:
    known = variants(table.unit.tree.body)
    try:
        names = read(reader_of(refs("variant")), item.value, table.scope, "`variants`")
    except Unreadable:
        return []
    return [Choice(name, tuple(_pairs(known[name], table))) for name in names if name in known]


def _joined(choices: Sequence[Choice]) -> Choice:
    return Choice(",".join(choice.label for choice in choices), tuple(p for choice in choices for p in choice.pairs))


def _distinct(choices: list[Choice]) -> list[Choice]:
    """Labels fit to name folders: letters, digits and a few signs, each once."""
    seen: set[str] = set()
    named = []
    for index, choice in enumerate(choices, 1):
        label = re.sub(r"[^\w.=,+-]+", "-", choice.label).strip("-")[:120]
        label = f"{label}-{index}" if label in seen else label
        seen.add(label)
        named.append(Choice(label, choice.pairs))
    return named
