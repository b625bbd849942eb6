"""Executes a plan: measure, then evaluate, train, evaluate, and say what came of it.

    facts = measure(program, root, …)     what the plan's figures are computed from
    code  = run(plan, root, folder, …)    the run folder, filled; 0, or 3 where a gate was missed

Everything that a user can mend raises `Stop`, whose exit code is the command's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems.commands import source_not_at_hand
from recipe_lang.program.document import Plan
from recipe_lang.program.facts import Facts
from recipe_lang.program.lock import lock_of
from recipe_lang.program.program import Program
from runtime.base.files import write_atomic
from runtime.base.progress import Progress
from runtime.base.quiet import quiet_libraries
from runtime.data import Prepared, prepare
from runtime.data.source.hub import NotAtHand
from runtime.evaluate.references import check_references
from runtime.folder import check_resumable
from runtime.loading import model_folders
from runtime.models.facts import check_targets, model_facts
from runtime.models.folder import ModelFolder
from runtime.refusals import refuse
from runtime.revisions import revisions_of

Report = Callable[[Diagnostic], None]
"""Takes warnings and notes."""


def measure(
    program: Program, root: Path, *, fetch: bool, progress: Progress, report: Report, sample: int | None = None
) -> Facts | None:
    """What data and models hold; None where data is not at hand and `fetch` is False, without models that are not.

    `root` is the recipe's folder. With `sample` only so many rows of each split are rendered and encoded.
    """
    refuse(program)
    folders = model_folders(program, root, fetch=fetch, progress=progress)
    train = program.train
    if train and train.method.layers and train.model in folders:
        check_targets(train.method.layers, folders[train.model])
    try:
        prepared = prepare(program, root, folders, sample=sample, fetch=fetch, progress=progress)
    except NotAtHand as missing:
        report(source_not_at_hand(str(missing)))
        return None
    for diagnostic in prepared.diagnostics:
        report(diagnostic)
    check_references(program, prepared)
    return _facts(prepared, folders)


def run(
    plan: Plan,
    root: Path,
    folder: Path,
    *,
    untouched: Path | None = None,
    labelled: Program | None = None,
    resume: bool = False,
    progress: Progress,
    report: Report,
) -> int:
    """Runs a plan whose figures are known, into a folder that has been claimed. Returns the exit code.

    `untouched`: the folder for what models answer before they are trained; runs that share it ask the same once.
    `labelled`: the program that rows are labelled for, where that is not the plan's own:
    an evaluation asks what the training that it leaves out would have asked.
    """
    quiet_libraries()
    from runtime.phases import phases

    program = labelled or plan.program
    folders = model_folders(program, root, fetch=True, progress=progress)
    prepared = prepare(program, root, folders, progress=progress)
    lock = lock_of(_facts(prepared, folders))
    if resume:
        check_resumable(folder, plan, lock)
    write_atomic(folder / "plan.json", plan.model_dump_json(indent=2, by_alias=True) + "\n")
    write_atomic(folder / "recipe.lock", lock.model_dump_json(indent=2, by_alias=True) + "\n")
    return phases(
        plan, root, folders, prepared, folder, untouched=untouched, resume=resume, progress=progress, report=report
    )


def _facts(prepared: Prepared, folders: dict[str, ModelFolder]) -> Facts:
    models = {name: model_facts(folder) for name, folder in folders.items()}
    return prepared.facts.model_copy(update={"models": models, "revisions": revisions_of(prepared.program, folders)})
