"""`ift compare`: finished runs side by side, in the terminal, as a page and as a document."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.scores import one_run_alone
from recipe_lang.plan.diff import side_by_side


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs", metavar="RUN", nargs="+", help="a run folder, or a sweep's; the others are compared with the first"
    )
    parser.add_argument("--best", metavar="TASK.METRIC", help="name the best run by this, and its lead on the next")
    parser.add_argument("--html", metavar="FILE", help="also write a page with plots and the rows that differ")
    parser.add_argument("--json", action="store_true", help="print the comparison as a document")


def run(args: argparse.Namespace) -> int:
    from runtime.evaluate.runs import check_finished, compare_runs
    from runtime.report.compare import show_comparison, write_comparison

    folders = [folder for path in args.runs for folder in _runs(Path(path))]
    if len(folders) < 2:
        check_finished(folders[0])
        raise Stop(one_run_alone(str(folders[0])))
    seen: dict[Path, Path] = {}
    for folder in folders:
        if (first := seen.setdefault(folder.resolve(), folder)) is not folder:
            raise Stop(one_run_alone(first.as_posix(), folder.as_posix()))
    comparison = compare_runs(folders, side_by_side, args.best)
    if args.html:
        write_comparison(comparison, Path(args.html))
    if args.json:
        print(comparison.model_dump_json(indent=2))
    else:
        show_comparison(comparison)
    return 0


def _runs(folder: Path) -> Iterator[Path]:
    """The folder itself, or the runs of the sweep that it holds."""
    below = sorted(path.parent for path in folder.glob("*/results.json"))
    yield from [folder] if (folder / "results.json").is_file() or not below else below
