"""`on_overlap`: what becomes of training rows that stand in an evaluation of the recipe or in another split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems import rows as problems
from recipe_lang.program.document import digest
from recipe_lang.program.facts import Overlap
from recipe_lang.program.program import Program
from recipe_lang.program.reach import evaluated_tasks, leaf_tasks, templates_of, trained_tasks
from runtime.data.overlap.find import Match, Side, find_overlap
from runtime.data.splits.reads import answer_columns, prompt_columns
from runtime.data.splits.select import Selection

TRAINED = "train"


def decontaminate(
    program: Program, selections: dict[str, Selection], diagnostics: list[Diagnostic]
) -> dict[str, Selection]:
    """The selections without what `drop_from_train` drops. Raises Stop where overlap is an error."""
    kept = dict(selections)
    errors: list[Diagnostic] = []
    for name in dict.fromkeys(program.tasks[task].dataset for task in program.tasks if task in trained_tasks(program)):
        if name not in selections or TRAINED not in selections[name].splits:
            continue
        selection, policy = selections[name], program.datasets[name].on_overlap
        dropped: set[int] = set()
        overlaps: list[Overlap] = []
        for other, split in _evaluated(program, selections, name):
            matches = find_overlap(_side(program, selection, TRAINED, answers=True), _side(program, other, split))
            if matches:
                dropped |= {match.trained for match in matches}
                overlaps.append(_overlap(other, split, selection, TRAINED, matches))
        between = list(_between_others(program, selection))
        kept[name] = replace(selection, overlaps=[*overlaps, *between])
        if policy == "drop_from_train":
            if dropped:
                kept[name] = _without(kept[name], dropped)
            told = ((overlaps, policy), (between, "report"))
            diagnostics += [problems.overlap(name, found, way) for found, way in told if found]
        elif overlaps or between:
            (errors if policy == "error" else diagnostics).append(problems.overlap(name, [*overlaps, *between], policy))
    if errors:
        raise Stop(*errors)
    return kept


def _between_others(program: Program, selection: Selection) -> Iterator[Overlap]:
    """Splits that are not trained on, two by two."""
    for first, second in combinations([split for split in selection.splits if split != TRAINED], 2):
        matches = find_overlap(_side(program, selection, first), _side(program, selection, second))
        if matches:
            yield _overlap(selection, second, selection, first, matches)


def _evaluated(program: Program, selections: dict[str, Selection], trained: str) -> Iterator[tuple[Selection, str]]:
    """Every other split of the trained data, and every split that an evaluation of the recipe asks."""
    evaluated: dict[tuple[str, str], None] = {(trained, split): None for split in selections[trained].splits}
    for task in program.tasks:
        if task in evaluated_tasks(program) and program.tasks[task].dataset in selections:
            evaluated |= {(program.tasks[task].dataset, split): None for split in _asked(program, task, selections)}
    for name, split in evaluated:
        if (name, split) != (trained, TRAINED):
            yield selections[name], split


def _asked(program: Program, task: str, selections: dict[str, Selection]) -> set[str]:
    splits = selections[program.tasks[task].dataset].splits
    blocks = [block for block in program.evaluations if task in leaf_tasks(block.tasks, program)]
    named = {block.split for block in blocks if block.split}
    return {split for split in splits if split in named or split in ("test", "validation")}


def _side(program: Program, selection: Selection, split: str, *, answers: bool = False) -> Side:
    """What templates read of the rows: an evaluation is given away by its questions, wherever they stand."""
    templates = templates_of(selection.name, program)
    names = list(selection.rows.columns)
    questions = {column for template in templates for column in prompt_columns(template, names)}
    said = questions | {column for template in templates for column in answer_columns(template, names)}
    return Side(selection, split, tuple(sorted(said if answers else questions)), tuple(sorted(said)))


def _overlap(evaluated: Selection, split: str, selection: Selection, other: str, matches: list[Match]) -> Overlap:
    return Overlap(
        dataset=evaluated.name,
        split=split,
        rows=len({match.evaluated for match in matches}),
        total=len(evaluated.splits[split]),
        whole=len({match.evaluated for match in matches if match.whole}),
        other=other,
        other_rows=len({match.trained for match in matches}),
        example=(evaluated.rows.place(matches[0].evaluated), selection.rows.place(matches[0].trained)),
    )


def _without(selection: Selection, dropped: set[int]) -> Selection:
    """The selection without some of its training rows."""
    order = selection.splits[TRAINED]
    kept = order[~np.isin(order, list(dropped))]
    if len(kept) == 0:
        raise Stop(problems.empty_split(TRAINED, selection.name, len(order), declared=True))
    return replace(
        selection,
        key=digest([selection.key, sorted(dropped)]),
        splits=selection.splits | {TRAINED: kept},
        overlapping=len(order) - len(kept),
    )
