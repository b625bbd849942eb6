"""From a checked recipe to its plan: the program, all arithmetic, origins, hashes, the lock, and differences.

plan = make_plan(recipe, facts)    facts measured by the engine, or None: then figures say what is not known
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipe_lang.check import Recipe
    from recipe_lang.program.document import Plan
    from recipe_lang.program.facts import Facts


def make_plan(recipe: Recipe, facts: Facts | None = None) -> Plan:
    """The plan of a recipe that was checked without errors."""
    from recipe_lang.plan.build import build_program
    from recipe_lang.plan.origins import origins_of
    from recipe_lang.program.document import Plan

    program = build_program(recipe)
    plan = Plan.model_construct(program=program, origins=origins_of(recipe, program))
    return with_facts(plan, facts)


def with_facts(plan: Plan, facts: Facts | None) -> Plan:
    """The same program with its figures computed from these facts."""
    from recipe_lang.plan.affects import hashes_of
    from recipe_lang.plan.figures import make_figures
    from recipe_lang.program.document import Plan, program_hash

    return Plan(
        hash=program_hash(plan.program),
        hashes=hashes_of(plan.program),
        program=plan.program,
        facts=facts,
        figures=make_figures(plan.program, facts),
        origins=plan.origins,
    )
