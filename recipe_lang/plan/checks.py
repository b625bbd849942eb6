"""What the figures show that nobody wants: too few steps, draws, rows or exemplars."""

from __future__ import annotations

from recipe_lang.check.train import never_fires
from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems import draws, evaluation, training
from recipe_lang.plan.spelling import settings
from recipe_lang.program.cadence import due_steps
from recipe_lang.program.document import Plan
from recipe_lang.program.figures import Figures
from recipe_lang.program.program import Program
from recipe_lang.program.reach import further_shots, leaf_tasks
from recipe_lang.program.values import Cadence

MANY_PASSES = 4.0
"""Up to about four passes, repeated data is nearly as good as new data (arXiv:2305.16264)."""


def check_figures(plan: Plan) -> list[Diagnostic]:
    return [
        *check_steps(plan),
        *check_draws(plan.program, plan.figures),
        *check_power(plan),
        *check_exemplars(plan),
    ]


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


def check_draws(program: Program, figures: Figures) -> list[Diagnostic]:
    """How often a mixture draws its examples: an error above its `max_repeats`, a warning above four times."""
    mixture = program.mixtures.get(program.train.data) if program.train is not None else None
    if mixture is None:
        return []
    name, found = program.train.data, []
    passes = {task.name: task.passes or 0.0 for task in figures.tasks}
    for task in leaf_tasks([name], program):
        if mixture.max_repeats is not None and passes[task] > mixture.max_repeats + 1e-9:
            found.append(draws.too_many_passes(name, task, passes[task], mixture.max_repeats))
        elif mixture.max_repeats is None and passes[task] > MANY_PASSES + 1e-9:
            found.append(draws.many_passes(name, task, passes[task]))
    return found


def check_power(plan: Plan) -> list[Diagnostic]:
    """A warning for each budget of `retain` that is smaller than what its rows can show."""
    return [
        evaluation.budget_out_of_sight(
            task, budget, found.smallest_drop, found.rows, found.groups, f"/evaluations/{index}/retain/{task}"
        )
        for index, block in enumerate(plan.program.evaluations)
        for task, budget in block.retain.items()
        for found in plan.figures.evaluate
        if (found.block, found.task) == (block.name, task)
        and "tuned" in found.phases
        and found.smallest_drop is not None
        and found.smallest_drop > budget + 1e-9
    ]


def check_exemplars(plan: Plan) -> list[Diagnostic]:
    """A warning where a task's pool has fewer rows than an evaluation, or the task itself, wants exemplars. With
    `few_shot.same` a row may find fewer still, which only its prompts show."""
    program = plan.program
    rows = {dataset.name: dataset.splits for dataset in plan.figures.datasets}
    found = {}
    for index, block in enumerate(program.evaluations):
        for name in leaf_tasks(block.tasks, program):
            task = program.tasks[name]
            pool = task.few_shot.pool
            there = rows.get(task.dataset, {}).get(pool)
            asked = {f"/tasks/{name}/few_shot/shots": task.few_shot.shots}
            more = further_shots(block, program, name)
            asked |= {f"/evaluations/{index}/shots": more} if block.start and more else {}
            for pointer, numbers in asked.items():
                if there is not None and max(numbers, default=0) > there:
                    problem = evaluation.pool_is_small(name, max(numbers), pool, task.dataset, there, pointer)
                    found[pointer, name] = problem
    return list(found.values())
