"""`ift plan`: what a recipe will do and take, from the recipe, its data and its model where they are at hand."""

from __future__ import annotations

import argparse

from recipe_lang.check import Checked, Recipe
from recipe_lang.cli.failures import is_missing_package
from recipe_lang.cli.outside import moved_since_lock
from recipe_lang.cli.recipes import add_recipe, checked, combinations, opened, report_figures
from recipe_lang.cli.report import count
from recipe_lang.cli.terminal import add_color, print_problems
from recipe_lang.plan import make_plan, with_facts
from recipe_lang.program.document import Plan


def arguments(parser: argparse.ArgumentParser) -> None:
    add_recipe(parser)
    parser.add_argument("--json", action="store_true", help="the plan as a document; with a sweep, one a line")
    add_color(parser)


def run(args: argparse.Namespace) -> int:
    found = checked(args.recipe, args.variant, args.set)
    plans = {recipe.label: measured(make_plan(recipe), found, args) for recipe in combinations(found)}
    if args.json:
        for plan in plans.values():
            print(plan.model_dump_json(by_alias=True, indent=None if found.combinations else 2))
    else:
        _show(plans, combinations(found)[0], args.color)
    for plan in plans.values():
        report_figures(plan, found)
    return 0


def measured(plan: Plan, found: Checked, args: argparse.Namespace) -> Plan:
    """The plan with figures, as far as data and models are at hand; nothing is fetched."""
    try:
        import runtime.data  # noqa: F401
    except ModuleNotFoundError as error:
        if is_missing_package(error):  # the base install: the plan's notes say what is not known
            return plan
        raise
    session = opened(plan, found, fetch=False)
    print_problems(moved_since_lock(args, found, session.facts))
    return with_facts(plan, session.facts)


def _show(plans: dict[str, Plan], recipe: Recipe, color: str) -> None:
    """The plan; of a sweep that of its first combination, and what differs from one to the other."""
    from recipe_lang.cli.plan_tables import print_differences, print_plan
    from recipe_lang.plan.defaults import defaults

    plan = plans[recipe.label]
    if recipe.label:
        print(f"{recipe.label}, the first of {count(len(plans), 'combination')}\n")
    print_plan(plan, color=color, defaults=defaults(recipe, plan.program))
    if len(plans) > 1:
        print_differences(plans, color=color)
