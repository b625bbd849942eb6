"""`results.json`: every figure of a run, for machines."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from recipe_lang.diagnostics.model import Stop
from recipe_lang.program.document import Plan
from recipe_lang.program.results import Results
from runtime.base.files import write_atomic
from runtime.base.records import read_document

RESULTS = "results.json"


def write_results(results: Results, folder: Path) -> None:
    """Atomically; what does not apply is left out."""
    write_atomic(folder / RESULTS, results.model_dump_json(indent=2, exclude_defaults=True) + "\n")


def read_results(folder: Path) -> Results:
    """Raises `Stop` (IFT870) where the file is missing, or not what a run writes."""
    return read_document(folder, RESULTS, Results)


def finished(plan: Plan, folder: Path) -> Results | None:
    """The results of this very plan, if they are there: they are written when everything else is done."""
    with suppress(Stop):
        results = read_results(folder)
        return results if results.plan_hash == plan.hash else None
    return None
