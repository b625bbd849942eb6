"""`--set path=value` and variants: what they change, and how what is wrong with them is said."""

from __future__ import annotations

import pytest

from recipe_lang.check import check
from tests.check.written import checked, said, write

RECIPE = """
    rank = 8
    import "lib.ift" as lib
    model m { source = hub("org/model") }
    dataset d {
      source = hub("org/data")
      limit  = 100 rows
    }
    template t for d { prompt = "a", completion = "b" }
    task qa { templates = [t], metrics = [rouge1] }
    train {
      model         = m
      data          = qa
      duration      = 1 epoch
      learning_rate = 1e-4
      method        = lora(rank = rank)
    }
    evaluate {
      tasks = [qa, lib.more]
      limit { qa = 5 examples }
    }
    evaluate final { tasks = [qa] }
    variant small {
      rank = 2
      train.duration = 5 steps
      train.checkpoint.keep = 1
    }
    """
LIBRARY = """
    dataset d { source = hub("org/data"), limit = 100 rows }
    template t for d { prompt = "a", completion = "b" }
    task more { templates = [t], metrics = [rouge1] }
    """


def changed(folder, *overrides, variant=None):
    result = checked(folder, RECIPE, *overrides, variant=variant, lib=LIBRARY)
    assert said(result) == []
    return result.recipe


def test_a_parameter(tmp_path):
    assert changed(tmp_path, "rank=16").train.method.rank == 16


def test_a_setting_of_a_named_block(tmp_path):
    assert changed(tmp_path, "d.limit=7 rows").dataset("d").limit == 7


def test_a_setting_that_is_not_written(tmp_path):
    assert changed(tmp_path, "d.max_bad_rows=7 rows").dataset("d").max_bad_rows == 7


def test_a_setting_by_the_kind_of_its_block(tmp_path):
    assert changed(tmp_path, "train.batch = 4 examples").train.batch == 4


def test_kind_means_the_evaluation_without_a_name(tmp_path):
    recipe = changed(tmp_path, "evaluate.confidence=90%", "final.confidence=80%")

    assert [block.confidence for block in recipe.evaluations] == [0.9, 0.8]


def test_a_setting_of_an_import(tmp_path):
    assert changed(tmp_path, "lib.d.limit=7 rows").dataset("lib.d").limit == 7


def test_inner_blocks_written_or_not(tmp_path):
    recipe = changed(tmp_path, "train.checkpoint.keep=7", "evaluate.limit.lib.more=3 examples")

    assert recipe.train.checkpoint.keep == 7
    assert recipe.evaluations[0].limit == {"qa": 5, "lib.more": 3}


def test_a_whole_inner_block(tmp_path):
    assert changed(tmp_path, "evaluate.limit=9 examples").evaluations[0].limit == 9


def test_none_takes_a_setting_away(tmp_path):
    assert changed(tmp_path, "d.limit=none").dataset("d").limit is None


def test_names_in_an_override_are_those_of_the_recipe(tmp_path):
    recipe = changed(tmp_path, "train.batch=4 examples", "final.tasks=[lib.more]")

    assert recipe.evaluations[1].tasks == ["lib.more"]


def test_files_in_an_override_start_from_the_working_directory(tmp_path):

    folder = tmp_path / "recipes"
    folder.mkdir()
    path = write(folder, RECIPE, lib=LIBRARY)
    recipe = check(path, overrides=['d.source=csv("data/x.csv")'], cwd=tmp_path).recipe

    assert recipe.dataset("d").source.paths == ["../data/x.csv"]


def test_a_variant_changes_settings_by_path(tmp_path):
    train = changed(tmp_path, variant="small").train

    assert (train.method.rank, train.duration.amount, train.duration.unit, train.checkpoint.keep) == (2, 5, "step", 1)


def test_the_command_line_wins_over_a_variant(tmp_path):
    assert changed(tmp_path, "rank=16", variant="small").train.method.rank == 16


@pytest.mark.parametrize(
    ("override", "code", "marked"),
    [
        ("rank", "IFT240", "rank"),
        ("rank=", "IFT111", ""),
        ("=5", "IFT240", ""),
        ("1a=5", "IFT240", "1a"),
        ("rnk=5", "IFT241", "rnk"),
        ("dd.limit=5 rows", "IFT241", "dd"),
        ("lib.dd.limit=5 rows", "IFT241", "dd"),
        ("d=5", "IFT242", "d"),
        ("train=5", "IFT242", "train"),
        ("rank.x=5", "IFT243", "rank"),
        ("train.data.x=5", "IFT243", "data"),
        ("train.method.rnk=5", "IFT330", "rnk"),
        ("train.method.rank=5 rows", "IFT323", "rows"),
        ("d.limt=5 rows", "IFT310", "limt"),
        ("train.chekpoint.keep=5", "IFT310", "chekpoint"),
        ("train.checkpoint.kep=5", "IFT310", "kep"),
        ("d.limit=5", "IFT322", "5"),
        ("d.limit=5 tokens", "IFT323", "tokens"),
        ("rank=many", "IFT201", "many"),
        ("rank=0", "IFT325", "0"),
    ],
)
def test_a_mistake_is_reported_once_on_the_command_line(tmp_path, override, code, marked):
    result = checked(tmp_path, RECIPE, override, lib=LIBRARY)

    assert [(d.code, d.place.file) for d in result.diagnostics] == [(code, "--set")]
    place = result.diagnostics[0].place
    assert place.source.slice(place.span) == marked
    assert place.source.text == override


def test_each_setting_of_the_command_line_has_its_own_line(tmp_path):
    result = checked(tmp_path, RECIPE, "rank=4", "d.limit=5", "d.limt=5 rows", lib=LIBRARY)

    found = [(d.code, d.place.source.position(d.place.span.start)) for d in result.diagnostics]
    assert [(code, at.line, at.column) for code, at in found] == [("IFT322", 2, 9), ("IFT310", 3, 3)]
    assert result.sources["--set"].line_text(3) == "d.limt=5 rows"


def test_every_variant_is_checked_whether_chosen_or_not(tmp_path):
    result = checked(tmp_path, RECIPE.replace("5 steps", "5 rows").replace("rank = 2", "rang = 2"), lib=LIBRARY)

    assert said(result) == [("IFT241", "rang"), ("IFT323", "rows")]


def test_a_path_stands_once_in_a_variant(tmp_path):
    recipe = RECIPE.replace("rank = 2", "rank = 2\n rank = 3")

    assert said(checked(tmp_path, recipe, lib=LIBRARY)) == [("IFT311", "rank")]


def test_a_variant_that_is_not_there(tmp_path):
    (diagnostic,) = checked(tmp_path, RECIPE, variant="smal", lib=LIBRARY).diagnostics

    assert (diagnostic.code, diagnostic.place.file) == ("IFT244", "--variant")
    assert "`small`" in diagnostic.help


def test_nothing_is_said_about_what_hangs_on_a_failed_import(tmp_path):
    assert said(checked(tmp_path, RECIPE, "lib.d.limit=7 rows")) == [("IFT210", '"lib.ift"')]


def test_the_same_setting_twice(tmp_path):
    result = checked(tmp_path, "rank = 4\n", "rank=8", "rank=16")

    assert said(result) == [("IFT311", "rank")]


def test_two_settings_in_one(tmp_path):
    (diagnostic,) = checked(tmp_path, "rank = 4\nlr = 1\n", "rank=16 lr=3").diagnostics

    assert diagnostic.help == "each setting has a `--set` of its own"


def test_parameters_of_imports_cannot_be_set(tmp_path):
    result = checked(tmp_path, 'import "lib.ift" as mine', "mine.shots_n=20", lib="shots_n = 4")

    assert said(result) == [("IFT241", "shots_n")]
    assert "parameter of an import" in result.diagnostics[0].message


def test_a_kind_in_place_of_a_name_is_answered_with_the_name(tmp_path):
    result = checked(tmp_path, 'model base { source = hub("a/b") }', "model.chat=none")

    assert [(d.code, d.help) for d in result.diagnostics] == [("IFT241", "did you mean `base.chat`?")]


def test_a_missing_file_of_the_command_line_is_looked_for_in_the_working_directory(tmp_path):

    path = write(tmp_path, 'dataset d { source = csv("a.csv"), columns { a = text } }')
    (found,) = check(path, overrides=['d.source=csv("b.csv")'], cwd=tmp_path).diagnostics

    assert found.code == "IFT505" and "the working directory" in (found.help or "")


GUARDED = """
    dataset d { source = hub("org/data"), columns { q = text, a = text } }
    template t for d { prompt = "{{ q }}", completion = "{{ a }}" }
    task k { templates = [t] }
    """


def caused(folder, text: str, variant: str | None = None) -> list[tuple[str, str | None, list[str]]]:
    found = check(write(folder, GUARDED + text), cwd=folder, variants=[variant] if variant else []).diagnostics
    return [(each.code, each.variant, [label.message for label in each.related]) for each in found]


def test_what_only_a_variant_or_a_combination_brings_about_says_so(tmp_path):
    gaps = "variant gaps { d.columns.q = optional(text) }"
    assert caused(tmp_path, gaps) == [("IFT409", "gaps", ["in variant `gaps`"])]
    assert caused(tmp_path, gaps, variant="gaps") == [("IFT409", None, [])]
    assert caused(tmp_path, gaps + "\nsweep { variants = [gaps] }") == [("IFT409", None, ["with gaps"])]
    assert caused(tmp_path, "variant gaps { d.limit = 7 }") == [("IFT322", "gaps", [])]


@pytest.mark.parametrize(
    ("path", "help"),
    [
        ("model.m.source", "did you mean `m.source`?"),
        ("model.source", "did you mean `m.source`?"),
        ("task.qaa.metrics", "did you mean `qa.metrics`?"),
        ("dataset.d.split.train", "did you mean `d.split.train`?"),
        ("evaluate.final.limit", "did you mean `final.limit`?"),
    ],
)
def test_a_path_that_begins_with_a_kind_is_shown_with_the_name_of_its_block(tmp_path, path, help):
    result = checked(tmp_path, RECIPE.replace("evaluate {", "evaluate all {"), f"{path}=1", lib=LIBRARY)

    assert ("IFT241", help) in [(each.code, each.help) for each in result.diagnostics]
