"""Whether there are as many exemplars as prompts are to hold."""

from __future__ import annotations

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems.evaluation import pool_is_small
from recipe_lang.program.document import Plan
from recipe_lang.program.reach import leaf_tasks


def check_exemplars(plan: Plan) -> list[Diagnostic]:
    """A warning where a task's pool has fewer rows than an evaluation, or the task itself, wants exemplars. With
    `few_shot.same` a row may find fewer still, which only its prompts show."""
    program = plan.program
    rows = {dataset.name: dataset.splits for dataset in plan.figures.datasets}
    found = {}
    for index, block in enumerate(program.evaluations):
        for name in leaf_tasks(block.tasks, program):
            task = program.tasks[name]
            there = rows.get(task.dataset, {}).get(task.few_shot.pool)
            asked = {f"/tasks/{name}/few_shot/shots": task.few_shot.shots}
            asked |= {f"/evaluations/{index}/shots": block.shots} if block.start and block.shots else {}
            for pointer, numbers in asked.items():
                if there is not None and max(numbers, default=0) > there:
                    problem = pool_is_small(name, max(numbers), task.few_shot.pool, task.dataset, there, pointer)
                    found[pointer, name] = problem
    return list(found.values())
