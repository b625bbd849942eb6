"""Looks at a sample of a recipe's data, in a process of its own that is limited in memory, time and output.

A recipe may come from a stranger, and its templates and patterns are run on the rows: not in the checking process.
The child is this module; it prints one JSON object, whose problems the parent places in the recipe.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from recipe_lang.check import Checked, Recipe, check
from recipe_lang.cli.recipes import combinations, place
from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems.commands import (
    data_not_at_hand,
    missing_extra,
    model_not_at_hand,
    sampling_stopped,
)
from recipe_lang.exhausted import is_out_of_memory
from recipe_lang.interpreter import environment, python
from recipe_lang.plan import make_plan, with_facts
from recipe_lang.plan.checks import check_figures
from recipe_lang.program.lock import Lock, lock_of, merged

ROWS = 200
"""Of each split."""
MEMORY = 8 * 2**30
"""Bytes of address space, which libraries reserve more of than they use."""
SECONDS = 120
OUTPUT = 2**20
"""Bytes."""
OUT_OF_MEMORY = 75
"""The child's exit code (`EX_TEMPFAIL` of sysexits.h); other limits end it by a signal."""
FIELDS = ("code", "severity", "message", "label", "help", "pointer")


def sample_data(
    path: Path, variants: list[str], overrides: list[str], checked: Checked
) -> tuple[list[Diagnostic], Lock | None]:
    """What a sample of the data shows, and what a lock of it would hold (None where that is not known): of the recipe,
    or of all combinations of its sweep."""
    arguments = json.dumps([str(path), variants, overrides])
    with TemporaryFile() as output, TemporaryFile() as errors:
        command = python("-m", __name__, arguments)
        try:
            done = subprocess.run(command, env=environment(), stdout=output, stderr=errors, timeout=2 * SECONDS)
        except subprocess.TimeoutExpired:
            return [sampling_stopped(path.as_posix())], None
        output.seek(0)
        answer = output.read(OUTPUT + 1)
        if done.returncode < 0 or done.returncode == OUT_OF_MEMORY or len(answer) > OUTPUT:
            return [sampling_stopped(path.as_posix())], None
        if done.returncode:
            errors.seek(0)
            failed = RuntimeError(
                f"the process that samples data failed: {errors.read(OUTPUT).decode(errors='replace')}"
            )
            if is_out_of_memory(failed):
                return [sampling_stopped(path.as_posix())], None
            raise failed
    document, problems = json.loads(answer), []
    for recipe, found in zip(combinations(checked), document["problems"], strict=True):
        plan = make_plan(recipe)
        problems += [place(Diagnostic(**fields), plan, checked) for fields in found]
    return problems, Lock.model_validate(document["lock"]) if document["lock"] else None


def main(arguments: str) -> None:
    _limit()
    path, variants, overrides = json.loads(arguments)
    try:
        recipes = combinations(check(Path(path), overrides=overrides, variants=variants, cwd=Path.cwd()))
        looked = [_look(recipe, path) for recipe in recipes]
    except BaseException as error:
        if not is_out_of_memory(error):
            raise
        sys.exit(OUT_OF_MEMORY)
    problems = [[_plain(problem) for problem in found] for found, _ in looked]
    locks = [lock for _, lock in looked if lock is not None]
    lock = merged(locks).model_dump(mode="json", by_alias=True) if locks else None
    json.dump({"problems": problems, "lock": lock}, sys.stdout)


def _limit() -> None:
    """Limits this process; a system without such limits leaves the parent's clock."""
    try:
        import resource
    except ImportError:
        return
    for what, most in (("RLIMIT_AS", MEMORY), ("RLIMIT_CPU", SECONDS), ("RLIMIT_CORE", 0)):
        # One that is lower already stays.
        with suppress(OSError, ValueError):
            resource.setrlimit(getattr(resource, what), (most, most))


def _look(recipe: Recipe, path: str) -> tuple[list[Diagnostic], Lock | None]:
    plan = make_plan(recipe)
    try:
        from runtime.base.progress import silent
        from runtime.session import open_session

        session = open_session(plan.program, recipe.folder, sample=ROWS, fetch=False, progress=silent())
    except ModuleNotFoundError as error:
        return [missing_extra(str(error.name))], None
    except Stop as stop:
        return list(stop.diagnostics), None
    problems = session.problems() + [data_not_at_hand(name) for name in session.absent]
    problems += [model_not_at_hand(name) for name in session.missing]
    if all(rows <= ROWS for dataset in session.facts.datasets.values() for rows in dataset.splits.values()):
        problems += check_figures(with_facts(plan, session.facts))
    return problems, None if session.absent else lock_of(session.facts)


def _plain(problem: Diagnostic) -> dict[str, Any]:
    return {field: getattr(problem, field) for field in FIELDS}


if __name__ == "__main__":
    main(sys.argv[1])
