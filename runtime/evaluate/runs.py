"""Finished runs side by side: their figures, paired significance, what they were told differently and what they cost.

Figures are compared where rows and signatures are the same, and refused elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import not_a_run, nothing_in_common, signatures_differ
from recipe_lang.program.comparison import Against, Answer, Best, Comparison, Cost, Line, Row, Rows, Run, Setting, Value
from recipe_lang.program.course import Step, Timing
from recipe_lang.program.document import Plan
from recipe_lang.program.program import Program
from recipe_lang.program.results import Evaluation, Results
from runtime.base.records import read_document, read_record
from runtime.evaluate.pairs import Paired, paired_files
from runtime.evaluate.predictions import direct, read
from runtime.evaluate.retain import holm
from runtime.evaluate.score import metrics_of


class Shared(NamedTuple):
    """What runs have in common."""

    task: str
    split: str
    shots: int
    phase: Literal["base", "tuned"]


@dataclass(frozen=True, slots=True)
class Finished:
    """A run with what it left."""

    run: Run
    folder: Path
    plan: Plan
    evaluations: Mapping[Shared, Evaluation]


def compare_runs(
    folders: Sequence[Path], told: Callable[[Sequence[Program]], list[Setting]], best: str | None = None
) -> Comparison:
    """Two runs or more; each is compared with the first one. Raises Stop where that would compare unlike things.

    Compared is what the runs are about, the tuned model or the one that a run only evaluates; where all trained, the
    untouched models too. `told`: the settings in which programs differ. `best`: the `task.metric` that decides.
    """
    runs = [_read(folder, name) for folder, name in zip(folders, short_names(folders), strict=True)]
    shared = [key for key in runs[0].evaluations if all(key in one.evaluations for one in runs)]
    if not shared:
        raise Stop(nothing_in_common([one.run.name for one in runs]))
    confidence = runs[0].evaluations[shared[0]].confidence
    figures = _tested([line for key in shared for line in _figures(runs, key, confidence)], 1 - confidence)
    return Comparison(
        format_version=1,
        confidence=confidence,
        runs=[one.run for one in runs],
        settings=[*told([one.plan.program for one in runs]), *_asked_otherwise(runs, shared)],
        figures=figures,
        best=best and _best(runs, figures, best, confidence),
        rows=[Rows(**key._asdict(), rows=_rows(runs, key)) for key in shared],
    )


def short_names(folders: Sequence[Path]) -> list[str]:
    """The last parts of the folders' paths, as many as tell them apart."""
    parts = [folder.absolute().parts for folder in folders]
    for depth in range(1, max(map(len, parts))):
        names = ["/".join(part[-depth:]) for part in parts]
        if len(set(names)) == len(names):
            return names
    return [str(folder) for folder in folders]


def check_finished(folder: Path) -> None:
    """Raises `Stop` (IFT870) where a run has not left in the folder what a comparison reads."""
    if not folder.exists():
        raise Stop(not_a_run(str(folder), "there is no such folder"))
    if not folder.is_dir():
        raise Stop(not_a_run(str(folder), "it is a file"))
    if missing := [f"no `{name}`" for name in ("plan.json", "results.json") if not (folder / name).is_file()]:
        raise Stop(not_a_run(str(folder), f"there is {' and '.join(missing)} in it"))


def _read(folder: Path, name: str) -> Finished:
    check_finished(folder)
    plan, results = read_document(folder, "plan.json", Plan), read_document(folder, "results.json", Results)
    program, steps = plan.program, read_record(folder, "metrics.jsonl", Step)
    cost = Cost(
        steps=len(steps) or None,
        tokens=sum(line.tokens for line in steps) or None,
        seconds=sum(line.seconds for line in read_record(folder, "timing.jsonl", Timing)) or None,
        last_loss=steps[-1].loss if steps else None,
    )
    trained = program.train is not None
    run = Run(name=name, folder=folder.as_posix(), plan_hash=results.plan_hash, trained=trained, cost=cost)
    return Finished(run, folder, plan, _by_key(program, results.evaluations))


def _by_key(program: Program, evaluations: Sequence[Evaluation]) -> dict[Shared, Evaluation]:
    """Without what was measured on the way. A model that is only evaluated stands where a tuned one would."""
    trained = {block.name for block in program.evaluations if program.train and block.model == program.train.model}
    found = {Shared(e.task, e.split, e.shots, e.phase): e for e in evaluations if e.block in trained}
    alone = {Shared(e.task, e.split, e.shots, "tuned"): e for e in evaluations if e.block not in trained}
    return alone | {key: one for key, one in found.items() if key.phase in ("base", "tuned")}


def _asked_otherwise(runs: Sequence[Finished], shared: Sequence[Shared]) -> list[Setting]:
    """How the models were asked, where that is not the same: lengths taken from data, precisions of machines and, where
    figures depend on them, batches."""
    found: dict[str, Setting] = {}
    for key in shared:
        how = [one.evaluations[key].how for one in runs]
        sides = [one.model_dump(exclude={"batches"}) for one in how]
        if any(one.precision != "fp32" for one in how):
            for side, one in zip(sides, how, strict=True):
                side |= {f"batches.{name}": value for name, value in one.batches}
        for name in dict.fromkeys(name for side in sides for name in side):
            values = [side.get(name) for side in sides]
            if any(value != values[0] for value in values):
                shown = [None if value is None else str(value) for value in values]
                found[f"{key.task}: {name}"] = Setting(setting=f"{key.task}: {name}", values=shown)
    return list(found.values())


def _figures(runs: Sequence[Finished], key: Shared, confidence: float) -> Iterator[Line]:
    """A line for each metric that all runs have: the figures, and each one's paired difference to the first run's."""
    first, sides = runs[0], [one.evaluations[key] for one in runs]
    metrics = metrics_of(first.plan.program.tasks[key.task])
    metrics = {name: metric for name, metric in metrics.items() if all(name in side.metrics for side in sides)}
    for name in metrics:
        signatures = [side.metrics[name].signature for side in sides]
        if len(set(signatures)) > 1:
            raise Stop(signatures_differ(f"{key.task}.{name}", signatures))
    pairs = _pairs(runs, key, list(metrics))
    for name, metric in metrics.items():
        own = [pair[name] for pair in pairs]
        for one, side, value in zip(runs, sides, [own[0].first, *(pair.second for pair in own)], strict=True):
            _check_figure(one, side, name, value)
        yield Line(
            **key._asdict(),
            metric=name,
            main=name == sides[0].main,
            better=metric.call.better,
            rows=sides[0].rows,
            values=[_value(side, name) for side in sides],
            against_first=[_against(pair, confidence) for pair in own],
        )


def _best(runs: Sequence[Finished], figures: Sequence[Line], metric: str, confidence: float) -> Best:
    """By the first figure of that name, so with the task's own number of exemplars where there are several."""
    named = [line for line in figures if line.phase == "tuned" and f"{line.task}.{line.metric}" == metric]
    known = [(value.value, run) for line in named[:1] for value, run in zip(line.values, runs, strict=True)]
    known = [(value, run) for value, run in known if value is not None]
    if len(known) < 2:
        raise Stop(nothing_in_common([one.run.name for one in runs], metric))
    line = named[0]
    (value, first), (after, second), *_ = sorted(known, key=lambda pair: pair[0], reverse=line.better == "more")
    key = Shared(line.task, line.split, line.shots, line.phase)
    (pair,) = _pairs([second, first], key, [line.metric])
    low, high = pair[line.metric].interval(confidence)
    return Best(
        metric=metric,
        run=first.run.name,
        value=value,
        next=second.run.name,
        next_value=after,
        difference=pair[line.metric].difference,
        low=low,
        high=high,
    )


def _pairs(runs: Sequence[Finished], key: Shared, names: Sequence[str]) -> list[dict[str, Paired]]:
    """Each further run beside the first one, in these metrics."""
    first, *others = runs
    known = metrics_of(first.plan.program.tasks[key.task])
    same = {"root": first.plan.program.seed, "name": f"{key.task}/{key.split}"}
    files = [one.folder / one.evaluations[key].predictions for one in runs]
    return [
        paired_files(
            {name: known[name] for name in names}, files[0], file, **same, sides=(first.run.name, other.run.name)
        )
        for file, other in zip(files[1:], others, strict=True)
    ]


def _value(side: Evaluation, metric: str) -> Value:
    figure = side.metrics[metric]
    return Value(value=figure.value, low=figure.low, high=figure.high, confidence=side.confidence, cut=side.cut)


def _check_figure(one: Finished, side: Evaluation, metric: str, found: float) -> None:
    """Raises `Stop` (IFT870) where a figure is not that of its file: one of the two was changed, or made by a version
    that computes otherwise."""
    stated = side.metrics[metric].value
    if stated is not None and not math.isclose(stated, found, rel_tol=1e-6, abs_tol=1e-9):
        reason = f"`results.json` has {metric} = {stated:.6g}, and its `{side.predictions}` comes to {found:.6g}"
        raise Stop(not_a_run(one.run.folder, reason))


def _against(pair: Paired, confidence: float) -> Against:
    low, high = pair.interval(confidence)
    return Against(difference=pair.difference, low=low, high=high, p=pair.p(), significant=None)


def _tested(lines: Sequence[Line], error: float) -> list[Line]:
    """Holm's procedure over what the runs are about, in its main metrics; the rest is not tested."""
    tested = [line for line in lines if line.main and line.phase == "tuned"]
    steps = iter(holm([other.p for line in tested for other in line.against_first], error))
    for line in tested:
        line.against_first[:] = [
            other.model_copy(update={"significant": next(steps).rejected}) for other in line.against_first
        ]
    return list(lines)


def _rows(runs: Sequence[Finished], key: Shared) -> list[Row]:
    """Rows whose main score is not the same in all runs, the widest apart first."""
    main = runs[0].evaluations[key].main
    files = [direct(read(one.folder / one.evaluations[key].predictions)) for one in runs]
    first, *others = [{row.id: row for row in rows if row.draw == 0} for rows in files]
    found = []
    for name, row in first.items():
        own = [row, *(side[name] for side in others)]
        scores = [one.scores.get(main) for one in own]
        if None not in scores and len(set(scores)) > 1:
            answers = [Answer(prediction=one.text, score=score) for one, score in zip(own, scores, strict=True)]
            apart = max(scores) - min(scores)
            found.append(Row(id=name, prompt=row.prompt, reference=row.reference, answers=answers, apart=apart))
    return sorted(found, key=lambda row: (-row.apart, row.id))
