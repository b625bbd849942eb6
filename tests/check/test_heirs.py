"""Blocks that are like another one, beside changes, imports and variants."""

from __future__ import annotations

from recipe_lang.check import check
from recipe_lang.plan import make_plan
from recipe_lang.plan.defaults import defaults
from tests.check.written import checked, said, write

RECIPE = """
    import "lib.ift" as lib
    recipe study {}
    model m { source = hub("org/model") }
    dataset a {
      source = hub("org/a")
      columns { body = text, mood = text }
      split { train = 80%, test = 20% }
      limit = 100 rows
    }
    dataset b like a { source = hub("org/b") }
    dataset c like a { source = hub("org/c"), limit = 5 rows }
    dataset far like lib.there { license = "MIT" }
    template ask for a { prompt = "{{ body }}", completion = "{{ mood }}" }
    template ask_b for b like ask {}
    template ask_c for c like ask {}
    template ask_far for far like ask {}
    task on_a { templates = [ask] }
    task on_b like on_a { templates = [ask_b] }
    task on_c like on_a { templates = [ask_c] }
    task on_far like on_a { templates = [ask_far] }
    mixture all { tasks = [on_a, on_b, on_c, on_far] }
    train { model = m, data = all, duration = 1 epoch, learning_rate = 1e-4, method = lora(rank = 8) }
    evaluate cheap { tasks = [on_b], limit = 8 examples, when = [end] }
    evaluate whole like cheap { tasks = [on_c] }
    variant small { a.limit = 3 rows, train.duration = 5 steps }
    variant smaller like small { train.duration = 1 step }
    variant low { train.method = lora(rank = 4) }
    variant high like low { train.method.rank = 16 }
    """
LIBRARY = """
    size = 7 rows
    dataset there { source = hub("org/there"), columns { body = text, mood = text }, limit = size }
    """


def recipe(folder, *overrides, variant=None):
    result = checked(folder, RECIPE, *overrides, variant=variant, lib=LIBRARY)
    assert said(result) == []
    return result.recipe


def limits(found):
    return [found.dataset(name).limit for name in ("a", "b", "c", "far")]


def test_what_is_not_set_is_as_in_the_other_block(tmp_path):
    found = recipe(tmp_path)

    assert limits(found) == [100, 100, 5, 7]
    assert found.dataset("b").split == found.dataset("a").split
    assert found.template("ask_b").dataset == "b"
    assert [(block.limit, block.when) for block in found.evaluations] == [(8, ["end"])] * 2


def test_a_change_of_the_other_block_changes_its_heirs(tmp_path):
    assert limits(recipe(tmp_path, "a.limit=9 rows")) == [9, 9, 5, 7]
    assert limits(recipe(tmp_path, variant="smaller")) == [3, 3, 5, 7]


def test_a_change_of_an_heir_is_its_own(tmp_path):
    found = recipe(tmp_path, "b.split.train=70%", "b.split.test=30%", "a.limit=9 rows", "b.limit=1 rows")

    assert limits(found) == [9, 1, 5, 7]
    assert [found.dataset(name).split.parts["test"].share for name in "ab"] == [0.2, 0.3]


def test_a_variant_is_like_another_one(tmp_path):
    assert [recipe(tmp_path, variant=name).train.duration.amount for name in ("small", "smaller")] == [5, 1]


def test_a_variants_own_change_leads_into_what_it_takes_over(tmp_path):
    assert [recipe(tmp_path, variant=name).train.method.rank for name in ("low", "high")] == [4, 16]


def test_the_plan_shows_what_holds_and_where_it_is_written(tmp_path):
    result = check(write(tmp_path, RECIPE, lib=LIBRARY), cwd=tmp_path)
    plan = make_plan(result.recipe)

    assert plan.program.datasets["b"].limit == 100
    assert plan.origins["/datasets/b/limit"] == plan.origins["/datasets/a/limit"]
    assert plan.origins["/datasets/far/limit"].file == "lib.ift"
    assert all("limit" not in line for line in defaults(result.recipe, plan.program)["dataset far"])


def test_what_heirs_take_over_is_bounded(tmp_path):
    columns = ", ".join(f"c{number} = text" for number in range(400))
    base = f'dataset a {{ source = hub("org/a"), columns {{ {columns} }} }}\n'
    heirs = "".join(f"dataset d{number} like a {{}}\n" for number in range(60))

    assert said(checked(tmp_path, base + heirs)) == [("IFT101", "dataset d49 like a")]
