"""The plan of `ift eval`: a recipe's evaluations asked of another model, and nothing trained."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems.scores import needs_both_sides, no_subject
from recipe_lang.plan.affects import hashes_of
from recipe_lang.plan.figures import make_figures
from recipe_lang.program.document import Plan, program_hash
from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.methods import Method
from recipe_lang.program.model import PathModel
from recipe_lang.program.program import Program
from recipe_lang.program.reach import leaf_tasks


def evaluation_plan(plan: Plan, path: str | None) -> tuple[Plan, Program, list[Diagnostic]]:
    """The plan that asks the model at `path`, the program that rows are labelled for, and what is not judged.

    The model stands in for the trained one, else for the only one that the recipe evaluates; without a path that one
    itself is asked, as it is. Rows are labelled as for
    the recipe's training, so that prompts, lengths and decoding are those of `ift run`. `path` starts from the
    recipe's folder. Raises `Stop` (IFT874).
    """
    program = plan.program
    name = _subject(program)
    own = [i for i, block in enumerate(program.evaluations) if block.model == name]
    asked = [i for i in own if program.evaluations[i].start or program.evaluations[i].end] or own
    blocks = [program.evaluations[i] for i in asked]
    model = program.models[name].model_copy(update={"source": PathModel(path=path)} if path else {})
    train = program.train and program.train.model_copy(
        update={
            "start_from": None,
            "new_tokens": [],
            "distribute": None,
            "method": _without_targets(program.train.method),
        }
    )
    here = {"models": {name: model}, "evaluations": [_alone(block) for block in blocks]}
    labelled = program.model_copy(update=here | {"train": train})
    alone = labelled.model_copy(update={"train": None} | _reached(program, blocks))
    origins = {pointer: origin for pointer, origin in plan.origins.items() if _kept(pointer)}
    for new, old in enumerate(asked):
        before = f"/evaluations/{old}"
        own_origins = {p: o for p, o in plan.origins.items() if p == before or p.startswith(f"{before}/")}
        origins |= {f"/evaluations/{new}{p.removeprefix(before)}": origin for p, origin in own_origins.items()}
    made = Plan(
        hash=program_hash(alone),
        hashes=hashes_of(alone),
        program=alone,
        facts=None,
        figures=make_figures(alone, None),
        origins=origins,
    )
    left_out = [
        needs_both_sides(what, f"/evaluations/{i}/{what}") for i, block in enumerate(blocks) for what in _paired(block)
    ]
    return made, labelled, left_out


def _without_targets(method: Method) -> Method:
    """Layers of the recipe's own model need not be the other one's."""
    return method.model_copy(update={"targets": None}) if "targets" in type(method).model_fields else method


def _subject(program: Program) -> str:
    models = sorted({block.model for block in program.evaluations})
    if program.train is not None and program.train.model in models:
        return program.train.model
    if len(models) != 1:
        raise Stop(no_subject(program.name, models))
    return models[0]


def _alone(block: Evaluate) -> Evaluate:
    """The block without what compares a tuned model with an untouched one."""
    require = [requirement for requirement in block.require if not requirement.gain]
    changed = {"when": ["start"], "retain": {}, "require": require}
    return block.model_copy(update=changed)


def _paired(block: Evaluate) -> list[str]:
    return ["retain"] * bool(block.retain) + ["require"] * any(requirement.gain for requirement in block.require)


def _reached(program: Program, blocks: Sequence[Evaluate]) -> dict[str, dict]:
    """The parts of the program that hold what these blocks ask."""
    names = [name for block in blocks for name in block.tasks]
    tasks = {name: program.tasks[name] for name in leaf_tasks(names, program)}
    templates = {name: program.templates[name] for task in tasks.values() for name in task.templates}
    datasets = {task.dataset: program.datasets[task.dataset] for task in tasks.values()}
    groups = {
        part: {name: group for name, group in held.items() if tasks.keys() >= set(leaf_tasks([name], program))}
        for part, held in (("mixtures", program.mixtures), ("suites", program.suites))
    }
    return {"tasks": tasks, "templates": templates, "datasets": datasets} | groups


def _kept(pointer: str) -> bool:
    """Where the recipe's own model was written says nothing of the one that is asked."""
    return not pointer.startswith(("/models", "/train", "/evaluations"))
