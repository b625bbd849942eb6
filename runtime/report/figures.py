"""Figures of a report: before and after, forgetting, exemplars against tuning, parts of a task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runtime.report.charts import Band, Dots, Line, Mark, chart, strip
from runtime.report.numbers import figure, headed, interval, percent, phase_name, signed, stated, task_name
from runtime.report.rows import compared


def before_and_after(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each metric of each task that was measured twice."""
    entries = {(e["block"], e["task"], e["split"], e["shots"], e["phase"]): e for e in results["evaluations"]}
    head, rows = headed(results), []
    for line in results["differences"]:
        key = (line["block"], line["task"], line["split"], line["shots"])
        base, tuned = (entries[(*key, phase)]["metrics"][line["metric"]] for phase in ("base", "tuned"))
        rows.append(
            {
                "task": task_name(line, results["differences"]),
                "main": entries[(*key, "tuned")]["main"] == line["metric"],
                "metric": line["metric"],
                "better": line["better"],
                "base": figure(line["base"]),
                "tuned": figure(line["tuned"]),
                "base_interval": stated(base["low"], base["high"], line["confidence"], head),
                "tuned_interval": stated(tuned["low"], tuned["high"], line["confidence"], head),
                "difference": signed(line["difference"]),
                "interval": stated(line["low"], line["high"], line["confidence"], head, signed),
                "rows": entries[(*key, "tuned")]["rows"],
                "verdict": _verdict(line),
                "strip": _strip(base, tuned),
            }
        )
    return rows


def _strip(base: Mapping[str, Any], tuned: Mapping[str, Any]) -> Any:
    ends = [side[end] for side in (base, tuned) for end in ("value", "low", "high")]
    if None in ends:
        return ""
    bounded = max(ends) <= 1 and min(ends) >= 0
    low, high = (0.0, 1.0 if max(ends) > 0.5 else 0.5) if bounded else (min(0.0, *ends), max(ends))
    pairs = [(name, s["value"], s["low"], s["high"]) for name, s in (("base", base), ("tuned", tuned))]
    return strip(pairs, low, high)


def measured(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every figure of every phase, with how it came about and its signature: the data behind the charts."""
    return [
        {
            "task": entry["task"],
            "split": entry["split"],
            "phase": phase_name(entry["phase"], results),
            "shots": _exemplars(entry),
            "metric": name,
            "value": figure(metric["value"]),
            "interval": stated(metric["low"], metric["high"], entry["confidence"], headed(results)),
            "rows": entry["rows"],
            "range": _range(*metric["range"]),
            "averaged": metric["averaged"],
            "remarks": "; ".join(_remarks(entry, name)),
            "signature": metric["signature"],
        }
        for entry in results["evaluations"]
        for name, metric in entry["metrics"].items()
    ]


def _range(low: float | None, high: float | None) -> str:
    return f"{low:g} and more" if high is None else f"{low:g} to {high:g}"


def _remarks(entry: Mapping[str, Any], name: str) -> Iterator[str]:
    """What may make a figure another than it seems."""
    metric, noise = entry["metrics"][name], entry.get("noise")
    if entry.get("unmatched"):
        yield f"no answer found in {entry['unmatched']} texts"
    if unparsed := metric.get("details", {}).get("unparsed"):
        yield f"{unparsed:g} answers are no number"
    if metric.get("unseen"):
        yield f"sees nothing of the references of {metric['unseen']} rows"
    if noise is not None:
        moved, changed = signed(noise["metrics"][name]), noise["rows_changed"]
        yield f"{moved} in {noise['batches']} other batches, {changed} answers changed"


def _exemplars(entry: Mapping[str, Any]) -> str:
    """Those that were dropped, because more would not fit, are said."""
    return f"{entry['shots']}" + (f" (fewer in {entry['fewer']} prompts)" if entry.get("fewer") else "")


def forgetting(results: Mapping[str, Any]) -> dict[str, Any] | None:
    """The drop of each retained task with its bounds, beside its budget."""
    lines = results["retain"]
    if not lines:
        return None
    ends = [line[end] for line in lines for end in ("low", "high", "drop", "budget")]
    low, high = min(0.0, *ends), max(ends)
    styles = {"forgotten": "worse", "kept": "better", "undecided": "base"}
    rows = [
        {
            "task": line["task"],
            "metric": line["metric"],
            "drop": signed(line["drop"]),
            "bounds": interval(line["low"], line["high"], signed),
            "budget": figure(line["budget"]),
            "verdict": line["verdict"],
            "style": styles[line["verdict"]],
            "strip": strip(
                [(styles[line["verdict"]], line["drop"], line["low"], line["high"])], low, high, line["budget"]
            ),
        }
        for line in lines
    ]
    total = results["forgetting"]
    return {
        "rows": rows,
        "mean": signed(total["mean_drop"]),
        "worst": signed(total["worst_drop"]),
        "worst_task": total["worst_task"],
        "transfer": signed(total["backward_transfer"]),
    }


def exemplars_against_tuning(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each task asked with several numbers of exemplars: the untouched model by number, the tuned one as a line."""
    asked: dict[tuple, list[Mapping[str, Any]]] = {}
    for entry in results["evaluations"]:
        asked.setdefault((entry["block"], entry["task"], entry["split"]), []).append(entry)
    found = []
    for key, entries in asked.items():
        base = sorted((entry for entry in entries if entry["phase"] == "base"), key=lambda entry: entry["shots"])
        if len(base) < 2:
            continue
        lines = [line for line in results["against_exemplars"] if (line["block"], line["task"], line["split"]) == key]
        judged = [(entry["phase"], entry["shots"]) for entry in entries]
        tuned = entries[judged.index(("tuned", lines[0]["tuned_shots"]))] if lines else None
        metric, head = base[0]["main"], headed(results)
        rows = [(entry["shots"], entry["metrics"][metric]) for entry in base]
        drawn = [(shots, value) for shots, m in rows for value in _drawn(m)]
        parts: list[Any] = [
            Dots(drawn, "base each"),
            Band([(shots, m["low"], m["high"]) for shots, m in rows], "base"),
            Line([(shots, m["value"]) for shots, m in rows], "base", dots=True),
        ]
        if tuned is not None:
            line = tuned["metrics"][metric]
            reach = (rows[0][0], rows[-1][0])
            parts[:0] = [Band([(x, line["low"], line["high"]) for x in reach], "tuned"), Mark(line["value"], "tuned")]
        gains = {line["shots"]: line for line in lines}
        found.append(
            {
                "task": key[1],
                "metric": metric,
                "confidence": percent(base[0]["confidence"]),
                "chart": chart(parts, places=[shots for shots, _ in rows]),
                "drawn": bool(drawn),
                "rows": [_line(entry, entry["metrics"][metric], gains.get(entry["shots"]), head) for entry in base],
                "tuned": (figure(line["value"]), interval(line["low"], line["high"]), tuned["shots"])
                if tuned
                else None,
                "sentence": _worth(lines),
            }
        )
    return found


def _line(
    entry: Mapping[str, Any], measured: Mapping[str, Any], gain: Mapping[str, Any] | None, head: float | None
) -> tuple[str, ...]:
    draws = _drawn(measured)
    spread = f"{figure(min(draws))} to {figure(max(draws))}" if draws else "–"
    against = ()
    if gain is not None:
        against = (signed(gain["difference"]), stated(gain["low"], gain["high"], gain["confidence"], head, signed))
    return (_exemplars(entry), figure(measured["value"]), interval(measured["low"], measured["high"]), spread, *against)


def _drawn(measured: Mapping[str, Any]) -> list[float]:
    """The value of each draw of exemplars, where there were several."""
    return [value for value in measured.get("draws") or () if value is not None]


def _worth(lines: Sequence[Mapping[str, Any]]) -> str:
    """How many exemplars the tuning is worth, in words; undecided where the paired interval holds no difference."""
    verdicts = [_verdict(line) for line in lines]
    numbers = {
        verdict: [line["shots"] for line, own in zip(lines, verdicts, strict=True) if own == verdict]
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
    ends = [f"more than {better[-1]}"] * bool(better) + [f"less than {shots}" for shots in worse[:1]]
    rest = f"; whether it is worth {_listed(undecided)} is undecided" if undecided else ""
    return f"Tuning is worth {' and '.join(ends)} exemplars{rest}."


_STEADY = ("better", "undecided", "worse")
"""What tuning is against more and more exemplars, where these help ever more."""


def _verdict(line: Mapping[str, Any]) -> str:
    above, below = line["low"] > 0, line["high"] < 0
    if line["better"] == "less":
        above, below = below, above
    return "better" if above else "worse" if below else "undecided"


def _listed(values: Sequence[Any]) -> str:
    """`0, 1 and 3`"""
    *others, last = map(str, values)
    return f"{', '.join(others)} and {last}" if others else last


def parts_of_tasks(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Figures by template and by slice, of the tuned model or, without one, of the model that was evaluated; beside
    each the untouched model's main figure, where there is one."""
    found = []
    for task, before, entry in compared(results):
        for kind, parts in {"template": entry["templates"], **entry["slices"]}.items():
            earlier = {} if before is None else before["templates"] if kind == "template" else before["slices"][kind]
            rows = [_part(name, part, earlier.get(name), entry) for name, part in parts.items()]
            if kind == "template" and entry.get("inverted"):
                together = before and before.get("inverted")
                rows.append(_part("all inverted", entry["inverted"], together, entry))
            if rows:
                metrics = [f"{entry['main']} untouched"] * bool(earlier) + list(entry["metrics"])
                phase = phase_name(entry["phase"], results)
                apart = kind == "template" and any(part.get("inverted") for part in parts.values())
                head = {"task": task, "phase": phase, "kind": kind, "inverted": apart}
                found.append(head | {"metrics": metrics, "rows": rows})
    return found


def _part(name: str, part: Mapping[str, Any], before: Mapping[str, Any] | None, entry: Mapping[str, Any]) -> tuple:
    note = " (inverted)" if part.get("inverted") and name != "all inverted" else ""
    untouched = (figure(before["metrics"][entry["main"]]["value"]),) if before else ()
    measured = (figure(part["metrics"][metric]["value"]) for metric in entry["metrics"])
    return (name + note, str(part["rows"]), *untouched, *measured)
