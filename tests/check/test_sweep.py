"""Sweeps: one recipe for every combination."""

from __future__ import annotations

import pytest

from tests.check.written import checked, said

RECIPE = """
    rank = 8
    model m { source = hub("org/model") }
    dataset d { source = hub("org/data") }
    template t for d { prompt = "a", completion = "b" }
    task qa { templates = [t], metrics = [rouge1] }
    train {
      model         = m
      data          = qa
      duration      = 1 epoch
      learning_rate = 1e-4
      method        = lora(rank = rank)
    }
    variant short { train.duration = 5 steps, train.batch = 2 examples }
    variant long { train.duration = 500 steps, train.batch = 16 examples }
    sweep { %s }
    """


def swept(folder, axes: str, *overrides):
    result = checked(folder, RECIPE % axes, *overrides)
    assert said(result) == []
    return result.combinations


def test_every_value_gives_a_recipe(tmp_path):
    recipes = swept(tmp_path, "rank = [4, 8, 16]")

    assert [(recipe.label, recipe.train.method.rank) for recipe in recipes] == [
        ("rank=4", 4),
        ("rank=8", 8),
        ("rank=16", 16),
    ]


def test_axes_multiply_and_the_last_changes_fastest(tmp_path):
    recipes = swept(tmp_path, "rank = [4, 8], train.learning_rate = [1e-4, 5e-4]")

    assert [recipe.label for recipe in recipes] == [
        "rank=4,train.learning_rate=1e-4",
        "rank=4,train.learning_rate=5e-4",
        "rank=8,train.learning_rate=1e-4",
        "rank=8,train.learning_rate=5e-4",
    ]
    assert [recipe.train.learning_rate for recipe in recipes] == [1e-4, 5e-4, 1e-4, 5e-4]


def test_variants_are_an_axis(tmp_path):
    recipes = swept(tmp_path, "variants = [short, long]")

    assert [(recipe.label, recipe.train.duration.amount, recipe.train.batch) for recipe in recipes] == [
        ("short", 5, 2),
        ("long", 500, 16),
    ]


def test_labels_name_folders_and_differ(tmp_path):
    recipes = swept(tmp_path, 'd.source = [hub("a/b"), hub("a b"), hub("a-b")]'.replace('"a b"', '"a.b"'))

    labels = [recipe.label for recipe in recipes]
    assert len(set(labels)) == 3
    assert not any(set(label) & set('/\\ "()') for label in labels)


def test_the_command_line_settles_an_axis(tmp_path):
    recipes = swept(tmp_path, "rank = [4, 8], train.learning_rate = [1e-4, 5e-4]", "rank=2")

    assert [(recipe.label, recipe.train.method.rank) for recipe in recipes] == [
        ("train.learning_rate=1e-4", 2),
        ("train.learning_rate=5e-4", 2),
    ]


def test_without_a_sweep_there_are_no_combinations(tmp_path):
    assert checked(tmp_path, "rank = 8\n").combinations == []


def test_the_recipe_itself_is_as_written(tmp_path):
    assert checked(tmp_path, RECIPE % "rank = [4, 16]").recipe.train.method.rank == 8


@pytest.mark.parametrize(
    ("axes", "expected"),
    [
        ("rank = 4", [("IFT341", "4")]),
        ("rank = []", [("IFT341", "[]")]),
        ("rnk = [4, 8]", [("IFT241", "rnk")]),
        ("rank = [4, 0]", [("IFT325", "0")]),
        ("train.batch = [4 examples, 8]", [("IFT322", "8")]),
        ("variants = [shrt]", [("IFT201", "shrt")]),
        ("variants = [m]", [("IFT202", "m")]),
        ("train { batch = [4 examples] }", [("IFT340", "train")]),
        ("rank = [4], rank = [8]", [("IFT311", "rank")]),
    ],
)
def test_mistakes(tmp_path, axes, expected):
    assert said(checked(tmp_path, RECIPE % axes)) == expected


def test_a_sweep_has_an_end(tmp_path):
    axis = "[" + ", ".join(str(n) for n in range(1, 301)) + "]"
    result = checked(tmp_path, RECIPE % f"rank = {axis}")

    assert said(result) == [("IFT342", "sweep")]
    assert result.combinations == []


def test_an_axis_names_each_value_once(tmp_path):
    assert said(checked(tmp_path, RECIPE % "rank = [4, 8, 8]")) == [("IFT329", "8")]


@pytest.mark.parametrize(("written", "best"), [("qa", "qa.rouge1"), ("qa.rouge1", "qa.rouge1")])
def test_the_metric_that_names_the_best_run_is_no_axis(tmp_path, written: str, best: str):
    result = checked(tmp_path, f"{RECIPE % f'rank = [4, 8], best = {written}'}evaluate {{ tasks = [qa] }}")

    assert [recipe.label for recipe in result.combinations] == ["rank=4", "rank=8"]
    assert result.best == best
