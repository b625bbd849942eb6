"""What the evaluations of a run say together: differences, suites, forgetting, gates. The rest of `results.json`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems import scores as problems
from recipe_lang.program.document import Plan
from recipe_lang.program.evaluate import Evaluate, Requirement
from recipe_lang.program.program import Program
from recipe_lang.program.reach import own_shots
from runtime.evaluate.metrics.metric import Metric
from runtime.evaluate.pairs import Paired, paired_files
from runtime.evaluate.predictions import direct, read
from runtime.evaluate.retain import Retained, judge
from runtime.evaluate.score import metrics_of
from runtime.evaluate.suites import suite_figures

Entry = Mapping[str, Any]


def conclude(plan: Plan, entries: Sequence[Entry], folder: Path) -> dict[str, Any]:
    """The document `results.json`. `entries` are those of `evaluate`, in the order of the run."""
    program = plan.program
    results: dict[str, Any] = {
        "format_version": 1,
        "plan_hash": plan.hash,
        "evaluations": list(entries),
        "groups": [],
        "differences": [],
        "against_exemplars": [],
        "retain": [],
        "forgetting": None,
        "require": [],
    }
    for block in program.evaluations:
        own = [entry for entry in entries if entry["block"] == block.name]
        pairs = _pairs(program, own, folder)
        results["groups"] += suite_figures(program, block, own, folder)
        results["differences"] += _differences(program, block, pairs)
        results["against_exemplars"] += _against_exemplars(program, block, own, pairs, folder)
        results["retain"] += _retained(program, block, pairs)
        results["require"] += [{"block": block.name} | _required(one, own, program) for one in block.require]
    results["forgetting"] = _forgetting(results["retain"])
    return results


def gates(plan: Plan, results: Mapping[str, Any], folder: Path) -> list[Diagnostic]:
    """What the gates say: errors where one was missed (exit code 3), warnings where a figure or verdict is doubtful."""
    found = _unseen(results["evaluations"])
    for at, block in enumerate(plan.program.evaluations):
        expressions = {requirement.expression: i for i, requirement in enumerate(block.require)}
        for line in results["require"]:
            if line["expression"] in expressions and line["block"] == block.name and not line["passed"]:
                pointer = f"/evaluations/{at}/require/{expressions[line['expression']]}"
                found.append(problems.requirement_missed(line["expression"], line["value"], pointer))
        found += _uneven(block, results["evaluations"], f"/evaluations/{at}/precision")
        judged = {line["task"] for line in results["retain"] if line["block"] == block.name}
        for task in block.retain:
            if task not in judged and _measured_twice(plan, block, task):
                found.append(problems.retained_without_figures(task, f"/evaluations/{at}/retain/{task}"))
        for line in results["retain"]:
            if line["block"] == block.name:
                found += _verdict(line, block, f"/evaluations/{at}/retain/{line['task']}")
                own = [entry for entry in results["evaluations"] if entry["block"] == block.name]
                found += _by_chance(line, own, plan.program, folder, f"/evaluations/{at}/retain/{line['task']}")
    return found


def _pairs(program: Program, own: Sequence[Entry], folder: Path) -> dict[tuple[str, str, int], dict[str, Paired]]:
    """(task, split, shots) → metric → base against tuned, wherever both were evaluated."""
    found = {}
    for entry in own:
        key = (entry["task"], entry["split"], entry["shots"])
        base = _entry(own, *key, "base")
        if entry["phase"] == "tuned" and base is not None:
            found[key] = _pair(program, metrics_of(program.tasks[entry["task"]]), base, entry, folder)
    return found


def _pair(
    program: Program, metrics: Mapping[str, Metric], base: Entry, tuned: Entry, folder: Path
) -> dict[str, Paired]:
    files = (folder / base["predictions"], folder / tuned["predictions"])
    return paired_files(metrics, *files, root=program.seed, name=f"{tuned['task']}/{tuned['split']}")


def _entry(entries: Sequence[Entry], task: str, split: str | None, shots: int, phase: str) -> Entry | None:
    return next(
        (
            e
            for e in entries
            if e["task"] == task and e["shots"] == shots and e["phase"] == phase and split in (None, e["split"])
        ),
        None,
    )


def _differences(program: Program, block: Evaluate, pairs: Mapping) -> list[dict[str, Any]]:
    return [
        {"block": block.name, "task": task, "split": split, "shots": shots}
        | _difference(spelling, metric, by_metric[spelling], block)
        for (task, split, shots), by_metric in pairs.items()
        for spelling, metric in metrics_of(program.tasks[task]).items()
    ]


def _difference(spelling: str, metric: Metric, pair: Paired, block: Evaluate) -> dict[str, Any]:
    low, high = pair.interval(block.confidence)
    return {
        "metric": spelling,
        "better": metric.better,
        "base": pair.first,
        "tuned": pair.second,
        "difference": pair.difference,
        "confidence": block.confidence,
        "low": low,
        "high": high,
    }


def _against_exemplars(
    program: Program, block: Evaluate, own: Sequence[Entry], pairs: Mapping, folder: Path
) -> list[dict[str, Any]]:
    found = []
    for tuned in own:
        task, split, shots = tuned["task"], tuned["split"], tuned["shots"]
        base = [e for e in own if (e["task"], e["split"], e["phase"]) == (task, split, "base")]
        if (tuned["phase"], shots) != ("tuned", own_shots(program, task)) or len(base) < 2:
            continue
        spelling, metric = next(iter(metrics_of(program.tasks[task]).items()))
        for entry in sorted(base, key=lambda entry: entry["shots"]):
            same = entry["shots"] == shots
            pair = pairs[task, split, shots] if same else _pair(program, {spelling: metric}, entry, tuned, folder)
            head = {"block": block.name, "task": task, "split": split, "shots": entry["shots"], "tuned_shots": shots}
            found.append(head | _difference(spelling, metric, pair[spelling], block))
    return found


def _retained(program: Program, block: Evaluate, pairs: Mapping) -> list[dict[str, Any]]:
    """A verdict for each task with a pair. Of the others `gates` fails those that the plan measures; it says itself
    which tasks have no split to evaluate on."""
    lines, tests = [], []
    for task, budget in block.retain.items():
        metric = next(iter(metrics_of(program.tasks[task]).items()))
        shots = own_shots(program, task)
        pair = next((p for (name, _, n), p in pairs.items() if (name, n) == (task, shots)), None)
        if pair is None:
            continue
        one = pair[metric[0]]
        sign = _worse(metric[1])
        tests.append(Retained(sign * one.difference, sign * one.drawn, budget, one.bound))
        lines.append({"block": block.name, "task": task, "metric": metric[0], "base": one.first, "tuned": one.second})
    return [
        line
        | {
            "drop": test.drop,
            "low": judged.low,
            "high": judged.high,
            "budget": test.budget,
            "verdict": judged.verdict,
            "p_forgotten": judged.p_forgotten,
            "p_kept": judged.p_kept,
        }
        for line, test, judged in zip(lines, tests, judge(tests), strict=True)
    ]


def _measured_twice(plan: Plan, block: Evaluate, task: str) -> bool:
    lines = [line for line in plan.figures.evaluate if (line.block, line.task) == (block.name, task)]
    return {phase for line in lines for phase in line.phases} >= {"base", "tuned"}


def _worse(metric: Metric) -> float:
    """The sign that turns a difference into a drop."""
    return -1.0 if metric.better == "more" else 1.0


def _forgetting(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Mean and worst drop over the retained tasks; backward transfer (Lopez-Paz and Ranzato 2017) is the mean's
    opposite."""
    if not lines:
        return None
    drops = [line["drop"] for line in lines]
    worst = max(lines, key=lambda line: line["drop"])
    mean = math.fsum(drops) / len(drops)
    return {"mean_drop": mean, "backward_transfer": -mean, "worst_drop": worst["drop"], "worst_task": worst["task"]}


def _required(requirement: Requirement, own: Sequence[Entry], program: Program) -> dict[str, Any]:
    """The tuned model at `end`; without training, the model that was evaluated."""
    shots = own_shots(program, requirement.task)
    base, tuned = (_entry(own, requirement.task, None, shots, phase) for phase in ("base", "tuned"))
    value = _figure(requirement, tuned or base)
    if requirement.gain:
        before = _figure(requirement, base)
        value = None if value is None or before is None or tuned is None else value - before
        if value is not None and tuned["metrics"][_spelling(requirement, tuned)]["better"] == "less":
            value = -value
    return {"expression": requirement.expression, "value": value, "passed": _passed(requirement, value)}


def _figure(requirement: Requirement, entry: Entry | None) -> float | None:
    spelling = _spelling(requirement, entry)
    return None if entry is None or spelling is None else entry["metrics"][spelling]["value"]


def _spelling(requirement: Requirement, entry: Entry | None) -> str | None:
    """The metric's key: as the recipe spells it, options left out where that is enough."""
    keys = list(entry["metrics"]) if entry is not None else []
    return next((k for k in keys if requirement.metric in (k, k.split("(")[0].strip())), None)


def _passed(requirement: Requirement, value: float | None) -> bool:
    if value is None:
        return False
    return {
        ">=": value >= requirement.value,
        "<=": value <= requirement.value,
        ">": value > requirement.value,
        "<": value < requirement.value,
    }[requirement.comparison]


def _unseen(entries: Sequence[Entry]) -> list[Diagnostic]:
    """References in a script that the metric's tokenizer drops; once a task and metric."""
    found = {}
    for entry in entries:
        for spelling, figure in entry["metrics"].items():
            if figure.get("unseen"):
                found[entry["task"], spelling] = (figure["unseen"], entry["rows"] * entry["draws"])
    return [problems.unseen_by_metric(*key, *counts) for key, counts in found.items()]


def _uneven(block: Evaluate, entries: Sequence[Entry], pointer: str) -> list[Diagnostic]:
    """Pairs whose sides stood in different batches, for want of memory: in half precision they round differently."""
    own = [entry for entry in entries if entry["block"] == block.name]
    found = []
    for tuned in own:
        base = _entry(own, tuned["task"], tuned["split"], tuned["shots"], "base")
        if tuned["phase"] != "tuned" or base is None or tuned["how"].get("precision") in (None, "fp32"):
            continue
        sides = [side["how"]["batches"]["tokens"] for side in (base, tuned)]
        if sides[0] != sides[1]:
            found.append(problems.batches_differ(tuned["task"], tuned["how"]["precision"], *sides, pointer))
    return found


def _verdict(line: Mapping[str, Any], block: Evaluate, pointer: str) -> list[Diagnostic]:
    if line["verdict"] == "forgotten":
        return [problems.forgotten(line["task"], line["metric"], line["drop"], line["low"], line["budget"], pointer)]
    if line["verdict"] == "undecided":
        arguments = (line["task"], line["metric"], line["low"], line["high"], line["budget"])
        return [problems.undecided(*arguments, pointer, strict=block.strict)]
    return []


def _by_chance(
    line: Mapping[str, Any], own: Sequence[Entry], program: Program, folder: Path, pointer: str
) -> list[Diagnostic]:
    """A model that guesses has nothing to forget."""
    entry = _entry(own, line["task"], None, own_shots(program, line["task"]), "base")
    if entry is None or not metrics_of(program.tasks[line["task"]])[line["metric"]].right_or_wrong:
        return []
    rows = [p for p in direct(read(folder / entry["predictions"])) if p.choices]
    if not rows:
        return []
    chance = math.fsum(1 / len(p.choices) for p in rows) / len(rows)
    figure = entry["metrics"][line["metric"]]
    return [problems.no_better_than_chance(line["task"], chance, figure, pointer)] if figure["low"] <= chance else []
