"""The phases of a run, in order: the untouched model judged, trained, judged again, written down.

A run that was interrupted goes on where it was: what the untouched model answered is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_lang.diagnostics.model import Diagnostic, Stop, has_errors
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.program.document import Plan
from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.reach import trained_tasks
from runtime.base.progress import Progress
from runtime.data import Prepared
from runtime.evaluate import Kept, conclude, evaluate, gates
from runtime.loading import load_model, to_device, untouched_weights, with_method
from runtime.models.adapters import save
from runtime.models.folder import ModelFolder
from runtime.models.merge import merge
from runtime.models.vocabulary import with_stop_tokens
from runtime.report.card import write_card
from runtime.report.page import write_page
from runtime.report.results import finished, write_results
from runtime.report.table import show_results

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Entries = list[dict[str, Any]]

GATE_MISSED = 3


def phases(
    plan: Plan,
    root: Path,
    folders: Mapping[str, ModelFolder],
    prepared: Prepared,
    folder: Path,
    *,
    untouched: Path | None,
    resume: bool,
    progress: Progress,
    report: Callable[[Diagnostic], None],
) -> int:
    """Fills the run folder and returns the exit code. What models answer before they are trained is kept in the folder
    `untouched`. A finished run that is resumed only says what came of it."""
    if resume and (results := finished(plan, folder)):
        return _present(plan, results, folder, report)
    judge = _Judge(plan, folders, prepared, folder, untouched, progress)
    program = plan.program
    entries: Entries = []
    made: dict[str, Any] = {}
    for name in dict.fromkeys(block.model for block in program.evaluations):
        if program.train is None or name != program.train.model:
            model = load_model(plan, folders, name, progress)
            entries += judge([b for b in program.evaluations if b.model == name], "base", name, model)
            del model
    if program.train is not None:
        options = {"resume": resume, "progress": progress, "report": report}
        tuned, made = _train(plan, root, folders, prepared, folder, judge, **options)
        entries += tuned
    results = conclude(plan, entries, folder) | made
    write_results(results, folder)
    return _present(plan, results, folder, report)


class _Judge:
    """Evaluates blocks with whatever the model is by now."""

    def __init__(
        self,
        plan: Plan,
        folders: Mapping[str, ModelFolder],
        prepared: Prepared,
        folder: Path,
        untouched: Path | None,
        progress: Progress,
    ) -> None:
        self.plan, self.folders, self.prepared = plan, folders, prepared
        self.folder, self.untouched, self.progress = folder, untouched, progress

    def __call__(self, blocks: list[Evaluate], phase: str, name: str, model: PreTrainedModel) -> Entries:
        kept = None
        if phase == "base" and self.untouched is not None:
            kept = Kept(self.untouched, untouched_weights(self.plan, self.folders, name))
        arguments = (phase, model, self.prepared, self.prepared.tokenizers[name], self.folder)
        try:
            each = [evaluate(self.plan, block, *arguments, progress=self.progress, kept=kept) for block in blocks]
        except KeyboardInterrupt:
            # Training, which judges its steps, sees to its own; `ift eval` has nothing to go on with.
            if phase not in ("base", "tuned") or self.plan.program.train is None:
                raise
            raise Stop(fitting.interrupted_asking(phase), exit_code=130) from None
        return [entry for entries in each for entry in entries]


def _train(
    plan: Plan,
    root: Path,
    folders: Mapping[str, ModelFolder],
    prepared: Prepared,
    folder: Path,
    judge: _Judge,
    *,
    resume: bool,
    progress: Progress,
    report: Callable[[Diagnostic], None],
) -> tuple[Entries, dict[str, Any]]:
    """What was judged; and of `results.json` whose step's weights were kept and what a merge lost."""
    program, declared = plan.program, plan.program.train
    name, here = declared.model, folders[declared.model]
    own = [block for block in program.evaluations if block.model == name]
    start, end = [block for block in own if block.start], [block for block in own if block.end]
    loaded = partial(load_model, plan, folders, name, progress)
    # A device holds its shards, and need not hold the whole model.
    sharded = declared.distribute is not None and declared.distribute.shards_weights
    if declared.distribute is None:
        from runtime.train import train

        model = loaded()
        entries = judge(start, "base", name, model)
        model = with_method(plan, folders, model)

        def between(step: int, blocks: list[Evaluate]) -> Entries:
            return judge(blocks, f"step-{step}", name, model)

        tokenizer = prepared.tokenizers[name]
        outcome = train(
            plan,
            prepared,
            model,
            tokenizer,
            folder,
            progress=progress,
            on_event=between,
            report=report,
            resume=resume,
        )
    else:
        from accelerate.utils.memory import clear_device_cache

        from runtime.launch import train_in_processes
        from runtime.train import adopt

        entries = judge(start, "base", name, loaded()) if start else []
        # The first of the processes trains on the device that the model was judged on.
        clear_device_cache(garbage_collection=True)
        outcome = train_in_processes(plan, root, folder, resume=resume, report=report)
        model = with_method(plan, folders, loaded(on_host=sharded))
        adopt(model, folder / "checkpoints", outcome.best_step or outcome.steps)
    here = with_stop_tokens(here, prepared.stop_ids(trained_tasks(program)[0]))
    save(model, folder / "model", here, here.chat_template)
    made: dict[str, Any] = {"tuned_step": outcome.best_step or outcome.steps}
    if declared.merge and declared.method.kind != "full":
        with progress.task("merging"):
            made["merged"] = merge(
                folder / "model", here, program.models[name], folder / "model-merged", here.chat_template
            )
    if sharded and end:
        to_device(plan, model)
    return entries + outcome.evaluations + judge(end, "tuned", name, model), made


def _present(plan: Plan, results: Mapping[str, Any], folder: Path, report: Callable[[Diagnostic], None]) -> int:
    """Page, card, table and gates, which follow from the results."""
    write_page(plan, results, folder)
    write_card(plan, results, folder)
    show_results(plan, results, folder)
    found = gates(plan, results, folder)
    for diagnostic in found:
        report(diagnostic)
    return GATE_MISSED if has_errors(found) else 0
