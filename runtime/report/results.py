"""`results.json`: every figure of a run, for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recipe_lang.program.document import Plan
from runtime.base.files import write_atomic

RESULTS = "results.json"


def write_results(results: Mapping[str, Any], folder: Path) -> None:
    """Atomically; keys in the order in which they were made, numbers as Python writes them (they read back equal)."""
    text = json.dumps(results, ensure_ascii=False, indent=2, allow_nan=False)
    write_atomic(folder / RESULTS, text + "\n")


def read_results(folder: Path) -> dict[str, Any]:
    return json.loads((folder / RESULTS).read_text(encoding="utf-8"))


def finished(plan: Plan, folder: Path) -> dict[str, Any] | None:
    """The results of this very plan, if they are there: they are written when everything else is done."""
    if not (folder / RESULTS).exists():
        return None
    results = read_results(folder)
    return results if results["plan_hash"] == plan.hash else None
