"""What the evaluations of a run say together: differences, suites, forgetting, gates. The rest of `results.json`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems import scores as problems
from recipe_lang.program.document import Plan
from recipe_lang.program.evaluate import Evaluate, Requirement
from recipe_lang.program.program import Program
from recipe_lang.program.reach import own_shots
from recipe_lang.program.results import (
    AgainstExemplars,
    Difference,
    Evaluation,
    Forgetting,
    Group,
    Key,
    Required,
    Results,
    Retained,
)
from runtime.base.borders import side
from runtime.evaluate.metrics.metric import Metric
from runtime.evaluate.pairs import Paired, paired_files
from runtime.evaluate.predictions import direct, read
from runtime.evaluate.retain import Drop, judge
from runtime.evaluate.score import metrics_of
from runtime.evaluate.suites import suite_figures

Pairs = Mapping[Key, Mapping[str, Paired]]
"""Metric → base against tuned, wherever both were evaluated."""


def conclude(plan: Plan, evaluations: Sequence[Evaluation], folder: Path) -> Results:
    """The document `results.json`. `evaluations` are those of `evaluate`, in the order of the run."""
    program = plan.program
    groups: list[Group] = []
    differences: list[Difference] = []
    against_exemplars: list[AgainstExemplars] = []
    retained: list[Retained] = []
    required: list[Required] = []
    for block in program.evaluations:
        own = [one for one in evaluations if one.block == block.name]
        pairs = _pairs(program, own, folder)
        groups += suite_figures(program, block, own, folder)
        differences += _differences(program, block, pairs)
        against_exemplars += _against_exemplars(program, block, own, pairs, folder)
        retained += _retained(program, block, pairs)
        required += [_required(one, own, block, program) for one in block.require]
    return Results(
        format_version=1,
        plan_hash=plan.hash,
        evaluations=list(evaluations),
        groups=groups,
        differences=differences,
        against_exemplars=against_exemplars,
        retain=retained,
        forgetting=_forgetting(retained),
        require=required,
    )


def gates(plan: Plan, results: Results, folder: Path) -> list[Diagnostic]:
    """What the gates say: errors where one was missed (exit code 3), warnings where a figure or verdict is doubtful."""
    found = _unseen(results.evaluations)
    for at, block in enumerate(plan.program.evaluations):
        own = [one for one in results.evaluations if one.block == block.name]
        expressions = {requirement.expression: i for i, requirement in enumerate(block.require)}
        for line in results.require:
            if line.expression in expressions and line.block == block.name and not line.passed:
                pointer = f"/evaluations/{at}/require/{expressions[line.expression]}"
                found.append(problems.requirement_missed(line.expression, line.value, pointer))
        found += _uneven(own, f"/evaluations/{at}/precision")
        judged = {line.task: line for line in results.retain if line.block == block.name}
        for task in block.retain:
            if task not in judged and _measured_twice(plan, block, task):
                found.append(problems.retained_without_figures(task, f"/evaluations/{at}/retain/{task}"))
        for task, line in judged.items():
            found += _verdict(line, block, f"/evaluations/{at}/retain/{task}")
            found += _by_chance(line, own, plan.program, folder, f"/evaluations/{at}/retain/{task}")
    return found


def _pairs(program: Program, own: Sequence[Evaluation], folder: Path) -> Pairs:
    return {
        tuned.key: _pair(program, metrics_of(program.tasks[tuned.task]), base, tuned, folder)
        for tuned in own
        if tuned.phase == "tuned" and (base := _base_of(tuned, own)) is not None
    }


def _pair(
    program: Program, metrics: Mapping[str, Metric], base: Evaluation, tuned: Evaluation, folder: Path
) -> dict[str, Paired]:
    files = (folder / base.predictions, folder / tuned.predictions)
    return paired_files(metrics, *files, root=program.seed, name=f"{tuned.task}/{tuned.split}")


def _base_of(tuned: Evaluation, own: Sequence[Evaluation]) -> Evaluation | None:
    return next((one for one in own if one.phase == "base" and one.key == tuned.key), None)


def _at_own_shots(program: Program, own: Sequence[Evaluation], task: str, phase: str) -> Evaluation | None:
    wanted = (task, own_shots(program, task), phase)
    return next((one for one in own if (one.task, one.shots, one.phase) == wanted), None)


def _differences(program: Program, block: Evaluate, pairs: Pairs) -> list[Difference]:
    return [
        _difference(key, spelling, metric, pair[spelling], block.confidence)
        for key, pair in pairs.items()
        for spelling, metric in metrics_of(program.tasks[key.task]).items()
    ]


def _difference(key: Key, spelling: str, metric: Metric, pair: Paired, confidence: float) -> Difference:
    low, high = pair.interval(confidence)
    return Difference(
        **key._asdict(),
        metric=spelling,
        better=metric.call.better,
        base=pair.first,
        tuned=pair.second,
        difference=pair.difference,
        confidence=confidence,
        low=low,
        high=high,
    )


def _against_exemplars(
    program: Program, block: Evaluate, own: Sequence[Evaluation], pairs: Pairs, folder: Path
) -> Iterator[AgainstExemplars]:
    for tuned in own:
        base = [one for one in own if (one.task, one.split, one.phase) == (tuned.task, tuned.split, "base")]
        if (tuned.phase, tuned.shots) != ("tuned", own_shots(program, tuned.task)) or len(base) < 2:
            continue
        spelling, metric = next(iter(metrics_of(program.tasks[tuned.task]).items()))
        for one in sorted(base, key=lambda one: one.shots):
            same = one.shots == tuned.shots
            pair = pairs[tuned.key] if same else _pair(program, {spelling: metric}, one, tuned, folder)
            difference = _difference(one.key, spelling, metric, pair[spelling], block.confidence)
            yield AgainstExemplars(**dict(difference), tuned_shots=tuned.shots)


def _retained(program: Program, block: Evaluate, pairs: Pairs) -> Iterator[Retained]:
    """A verdict for each task with a pair. Of the others `gates` fails those that the plan measures; it says itself
    which tasks have no split to evaluate on."""
    drops: list[tuple[str, str, Paired, Drop]] = []
    for task, budget in block.retain.items():
        spelling, metric = next(iter(metrics_of(program.tasks[task]).items()))
        wanted = (task, own_shots(program, task))
        pair = next((by_metric[spelling] for key, by_metric in pairs.items() if (key.task, key.shots) == wanted), None)
        if pair is not None:
            more = metric.call.better == "more"
            size, bound = (-pair.difference, pair.drop) if more else (pair.difference, pair.drop.turned)
            drops.append((task, spelling, pair, Drop(size, budget, bound)))
    judged = judge([drop for *_, drop in drops])
    for (task, spelling, pair, drop), verdict in zip(drops, judged, strict=True):
        yield Retained(
            block=block.name,
            task=task,
            metric=spelling,
            base=pair.first,
            tuned=pair.second,
            drop=drop.size,
            budget=drop.budget,
            **asdict(verdict),
        )


def _measured_twice(plan: Plan, block: Evaluate, task: str) -> bool:
    lines = [line for line in plan.figures.evaluate if (line.block, line.task) == (block.name, task)]
    return {phase for line in lines for phase in line.phases} >= {"base", "tuned"}


def _forgetting(lines: Sequence[Retained]) -> Forgetting | None:
    if not lines:
        return None
    mean = math.fsum(line.drop for line in lines) / len(lines)
    worst = max(lines, key=lambda line: line.drop)
    return Forgetting(mean_drop=mean, backward_transfer=-mean, worst_drop=worst.drop, worst_task=worst.task)


def _required(requirement: Requirement, own: Sequence[Evaluation], block: Evaluate, program: Program) -> Required:
    """The tuned model at `end`; without training, the model that was evaluated."""
    base, tuned = (_at_own_shots(program, own, requirement.task, phase) for phase in ("base", "tuned"))
    value = _value(requirement, tuned or base)
    if requirement.gain:
        before = _value(requirement, base)
        value = None if value is None or before is None or tuned is None else value - before
        if value is not None and tuned.metrics[_spelling(requirement, tuned)].better == "less":
            value = -value
    passed = _passed(requirement, value)
    return Required(block=block.name, expression=requirement.expression, value=value, passed=passed)


def _value(requirement: Requirement, one: Evaluation | None) -> float | None:
    spelling = _spelling(requirement, one)
    return None if one is None or spelling is None else one.metrics[spelling].value


def _spelling(requirement: Requirement, one: Evaluation | None) -> str | None:
    """The metric's key: as the recipe spells it, options left out where that is enough."""
    keys = list(one.metrics) if one is not None else []
    return next((k for k in keys if requirement.metric in (k, k.split("(")[0].strip())), None)


def _passed(requirement: Requirement, value: float | None) -> bool:
    if value is None:
        return False
    found = side(value, requirement.value)
    return bool({">=": found >= 0, "<=": found <= 0, ">": found > 0, "<": found < 0}[requirement.comparison])


def _unseen(evaluations: Sequence[Evaluation]) -> list[Diagnostic]:
    """References in a script that the metric's tokenizer drops; once a task and metric."""
    found = {}
    for one in evaluations:
        for spelling, figure in one.metrics.items():
            if figure.unseen:
                found[one.task, spelling] = (figure.unseen, one.rows * one.draws)
    return [problems.unseen_by_metric(*key, *counts) for key, counts in found.items()]


def _uneven(own: Sequence[Evaluation], pointer: str) -> list[Diagnostic]:
    """Pairs whose sides stood in different batches, for want of memory: in half precision they round differently."""
    found = []
    for tuned in own:
        base = _base_of(tuned, own)
        if tuned.phase != "tuned" or base is None or tuned.how.precision == "fp32":
            continue
        sides = [side.how.batches.tokens for side in (base, tuned)]
        if sides[0] != sides[1]:
            found.append(problems.batches_differ(tuned.task, tuned.how.precision, *sides, pointer))
    return found


def _verdict(line: Retained, block: Evaluate, pointer: str) -> list[Diagnostic]:
    if line.verdict == "forgotten":
        return [problems.forgotten(line.task, line.metric, line.drop, line.low, line.budget, pointer)]
    if line.verdict == "undecided":
        arguments = (line.task, line.metric, line.low, line.high, line.budget)
        return [problems.undecided(*arguments, pointer, strict=block.strict)]
    return []


def _by_chance(
    line: Retained, own: Sequence[Evaluation], program: Program, folder: Path, pointer: str
) -> list[Diagnostic]:
    """A model that guesses has nothing to forget."""
    base = _at_own_shots(program, own, line.task, "base")
    if base is None or not metrics_of(program.tasks[line.task])[line.metric].call.row_by_row:
        return []
    rows = [p for p in direct(read(folder / base.predictions)) if p.choices]
    if not rows:
        return []
    chance = math.fsum(1 / len(p.choices) for p in rows) / len(rows)
    figure = base.metrics[line.metric]
    shown = (figure.value, figure.low, figure.high)
    return [problems.no_better_than_chance(line.task, chance, *shown, pointer)] if side(figure.low, chance) <= 0 else []
