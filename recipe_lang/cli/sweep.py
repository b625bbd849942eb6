"""A sweep: every combination in a folder of its own, each run as if it stood alone; compared at the end. What several
would ask the same untouched model is asked once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from recipe_lang.check import Checked, Recipe
from recipe_lang.cli.terminal import print_problems
from recipe_lang.diagnostics.model import Stop
from recipe_lang.plan.diff import side_by_side

FAILED = 4


def run_all(found: Checked, folder: Path, run: Callable[[Recipe, Path], int]) -> int:
    """The largest exit code. A combination that fails while it runs (a loss that is lost, memory) is one of the sweep's
    findings and does not keep the others from running; anything else that stops one stops the sweep."""
    from runtime.nodes import is_main_node

    codes: dict[Path, int] = {}
    for recipe in found.combinations:
        own = folder / recipe.label
        print(f"\n{recipe.label}\n")
        try:
            codes[own] = run(recipe, own)
        except Stop as stop:
            if stop.exit_code != FAILED:
                raise
            print_problems(stop.diagnostics)
            codes[own] = FAILED
    if all(is_main_node(recipe.train.nodes) for recipe in found.combinations if recipe.train):
        _compare([own for own, code in codes.items() if code != FAILED], folder, found.best)
    return max(codes.values())


def shared_answers(folder: Path, *, overwrite: bool) -> Path:
    """Where all combinations keep what their untouched models answer: beside their folders, and replaced with them."""
    from runtime.folder import UNTOUCHED

    shared = folder / UNTOUCHED
    for answers in shared.glob("*/answers.jsonl") if overwrite else ():
        shutil.rmtree(answers.parent)
    return shared


def _compare(finished: Sequence[Path], folder: Path, best: str | None) -> None:
    """Figures side by side, where there are two runs or more that have some."""
    from runtime.evaluate.runs import compare_runs
    from runtime.report.compare import show_comparison, write_comparison
    from runtime.report.results import read_results

    judged = [own for own in finished if read_results(own).evaluations]
    if len(judged) < 2:
        return
    try:
        comparison = compare_runs(judged, side_by_side, best)
    except Stop as stop:  # combinations may ask different things: each has said what it came to
        print_problems(stop.diagnostics)
        return
    write_comparison(comparison, folder / "compare.html")
    print()
    show_comparison(comparison)
