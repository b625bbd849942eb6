"""Figures of a report: before and after, forgetting, exemplars against tuning, parts of a task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from recipe_lang.program.results import (
    AgainstExemplars,
    Difference,
    Estimate,
    Evaluation,
    Figure,
    Key,
    Part,
    Results,
    Retained,
)
from runtime.base.borders import side
from runtime.report.charts import Chart, Shape, band, chart, strip
from runtime.report.numbers import figure, headed, interval, signed, stated, task_name
from runtime.report.rows import compared


class Change(NamedTuple):
    """A metric of a task that was measured twice."""

    line: Difference
    base: Figure
    tuned: Figure
    before: Evaluation
    of: Evaluation
    """Of the tuned model."""
    task: str
    verdict: str
    strip: Markup | str


class Worth(NamedTuple):
    """The untouched model by its number of exemplars, the tuned one as a line."""

    of: Evaluation
    """With the fewest."""
    chart: Chart
    drawn: bool
    """Single draws of exemplars are shown."""
    rows: list[tuple[str, ...]]
    tuned: tuple[str, str, int] | None
    """Figure, interval, exemplars."""
    sentence: str


def before_and_after(results: Results) -> Iterator[Change]:
    both = {(one.key, one.phase): one for one in results.evaluations}
    for line in results.differences:
        sides = [both[line.key, phase] for phase in ("base", "tuned")]
        base, tuned = (side.metrics[line.metric] for side in sides)
        task = task_name(line, results.differences)
        yield Change(line, base, tuned, *sides, task, _verdict(line), _strip(base, tuned))


def _strip(base: Figure, tuned: Figure) -> Markup | str:
    ends = [end for side in (base, tuned) for end in (side.value, side.low, side.high)]
    if None in ends:
        return ""
    bounded = max(ends) <= 1 and min(ends) >= 0
    low, high = (0.0, 1.0 if max(ends) > 0.5 else 0.5) if bounded else (min(0.0, *ends), max(ends))
    return strip([(name, s.value, s.low, s.high) for name, s in (("base", base), ("tuned", tuned))], low, high)


def extent(metric: Figure) -> str:
    """The values that it can have."""
    low, high = metric.range
    return f"{low:g} and more" if high is None else f"{low:g} to {high:g}"


def remarks(one: Evaluation, name: str) -> str:
    """What may make a figure another than it seems."""
    metric, noise, found = one.metrics[name], one.noise, []
    if one.unmatched:
        found.append(f"no answer found in {one.unmatched} texts")
    if one.cut:
        found.append(f"{one.cut} of {one.rows * one.draws} answers cut at the length limit")
    if unparsed := (metric.details or {}).get("unparsed"):
        found.append(f"{unparsed:g} answers are no number")
    if metric.unseen:
        found.append(f"does not see the references of {metric.unseen} rows whole")
    if noise is not None:
        moved = signed(noise.metrics[name])
        found.append(f"{moved} in {noise.batches} other batches, {noise.rows_changed} answers changed")
    return "; ".join(found)


def exemplars(one: Evaluation) -> str:
    """Those that were dropped, because more would not fit, are said."""
    return f"{one.shots}" + (f" (fewer in {one.fewer} prompts)" if one.fewer else "")


def drops(results: Results) -> list[tuple[Retained, str, Markup]]:
    """Each retained task with its colour, and the drop between its bounds beside its budget."""
    ends = [end for line in results.retain for end in (line.low, line.high, line.drop, line.budget)]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    styles = {"forgotten": "worse", "kept": "better", "undecided": "base"}
    return [
        (line, style, strip([(style, line.drop, line.low, line.high)], low, high, line.budget))
        for line in results.retain
        for style in [styles[line.verdict]]
    ]


def exemplars_against_tuning(results: Results) -> Iterator[Worth]:
    """For each task that the untouched model was asked with several numbers of exemplars."""
    asked: dict[Key, list[Evaluation]] = {}
    for one in results.evaluations:
        asked.setdefault(one.key._replace(shots=0), []).append(one)
    for key, evaluations in asked.items():
        base = sorted((one for one in evaluations if one.phase == "base"), key=lambda one: one.shots)
        if len(base) < 2:
            continue
        lines = [line for line in results.against_exemplars if line.key._replace(shots=0) == key]
        tuned = None
        if lines:
            tuned = next(e for e in evaluations if (e.phase, e.shots) == ("tuned", lines[0].tuned_shots))
        metric = base[0].main
        rows = [(one.shots, one.metrics[metric]) for one in base]
        drawn = [(shots, value) for shots, m in rows for value in _drawn(m)]
        parts = [
            Shape(drawn, "base each", "dots"),
            band([(shots, m.low, m.high) for shots, m in rows], "base"),
            Shape([(shots, m.value) for shots, m in rows], "base", "line and dots"),
        ]
        shown = None
        if tuned is not None:
            own = tuned.metrics[metric]
            reach = (rows[0][0], rows[-1][0])
            own_band = band([(x, own.low, own.high) for x in reach], "tuned")
            parts[:0] = [own_band, Shape([(x, own.value) for x in reach], "tuned")]
            shown = (figure(own.value), interval(own.low, own.high), tuned.shots)
        gains = {line.shots: line for line in lines}
        yield Worth(
            base[0],
            chart=chart(parts, places=[shots for shots, _ in rows]),
            drawn=bool(drawn),
            rows=[_line(one, one.metrics[metric], gains.get(one.shots), headed(results)) for one in base],
            tuned=shown,
            sentence=_worth(lines),
        )


def _line(one: Evaluation, measured: Estimate, gain: Difference | None, head: float | None) -> tuple[str, ...]:
    draws = _drawn(measured)
    spread = f"{figure(min(draws))} to {figure(max(draws))}" if draws else "–"
    against = ()
    if gain is not None:
        against = (signed(gain.difference), stated(gain.low, gain.high, gain.confidence, head, signed))
    return (exemplars(one), figure(measured.value), interval(measured.low, measured.high), spread, *against)


def _drawn(measured: Estimate) -> list[float]:
    """The value of each draw of exemplars, where there were several."""
    return [value for value in measured.draws or () if value is not None]


def _worth(lines: Sequence[AgainstExemplars]) -> str:
    """How many exemplars the tuning is worth, in words; undecided where the paired interval holds no difference."""
    verdicts = [_verdict(line) for line in lines]
    numbers = {
        verdict: [line.shots for line, own in zip(lines, verdicts, strict=True) if own == verdict]
        for verdict in _STEADY
    }
    better, undecided, worse = numbers.values()
    if not lines:
        return ""
    if verdicts != sorted(verdicts, key=_STEADY.index):
        parts = [(better, "better than the untouched one with"), (worse, "worse than with")]
        said = [f"{words} {_listed(shots)}" for shots, words in parts if shots]
        said += [f"not told apart from it with {_listed(undecided)}"] if undecided else []
        return f"More exemplars do not always help: the tuned model is {_listed(said)}."
    if 0 in worse:
        return "Tuning is worth no exemplar: the untouched model does better without any."
    if not better and not worse:
        return f"Whether tuning is worth {_listed(undecided)} exemplars is undecided."
    ends = [f"more than {shots}" for shots in better[-1:]] + [f"less than {shots}" for shots in worse[:1]]
    rest = f"; whether it is worth {_listed(undecided)} is undecided" if undecided else ""
    return f"Tuning is worth {' and '.join(ends)} exemplars{rest}."


_STEADY = ("better", "undecided", "worse")
"""What tuning is against more and more exemplars, where these help ever more."""


def _verdict(line: Difference) -> str:
    above, below = side(line.low, 0) > 0, side(line.high, 0) < 0
    if line.better == "less":
        above, below = below, above
    return "better" if above else "worse" if below else "undecided"


def _listed(values: Sequence[Any]) -> str:
    """`0, 1 and 3`"""
    *others, last = map(str, values)
    return f"{', '.join(others)} and {last}" if others else last


def parts_of_tasks(results: Results) -> Iterator[tuple[Evaluation, str, list[str], list[tuple[str, ...]]]]:
    """(evaluation, `template` or the column of a slice, metrics, rows) of the tuned model or, without one, of the model
    that was evaluated; beside each part the untouched model's main figure, where there is one."""
    for before, one in compared(results):
        for kind, parts in {"template": one.templates, **one.slices}.items():
            earlier = {} if before is None else before.templates if kind == "template" else before.slices[kind]
            rows = [_part(name, part, earlier.get(name), one) for name, part in parts.items()]
            if kind == "template" and one.inverted:
                rows.append(_part("all inverted", one.inverted, before and before.inverted, one))
            if rows:
                yield one, kind, [f"{one.main} untouched"] * bool(earlier) + list(one.metrics), rows


def _part(name: str, part: Part, before: Part | None, one: Evaluation) -> tuple[str, ...]:
    note = " (inverted)" if part.inverted and name != "all inverted" else ""
    untouched = (figure(before.metrics[one.main].value),) if before else ()
    measured = (figure(part.metrics[metric].value) for metric in one.metrics)
    return (name + note, str(part.rows), *untouched, *measured)
