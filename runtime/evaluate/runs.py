"""Finished runs side by side: their figures, paired significance, what they were told differently and what they cost.

Figures are compared where rows and signatures are the same, and refused elsewhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import not_a_run, nothing_in_common, signatures_differ
from recipe_lang.program.document import Plan
from recipe_lang.program.program import Program
from runtime.base.files import read_lines
from runtime.evaluate.pairs import Paired, paired_files
from runtime.evaluate.retain import holm
from runtime.evaluate.score import metrics_of

Key = tuple[str, str, int, str]
"""Task, split, exemplars, phase."""


def compare_runs(folders: Sequence[Path], told: Callable[[Sequence[Program]], list[dict[str, Any]]]) -> dict[str, Any]:
    """Two runs or more; each is compared with the first one. Raises Stop where that would compare unlike things.

    Compared is what the runs are about, the tuned model or the one that a run only evaluates; where all trained, the
    untouched models too. `told`: the settings in which programs differ, as `setting` and `values`.
    """
    runs = [_read(folder, name) for folder, name in zip(folders, short_names(folders), strict=True)]
    shared = _shared(runs)
    if not shared:
        raise Stop(nothing_in_common([run["name"] for run in runs]))
    confidence = runs[0]["entries"][shared[0]]["confidence"]
    figures = [line for key in shared for line in _figures(runs, key, confidence)]
    _adjust(figures, 1 - confidence)
    return {
        "format_version": 1,
        "confidence": confidence,
        "runs": [{name: run[name] for name in ("name", "folder", "plan_hash", "trained", "cost")} for run in runs],
        "settings": told([run["plan"].program for run in runs]) + _asked_otherwise(runs, shared),
        "figures": figures,
        "rows": [dict(zip(_NAMES, key, strict=True)) | {"rows": _rows(runs, key)} for key in shared],
    }


_NAMES = ("task", "split", "shots", "phase")


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


def _read(folder: Path, name: str) -> dict[str, Any]:
    check_finished(folder)
    file = "plan.json"
    try:
        plan = Plan.model_validate_json((folder / file).read_bytes())
        file = "results.json"
        results = json.loads((folder / file).read_bytes())
        entries, plan_hash = _entries(plan.program, results["evaluations"]), results["plan_hash"]
    except (ValueError, KeyError, TypeError) as error:
        raise Stop(not_a_run(str(folder), f"its `{file}` is damaged, or another version's")) from error
    return {
        "name": name,
        "folder": folder.as_posix(),
        "path": folder,
        "plan_hash": plan_hash,
        "plan": plan,
        "trained": plan.program.train is not None,
        "entries": entries,
        "cost": _cost(folder),
    }


def _entries(program: Program, evaluations: Sequence[Mapping[str, Any]]) -> dict[Key, Mapping[str, Any]]:
    """By key, without what was measured on the way. A model that is only evaluated stands where a tuned one would."""
    trained = {block.name for block in program.evaluations if program.train and block.model == program.train.model}
    found = {(e["task"], e["split"], e["shots"], e["phase"]): e for e in evaluations if e["block"] in trained}
    alone = {(e["task"], e["split"], e["shots"], "tuned"): e for e in evaluations if e["block"] not in trained}
    return alone | {key: entry for key, entry in found.items() if key[3] in ("base", "tuned")}


def _shared(runs: Sequence[Mapping[str, Any]]) -> list[Key]:
    return [key for key in runs[0]["entries"] if all(key in run["entries"] for run in runs)]


def _asked_otherwise(runs: Sequence[Mapping[str, Any]], shared: Sequence[Key]) -> list[dict[str, Any]]:
    """How the models were asked, where that is not the same: lengths taken from data, precisions of machines and, where
    figures depend on them, batches."""
    found: dict[str, dict[str, Any]] = {}
    for key in shared:
        how = [dict(run["entries"][key]["how"]) for run in runs]
        batches = [one.pop("batches", {}) for one in how]
        if any(one.get("precision") != "fp32" for one in how):
            for one, own in zip(how, batches, strict=True):
                one |= {f"batches.{name}": value for name, value in own.items()}
        for name in dict.fromkeys(name for one in how for name in one):
            values = [one.get(name) for one in how]
            if any(value != values[0] for value in values):
                shown = [None if value is None else str(value) for value in values]
                found[f"{key[0]}: {name}"] = {"setting": f"{key[0]}: {name}", "values": shown}
    return list(found.values())


def _cost(folder: Path) -> dict[str, Any]:
    """Optimiser steps, tokens and seconds of training; None where the run did not train."""
    steps, times = read_lines(folder / "metrics.jsonl"), read_lines(folder / "timing.jsonl")
    return {
        "steps": len(steps) or None,
        "tokens": sum(line.get("tokens", 0) for line in steps) or None,
        "seconds": sum(line.get("seconds", 0.0) for line in times) or None,
        "last_loss": steps[-1].get("loss") if steps else None,
    }


def _figures(runs: Sequence[Mapping[str, Any]], key: Key, confidence: float) -> list[dict[str, Any]]:
    """A line for each metric that all runs have: the figures, and each one's paired difference to the first run's."""
    entries = [run["entries"][key] for run in runs]
    task = runs[0]["plan"].program.tasks[key[0]]
    metrics = {name: m for name, m in metrics_of(task).items() if all(name in e["metrics"] for e in entries)}
    for name in metrics:
        signatures = [entry["metrics"][name]["signature"] for entry in entries]
        if len(set(signatures)) > 1:
            raise Stop(signatures_differ(f"{key[0]}.{name}", signatures))
    files = [run["path"] / entry["predictions"] for run, entry in zip(runs, entries, strict=True)]
    root = runs[0]["plan"].program.seed
    names = [run["name"] for run in runs]
    pairs = [
        paired_files(metrics, files[0], file, root=root, name="/".join(key[:2]), sides=(names[0], other))
        for file, other in zip(files[1:], names[1:], strict=True)
    ]
    for name in metrics:
        figures = [pairs[0][name].first, *(pair[name].second for pair in pairs)]
        for run, entry, found in zip(runs, entries, figures, strict=True):
            _check_figure(run, entry, name, found)
    return [
        dict(zip(_NAMES, key, strict=True))
        | {
            "metric": name,
            "main": name == entries[0]["main"],
            "better": metric.better,
            "rows": entries[0]["rows"],
            "values": [
                {end: entry["metrics"][name][end] for end in ("value", "low", "high")}
                | {"confidence": entry["confidence"]}
                for entry in entries
            ],
            "against_first": [_against(pair[name], confidence) for pair in pairs],
        }
        for name, metric in metrics.items()
    ]


def _check_figure(run: Mapping[str, Any], entry: Mapping[str, Any], metric: str, found: float) -> None:
    """Raises `Stop` (IFT870) where a figure is not that of its file: one of the two was changed, or made by a version
    that computes otherwise."""
    stated = entry["metrics"][metric]["value"]
    if stated is not None and not math.isclose(stated, found, rel_tol=1e-6, abs_tol=1e-9):
        reason = f"`results.json` has {metric} = {stated:.6g}, and its `{entry['predictions']}` comes to {found:.6g}"
        raise Stop(not_a_run(run["folder"], reason))


def _against(pair: Paired, confidence: float) -> dict[str, Any]:
    low, high = pair.interval(confidence)
    return {"difference": pair.difference, "low": low, "high": high, "p": pair.p(), "significant": None}


def _adjust(figures: Sequence[dict[str, Any]], error: float) -> None:
    """Holm's procedure over what the runs are about, in its main metrics; the rest is not tested."""
    tested = [o for line in figures if line["main"] and line["phase"] == "tuned" for o in line["against_first"]]
    for other, step in zip(tested, holm([other["p"] for other in tested], error), strict=True):
        other["significant"] = step.rejected


def _rows(runs: Sequence[Mapping[str, Any]], key: Key) -> list[dict[str, Any]]:
    """Rows whose main score is not the same in all runs, the widest apart first."""
    entries = [run["entries"][key] for run in runs]
    main = entries[0]["main"]
    sides = []
    for run, entry in zip(runs, entries, strict=True):
        lines = read_lines(run["path"] / entry["predictions"])
        kept = [line for line in lines if not line.get("inverted")] or lines
        sides.append({line["id"]: line for line in kept if line["draw"] == 0})
    found = []
    for name, first in sides[0].items():
        answers = [{"prediction": side[name]["prediction"], "score": side[name]["scores"].get(main)} for side in sides]
        scores = [answer["score"] for answer in answers]
        if None not in scores and len(set(scores)) > 1:
            row = {"id": name, "prompt": first["prompt"], "reference": first["reference"]}
            found.append(row | {"answers": answers, "apart": max(scores) - min(scores)})
    return sorted(found, key=lambda row: (-row["apart"], row["id"]))
