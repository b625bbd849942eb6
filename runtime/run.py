"""A run, from plan to report: the untouched model is evaluated, trained, evaluated again, and all is written down.

A run that was interrupted goes on where it was: what the untouched model answered is kept. Everything that a user can
mend raises `Stop`, whose exit code is the command's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from accelerate.utils.memory import clear_device_cache

from recipe_lang.diagnostics.model import Diagnostic, Stop, has_errors
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.program.document import Plan
from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.lock import lock_of
from recipe_lang.program.reach import trained_tasks, writes
from recipe_lang.program.results import Evaluation, Merged, ReadBack, Results
from runtime.base.files import Json, write_atomic
from runtime.base.seeds import seed
from runtime.evaluate import ALONE, Kept, Share, conclude, gates
from runtime.evaluate.evaluation import evaluate
from runtime.folder import check_resumable, is_gone, tidy
from runtime.launch import train_in_processes
from runtime.loading import load_model, to_device, untouched_weights, with_method
from runtime.models.adapters import save
from runtime.models.bases import write_base
from runtime.models.exported import as_judged
from runtime.models.folder import ModelFolder
from runtime.models.merge import merge
from runtime.readback.compare import Expected, expect, read_back
from runtime.readback.process import reader
from runtime.report.card import write_card
from runtime.report.page import write_page
from runtime.report.results import finished, write_results
from runtime.report.table import show_results
from runtime.session import Session
from runtime.train import TrainOutcome, adopt, train
from runtime.train.interrupt import Interrupt

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

    Model = PreTrainedModel | PeftModel

GATE_MISSED = 3


@dataclass(frozen=True, slots=True)
class Job:
    """What is run, by one process or by each of a group."""

    plan: Plan
    """Its figures follow from the session's facts."""
    session: Session
    folder: Path
    """The run folder."""
    report: Callable[[Diagnostic], None]
    """Takes warnings and notes."""
    resume: bool = False


def run(job: Job, untouched: Path | None = None) -> int:
    """Fills the run folder, which has been claimed, and returns the exit code: 0, or 3 where a gate was missed.

    `untouched`: the folder for what models answer before they are trained; runs that share it ask the same once. A
    finished run that is resumed only says what came of it.
    """
    try:
        return _run(job, untouched)
    except Exception as error:
        if is_gone(job.folder):
            raise Stop(fitting.run_folder_gone(str(job.folder)), exit_code=4) from error
        raise


def _run(job: Job, untouched: Path | None) -> int:
    for folder in filter(None, (job.folder, untouched)):
        tidy(folder)
    _write_inputs(job)
    if job.resume and (results := finished(job.plan, job.folder)):
        return _present(job, results)
    blocks, training = job.plan.program.evaluations, job.plan.program.train
    entries: list[Evaluation] = []
    made: Json = {}
    for name in dict.fromkeys(block.model for block in blocks):
        if training is None or name != training.model:
            own = [block for block in blocks if block.model == name]
            entries += _evaluate(job, "base", own, load_model(job.session, name), untouched)
    if training is not None:
        trained = _train(job, untouched)
        entries += trained.evaluations
        made = {"tuned_step": trained.step, "merged": trained.merged, "read_back": _read_back(job, trained.expected)}
    _must_be_there(job)
    results = conclude(job.plan, entries, job.folder).model_copy(update=made)
    write_results(results, job.folder)
    return _present(job, results)


def _must_be_there(job: Job) -> None:
    """What is written next would make a folder anew that somebody has deleted, with a part of the run."""
    if is_gone(job.folder):
        raise Stop(fitting.run_folder_gone(str(job.folder)), exit_code=4)


def _write_inputs(job: Job) -> None:
    """The plan, and what data and models hold."""
    lock = lock_of(job.session.facts)
    if job.resume:
        for warning in check_resumable(job.folder, job.plan, lock):
            job.report(warning)
    for name, document in (("plan.json", job.plan), ("recipe.lock", lock)):
        write_atomic(job.folder / name, document.model_dump_json(indent=2, by_alias=True) + "\n")


@dataclass(frozen=True, slots=True)
class Trained:
    evaluations: list[Evaluation]
    """From before to after."""
    step: int
    """Of the weights kept."""
    merged: Merged | None
    expected: Expected
    """What has to be read back of it."""


def _train(job: Job, untouched: Path | None) -> Trained:
    session, training, entries = job.session, job.plan.program.train, []
    own = [block for block in job.plan.program.evaluations if block.model == training.model]
    start, end = [block for block in own if block.start], [block for block in own if block.end]
    if start or training.distribute is None:
        model = load_model(session, training.model)
    if start:
        entries += _evaluate(job, "base", start, model, untouched)
    if training.distribute is None:
        model = with_method(session, model)
        outcome = train_model(job, model)
    else:
        # The first of the processes trains on the device that the model was evaluated on.
        model = None
        clear_device_cache(garbage_collection=True)
        outcome = train_in_processes(job.plan, session.root, job.folder, resume=job.resume, report=job.report)
        # Where a device holds its shards, it need not hold the whole model.
        sharded = training.distribute.shards_weights
        model = with_method(session, load_model(session, training.model, on_host=sharded))
        adopt(model, job.folder / "checkpoints", outcome.kept_step)
    entries += outcome.evaluations
    merged = _save(job, model)
    if end:
        to_device(session, model)
        entries += _evaluate(job, "tuned", end, model)
    return Trained(entries, outcome.kept_step, merged, expect(session, model))


def _read_back(job: Job, expected: Expected) -> list[ReadBack]:
    """What was saved, as plain `transformers` reads it; the model in memory has made room."""
    clear_device_cache(garbage_collection=True)
    saved = [name for name in ("model", "model-merged") if (job.folder / name).is_dir()]
    with job.session.progress.task("reading back what was saved"):
        return [read_back(expected, job.folder, name) for name in saved]


def _evaluate(
    job: Job, phase: str, blocks: list[Evaluate], model: Model, untouched: Path | None = None
) -> list[Evaluation]:
    """Blocks of one model, before or after training."""
    kept = Kept(untouched, untouched_weights(job.session, blocks[0].model)) if untouched else None
    try:
        return evaluate_blocks(job, phase, blocks, model, kept=kept)
    except KeyboardInterrupt:
        # `ift eval` has nothing to go on with.
        if job.plan.program.train is None:
            raise
        raise Stop(fitting.interrupted_asking(phase), exit_code=130) from None


def _save(job: Job, model: Model) -> Merged | None:
    """`model/`, and `model-merged/` where the recipe asks for it, with what the merge lost."""
    _must_be_there(job)
    program, training, folder = job.plan.program, job.plan.program.train, job.folder
    declared, source = program.models[training.model], _as_judged(job)
    reader().prepare("transformers.generation" if training.method.kind == "full" else "peft")
    save(model, folder / "model", source, source.chat_template)
    if training.method.kind != "full":
        write_base(source, declared, folder, seed=seed(program.seed, "weights", training.model))
    merged = None
    if training.merge and training.method.kind != "full":
        template = source.chat_template
        with job.session.progress.task("merging"):
            merged = merge(folder / "model", source, declared, folder / "model-merged", template)
    job.session.verify_model(training.model)
    return merged


def _as_judged(job: Job) -> ModelFolder:
    """The trained model's folder with the decoding of the first task that is written, or of the first."""
    program, prepared = job.plan.program, job.session.prepared
    names = trained_tasks(program)
    name = next((name for name in names if writes(program.tasks[name])), names[0])
    folder, longest = job.session.folders[program.train.model], prepared.answer_length(name, "train")
    sources = {spoken.source for spoken in prepared.languages().values()}
    folder = replace(folder, source_language=sources.pop() if len(sources) == 1 else None)
    return as_judged(folder, prepared.stop_ids(name), program.tasks[name].generate, longest, prepared.forced())


def _present(job: Job, results: Results) -> int:
    """Page, card, table and gates, which follow from the results."""
    shown = job.plan, results, job.folder
    write_page(*shown)
    write_card(*shown)
    show_results(*shown)
    missed = gates(*shown)
    unlike = [fitting.read_otherwise(r.folder, **u.model_dump()) for r in results.read_back for u in r.unlike]
    for diagnostic in (*missed, *unlike):
        job.report(diagnostic)
    if unlike:
        return 1
    return GATE_MISSED if has_errors(missed) else 0


def train_model(job: Job, model: Model, share: Share = ALONE, interrupt: Interrupt | None = None) -> TrainOutcome:
    """This process's part of the training, and of the evaluations between its steps, which processes share."""

    def between(step: int, blocks: list[Evaluate]) -> list[Evaluation]:
        return evaluate_blocks(job, f"step-{step}", blocks, model, share=share)

    prepared = job.session.prepared
    _must_be_there(job)
    return train(
        job.plan,
        prepared,
        model,
        job.folder,
        progress=job.session.progress,
        on_event=between,
        report=job.report,
        resume=job.resume,
        interrupt=interrupt,
    )


def evaluate_blocks(
    job: Job, phase: str, blocks: list[Evaluate], model: Model, *, share: Share = ALONE, kept: Kept | None = None
) -> list[Evaluation]:
    """`phase`: what the model is by now, `base`, `step-N` or `tuned`."""
    prepared, entries = job.session.prepared, []
    for block in blocks:
        given = phase, model, prepared, job.folder
        _must_be_there(job)
        entries += evaluate(job.plan, block, *given, progress=job.session.progress, share=share, kept=kept)
    return entries
