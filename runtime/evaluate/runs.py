"""Finished runs side by side: their figures, paired significance, what they were told differently and what they cost.

Figures are compared where rows and signatures are the same, and refused elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import not_a_run, nothing_in_common, signatures_differ
from recipe_lang.program.document import Plan
from runtime.evaluate.pairs import paired_files
from runtime.evaluate.score import metrics_of

Key = tuple[str, str, int, str]
"""Task, split, exemplars, phase."""


def compare_runs(folders: Sequence[Path]) -> dict[str, Any]:
    """Two runs or more; each is compared with the first one. Raises Stop where that would compare unlike things."""
    runs = [_read(folder) for folder in folders]
    shared = [key for key in runs[0]["entries"] if all(key in run["entries"] for run in runs)]
    if not shared:
        raise Stop(nothing_in_common([run["name"] for run in runs]))
    return {
        "format_version": 1,
        "runs": [{name: run[name] for name in ("name", "folder", "plan_hash", "cost")} for run in runs],
        "settings": _settings(runs),
        "figures": [line for key in shared for line in _figures(runs, key)],
        "rows": [{"task": k[0], "split": k[1], "shots": k[2], "phase": k[3], "rows": _rows(runs, k)} for k in shared],
    }


def _read(folder: Path) -> dict[str, Any]:
    try:
        results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
        plan = Plan.model_validate_json((folder / "plan.json").read_bytes())
    except (OSError, ValueError) as error:
        raise Stop(not_a_run(str(folder), str(error).splitlines()[0])) from error
    entries = {(e["task"], e["split"], e["shots"], e["phase"]): e for e in results["evaluations"]}
    return {
        "name": plan.program.name if folder.name == plan.program.name else f"{plan.program.name} ({folder.name})",
        "folder": str(folder),
        "path": folder,
        "plan_hash": results["plan_hash"],
        "confidence": results["confidence"],
        "plan": plan,
        "entries": entries,
        "cost": _cost(folder),
    }


def _cost(folder: Path) -> dict[str, Any]:
    """Optimiser steps, tokens and seconds of training; None where the run did not train."""
    steps, times = _lines(folder / "metrics.jsonl"), _lines(folder / "timing.jsonl")
    return {
        "steps": len(steps) or None,
        "tokens": sum(line.get("tokens", 0) for line in steps) or None,
        "seconds": sum(line.get("seconds", 0.0) for line in times) or None,
        "loss": steps[-1].get("loss") if steps else None,
    }


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _settings(runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Settings of the programs that are not the same in all runs, by JSON pointer."""
    flat = [_flat(run["plan"].program.model_dump(mode="json", by_alias=True)) for run in runs]
    pointers = dict.fromkeys(pointer for one in flat for pointer in one)
    missing = object()
    return [
        {"setting": pointer, "values": [one.get(pointer) for one in flat]}
        for pointer in pointers
        if any(one.get(pointer, missing) != flat[0].get(pointer, missing) for one in flat[1:])
    ]


def _flat(value: Any, pointer: str = "") -> dict[str, Any]:
    if isinstance(value, dict) and value:
        return {k: v for name, part in value.items() for k, v in _flat(part, f"{pointer}/{name}").items()}
    return {pointer: value}


def _figures(runs: Sequence[Mapping[str, Any]], key: Key) -> list[dict[str, Any]]:
    """A line for each metric that all runs have: the figures, and each one's paired difference to the first run's."""
    entries = [run["entries"][key] for run in runs]
    found = []
    task = runs[0]["plan"].program.tasks[key[0]]
    metrics = {name: m for name, m in metrics_of(task).items() if all(name in e["metrics"] for e in entries)}
    for name in metrics:
        signatures = [entry["metrics"][name]["signature"] for entry in entries]
        if len(set(signatures)) > 1:
            raise Stop(signatures_differ(f"{key[0]}.{name}", signatures))
    files = [run["path"] / entry["predictions"] for run, entry in zip(runs, entries, strict=True)]
    root = runs[0]["plan"].program.seed
    pairs = [paired_files(metrics, files[0], file, root=root, name="/".join(key[:2])) for file in files[1:]]
    for name, metric in metrics.items():
        against = []
        for pair in pairs:
            low, high = pair[name].interval(runs[0]["confidence"])
            against.append({"difference": pair[name].difference, "low": low, "high": high})
        found.append(
            {
                "task": key[0],
                "split": key[1],
                "shots": key[2],
                "phase": key[3],
                "metric": name,
                "better": metric.better,
                "rows": entries[0]["rows"],
                "values": [{end: entry["metrics"][name][end] for end in ("value", "low", "high")} for entry in entries],
                "against_first": against,
            }
        )
    return found


def _rows(runs: Sequence[Mapping[str, Any]], key: Key) -> list[dict[str, Any]]:
    """Rows whose main score is not the same in all runs, the widest apart first."""
    entries = [run["entries"][key] for run in runs]
    main = entries[0]["main"]
    sides = []
    for run, entry in zip(runs, entries, strict=True):
        lines = _lines(run["path"] / entry["predictions"])
        sides.append({line["id"]: line for line in lines if line["draw"] == 0})
    found = []
    for name, first in sides[0].items():
        answers = [{"prediction": side[name]["prediction"], "score": side[name]["scores"].get(main)} for side in sides]
        scores = [answer["score"] for answer in answers]
        if None not in scores and len(set(scores)) > 1:
            row = {"id": name, "prompt": first["prompt"], "reference": first["reference"]}
            found.append(row | {"answers": answers, "apart": max(scores) - min(scores)})
    return sorted(found, key=lambda row: (-row["apart"], row["id"]))
