"""What does not fit into a run, once the number of its steps is known."""

from __future__ import annotations

from recipe_lang.check.train import never_fires
from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems import draws, evaluation, training
from recipe_lang.plan.spelling import settings
from recipe_lang.program.cadence import due_steps
from recipe_lang.program.document import Plan
from recipe_lang.program.values import Cadence


def check_steps(plan: Plan) -> list[Diagnostic]:
    """A run without steps, a warm-up that takes all of them, checkpoints and evaluations that never come.

    What the text alone shows has been said by the check: cadences longer than the run, where both are counted alike.
    """
    train, figures = plan.program.train, plan.figures.train
    if train is None or figures is None:
        return []
    if figures.steps == 0:
        return [draws.no_steps(settings(train)["duration",], figures.examples_per_epoch)]

    def never(every: Cadence) -> bool:
        due = due_steps(every, steps=figures.steps, epoch_size=figures.examples_per_epoch, batch=train.batch)
        return not due and not never_fires(every, train)

    found = []
    if isinstance(train.warmup, int) and train.warmup >= figures.steps:
        found.append(training.warmup_too_long(train.warmup, figures.steps, None, None))
    if "/train/checkpoint/every" in plan.origins and never(train.checkpoint.every):
        found.append(training.checkpoint_never(None, None))
    for index, block in enumerate(plan.program.evaluations):
        if any(map(never, block.every)):
            found.append(evaluation.evaluation_never(None, f"/evaluations/{index}"))
    return found
