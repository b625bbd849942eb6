"""What can be wrong with a mixture: shares that do not add up, names that are no members, circles."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from recipe_lang.diagnostics.problems import mixtures as problems
from recipe_lang.diagnostics.problems import settings
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.program.reach import DEEPEST, TooManyWays, circles, depths, leaves

if TYPE_CHECKING:
    from recipe_lang.check.result import Recipe, Report
    from recipe_lang.diagnostics.model import Place
    from recipe_lang.program.mixture import Mixture
    from recipe_lang.program.suite import Suite


def check_settings(mixture: Mixture, recipe: Recipe, report: Report) -> None:
    """One setting says how often each task is drawn, and those that do not say how long an epoch is have a size."""
    set_here = [name for name in ("sampling", "rates", "shares", "counts") if mixture.written(name)]
    rules = [name for name in set_here if getattr(mixture, name) is not None]
    alone = [*rules, "size"] if rules == ["counts"] and mixture.size is not None else rules
    places = sorted(((mixture.key_place(name), name) for name in alone), key=lambda pair: pair[0].span)
    if len(places) > 1:
        (last, name), others = places[-1], {name: place for place, name in places[:-1]}
        report(settings.conflicting_settings(name, others, mixture.subject, last))
    elif mixture.size is None and rules and (rules[0] in ("rates", "shares") or mixture.sampling.kind == "equal"):
        report(settings.missing_size(rules[0], mixture.subject, mixture.key_place(rules[0])))
    if mixture.when_exhausted != "repeat" and (mixture.max_repeats or 0) >= 1:
        reason = f"under `when_exhausted = {mixture.when_exhausted}`, where rows are drawn once at most"
        report(settings.without_effect("max_repeats", reason, mixture.key_place("max_repeats")))


def check_nesting(block: Mixture | Suite, recipe: Recipe, report: Report) -> None:
    """No circle, which is reported at its first block in the text; and no more levels or ways than can be followed."""
    if circle := _circle(block.name, recipe):
        if block.name == circle[0]:
            index = block.tasks.index(circle[1 % len(circle)])
            report(problems.circular_mixture(block.block_kind, circle, block.place("tasks", index)))
    elif _too_deep(recipe) == block.name:
        report(problems.nested_too_deep(block.block_kind, block.name, DEEPEST, block.place("tasks")))
    elif _tangled(recipe) == block.name:
        report(problems.too_many_ways(block.block_kind, block.name, block.place("tasks")))


def _circles(recipe: Recipe) -> list[list[str]]:
    def found() -> list[list[str]]:
        begins = {name: block.place().span for name, block in _groups(recipe).items()}
        firsts = [(circle, circle.index(min(circle, key=begins.__getitem__))) for circle in circles(_held(recipe))]
        return [circle[first:] + circle[:first] for circle, first in firsts]

    return recipe.once("circles", found)


def _circle(name: str, recipe: Recipe) -> list[str]:
    """The one that a group is part of, from its first block in the text on; empty where there is none."""
    known = recipe.once("circle of", lambda: {each: circle for circle in _circles(recipe) for each in circle})
    return known.get(name, [])


def _too_deep(recipe: Recipe) -> str | None:
    """The first group in the text with one level too much, where there is no circle."""

    def found() -> str | None:
        held = _held(recipe)
        levels = {} if _circles(recipe) else depths(held)
        return next((name for name in held if levels.get(name) == DEEPEST + 1), None)

    return recipe.once("too deep", found)


def _tangled(recipe: Recipe) -> str | None:
    """The innermost group whose tasks cannot be listed, where there is no circle and no level too much."""

    def found() -> str | None:
        if _circles(recipe) or _too_deep(recipe):
            return None
        levels = depths(_held(recipe))
        # Without exceptions each group is met once.
        excepting = any(getattr(block, "except_", None) for block in _groups(recipe).values())
        for name in sorted(_groups(recipe), key=levels.__getitem__) if excepting else ():
            try:
                leaves([name], recipe.group)
            except TooManyWays:
                return name
        return None

    return recipe.once("tangled", found)


def _groups(recipe: Recipe) -> dict[str, Mixture | Suite]:
    return {**recipe.blocks.get("mixture", {}), **recipe.blocks.get("suite", {})}  # type: ignore[dict-item]


def _held(recipe: Recipe) -> dict[str, list[str]]:
    return recipe.once("held", lambda: {name: list(b.readable("tasks")) for name, b in _groups(recipe).items()})


def check_shares(mixture: Mixture, recipe: Recipe, report: Report) -> None:
    if mixture.shares is None or set(mixture.shares) != set(members(mixture)):
        return
    total = math.fsum(mixture.shares.values())
    if abs(total - 1) > 1e-9:
        places = sorted((mixture.place("shares", name) for name in mixture.shares), key=lambda place: place.span)
        if places:
            report(problems.shares_do_not_add_up(total, mixture.name, places[:-1], places[-1]))


def check_members(mixture: Mixture, recipe: Recipe, report: Report) -> None:
    """Rates, shares and counts name each member once, and nothing else."""
    if _circle(mixture.name, recipe):
        return
    tasks = members(mixture)
    for setting in ("rates", "shares", "counts"):
        given = getattr(mixture, setting)
        if given is None:
            continue
        for name in given:
            if name not in tasks:
                place = mixture.key_place(setting, name)
                report(problems.not_a_member(name, setting, mixture.name, tasks, place))
        missing = [name for name in tasks if name not in given]
        if missing and len(given) <= len(tasks):
            report(problems.member_without_rate(missing, setting, mixture.name, mixture.place(setting)))


def members(mixture: Mixture) -> list[str]:
    """What is drawn from: `tasks` without what `except` names."""
    return [name for name in mixture.tasks if name not in mixture.except_]


def check_except(block: Mixture | Suite, recipe: Recipe, report: Report) -> None:
    """What is taken out must be in, and something must be left."""
    if not block.except_:
        return
    below = _below(block.tasks, recipe)
    for index, name in enumerate(block.except_):
        if name not in below:
            report(problems.except_without_effect(name, block.subject, block.place("except", index)))
    if not {task.name for task in recipe.leaves(block.tasks)} - {t.name for t in recipe.leaves(block.except_)}:
        report(problems.nothing_left(block.subject, block.place("except")))


def _below(names: Iterable[str], recipe: Recipe) -> set[str]:
    """What stands under names, themselves included, whatever is left out."""
    found: set[str] = set()
    stack = list(names)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack += group.tasks if (group := recipe.group(name)) else ()
    return found


def check_nested(mixture: Mixture, recipe: Recipe, report: Report) -> None:
    """What the trained mixture decides is not for those inside it to say; imported ones may be trained elsewhere."""
    train = recipe.train
    if train is None or mixture.name == train.data or "." in mixture.name:
        return
    below = recipe.once("below train", lambda: _below([train.data], recipe))
    around = [recipe.mixture(name) for name in below if recipe.kind_of(name) == "mixture"]
    drawing = [outer for outer in around if mixture.name in members(outer)]
    replaying = [outer for outer in around if outer.replay is not None and mixture.name in outer.replay.tasks]
    if not drawing and not replaying:
        return
    outer = min(drawing or replaying, key=lambda each: each.name)
    own = [name for name in ("rates", "shares", "counts", "replay") if getattr(mixture, name) is not None]
    kept = any(own or not _by_size(each) for each in drawing)
    idle = dict.fromkeys(["when_exhausted", "max_repeats"], f"which is trained as a part of `{train.data}`")
    if not (kept and _must_state_size(mixture)):
        idle["size"] = idle["max_repeats"]
    if not kept:
        idle |= dict.fromkeys(["sampling", *own], f"whose tasks `{outer.name}` draws by its own `sampling`")
    for name, reason in idle.items():
        if mixture.written(name):
            report(settings.without_effect(name, f"on mixture `{mixture.name}`, {reason}", mixture.key_place(name)))


def _by_size(mixture: Mixture) -> bool:
    return mixture.rates is None and mixture.shares is None and mixture.counts is None


def _must_state_size(mixture: Mixture) -> bool:
    return mixture.rates is not None or mixture.shares is not None or mixture.sampling.kind == "equal"


def check_training_data(mixture: Mixture, recipe: Recipe, report: Report) -> None:
    """Tasks drawn for training have a `train` split, of data that may be trained on."""
    for index, name in enumerate(mixture.tasks):
        if recipe.kind_of(name) == "task" and name not in mixture.except_:
            check_trainable(name, recipe, mixture.place("tasks", index), report)
    if mixture.replay is not None:
        for index, name in enumerate(mixture.replay.tasks):
            if recipe.kind_of(name) == "task":
                check_trainable(name, recipe, mixture.place("replay", "tasks", index), report)


def check_trainable(name: str, recipe: Recipe, place: Place, report: Report) -> None:
    dataset = recipe.task_dataset(recipe.task(name))
    if dataset.purpose == "evaluation":
        declared = dataset.place("purpose")
        report(problems.evaluation_data_in_training(name, dataset.name, declared, place))
    elif dataset.split_names is not None and "train" not in dataset.split_names:
        slip = next((name for name in dataset.split_names if closest(name, ["train"])), None)
        declared = dataset.key_place("split" if dataset.split is not None else "source", slip) if slip else None
        report(problems.no_training_split(name, dataset.name, dataset.split_names, declared, place))


RULES = (check_settings, check_nesting, check_shares, check_members, check_except, check_nested, check_training_data)
