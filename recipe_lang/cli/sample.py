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
from typing import TYPE_CHECKING, Any

from recipe_lang.check import check
from recipe_lang.cli.recipes import place
from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems.commands import (
    data_not_at_hand,
    missing_extra,
    model_not_at_hand,
    sampling_stopped,
)
from recipe_lang.plan import make_plan
from recipe_lang.program.lock import Lock, lock_of

if TYPE_CHECKING:
    from recipe_lang.program.program import Program
    from runtime.data import Prepared

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


def sample_data(recipe: Path, variant: str | None, overrides: list[str]) -> tuple[list[Diagnostic], Lock | None]:
    """What a sample of the data shows, and what a lock of it would hold (None where that is not known)."""
    checked = check(recipe, overrides=overrides, variant=variant, cwd=Path.cwd())
    assert checked.recipe is not None
    plan = make_plan(checked.recipe)
    arguments = json.dumps([str(recipe), variant, overrides])
    with TemporaryFile() as output, TemporaryFile() as errors:
        command = [sys.executable, "-m", __name__, arguments]
        try:
            done = subprocess.run(command, stdout=output, stderr=errors, timeout=2 * SECONDS)
        except subprocess.TimeoutExpired:
            return [sampling_stopped(recipe.as_posix())], None
        output.seek(0)
        answer = output.read(OUTPUT + 1)
        if done.returncode < 0 or done.returncode == OUT_OF_MEMORY or len(answer) > OUTPUT:
            return [sampling_stopped(recipe.as_posix())], None
        if done.returncode:
            errors.seek(0)
            raise RuntimeError(f"the process that samples data failed: {errors.read(OUTPUT).decode(errors='replace')}")
    document = json.loads(answer)
    problems = [place(Diagnostic(**fields), plan, checked) for fields in document["problems"]]
    return problems, Lock.model_validate(document["lock"]) if document["lock"] else None


def main(arguments: str) -> None:
    _limit()
    path, variant, overrides = json.loads(arguments)
    try:
        problems, lock = _look(Path(path), variant, overrides)
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
    json.dump({"problems": [_plain(p) for p in problems], "lock": lock}, sys.stdout)


def _limit() -> None:
    """Limits this process; a system without such limits leaves the parent's clock."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _look(path: Path, variant: str | None, overrides: list[str]) -> tuple[list[Diagnostic], dict[str, Any] | None]:
    recipe = check(path, overrides=overrides, variant=variant, cwd=Path.cwd()).recipe
    assert recipe is not None
    program = make_plan(recipe).program
    problems: list[Diagnostic] = []
    try:
        from runtime.data import NotAtHand, prepare
        from runtime.models.facts import model_facts
        from runtime.models.folder import model_folder
        from runtime.revisions import revisions_of

        folders = {
            name: folder
            for name, model in program.models.items()
            if (folder := model_folder(model, recipe.folder, fetch=False, pointer=f"/models/{name}"))
        }
        try:
            prepared = prepare(program, recipe.folder, folders, sample=ROWS, fetch=False)
        except NotAtHand:
            return [data_not_at_hand(path.as_posix())], None
        if len(folders) == len(program.models):
            problems += _bad_references(program, prepared)
    except ModuleNotFoundError as error:
        return [missing_extra(str(error.name))], None
    except Stop as stop:
        return [*problems, *stop.diagnostics], None
    problems += prepared.diagnostics
    problems += [model_not_at_hand(name) for name in program.models if name not in folders]
    models, revisions = {name: model_facts(f) for name, f in folders.items()}, revisions_of(program, folders)
    facts = prepared.facts.model_copy(update={"models": models, "revisions": revisions})
    return problems, lock_of(facts).model_dump(mode="json", by_alias=True)


def _bad_references(program: Program, prepared: Prepared) -> tuple[Diagnostic, ...]:
    from runtime.evaluate.references import check_references

    try:
        check_references(program, prepared)
    except Stop as stop:
        return stop.diagnostics
    return ()


def _plain(problem: Diagnostic) -> dict[str, Any]:
    return {field: getattr(problem, field) for field in FIELDS}


if __name__ == "__main__":
    main(sys.argv[1])
