"""What names stand for, and what is said where they stand for nothing."""

from __future__ import annotations

import pytest

from tests.check.written import checked, said

DATA = """
    dataset d {
      source = hub("org/data")
      columns {
        question = text
        answer   = text
      }
      split {
        train = 90%
        test  = 10%
      }
    }
    template t for d {
      prompt     = "{{ question }}"
      completion = "{{ answer }}"
    }
    task qa {
      templates = [t]
      metrics   = [rouge1]
    }
    """
RECIPE = (
    DATA
    + """
    recipe r { seed = 1 }
    model m { source = hub("org/model") }
    train {
      model         = m
      data          = qa
      duration      = 1 epoch
      learning_rate = 1e-4
      max_length    = 99 tokens
    }
    """
)


def test_a_misspelt_name_is_reported_once_with_the_likely_one(tmp_path):
    result = checked(tmp_path, DATA.replace("[t]", "[tt]"))

    assert said(result) == [("IFT201", "tt")]
    assert "`t`" in result.diagnostics[0].help


def test_a_fix_is_the_likely_name(tmp_path):
    other = '\ntemplate u for d { prompt = "a", completion = "b" }\n'
    (diagnostic,) = checked(tmp_path, DATA.replace("for d {", "for dd {") + other).diagnostics[:1]

    assert diagnostic.fix.safe
    assert [edit.text for edit in diagnostic.fix.edits] == ["d"]


def test_a_name_of_the_wrong_kind(tmp_path):
    assert said(checked(tmp_path, DATA.replace("[t]", "[d]"))) == [("IFT202", "d")]


def test_the_second_of_two_equal_names_is_reported(tmp_path):
    result = checked(tmp_path, DATA + "\nqa = 4\n")

    assert said(result) == [("IFT203", "qa")]
    (label,) = result.diagnostics[0].related
    assert label.place.source.position(label.place.span.start).line == 17


def test_block_kinds_are_no_names(tmp_path):
    assert said(checked(tmp_path, DATA.replace("dataset d", "dataset dataset").replace("for d", "for dataset"))) == []


def test_what_hangs_on_an_unknown_kind_is_not_reported(tmp_path):
    assert said(checked(tmp_path, DATA.replace("dataset d", "datset d"))) == [("IFT301", "datset")]


def test_what_hangs_on_a_misread_block_is_not_reported(tmp_path):
    assert said(checked(tmp_path, DATA.replace('hub("org/data")', "7"))) == [("IFT320", "7")]


def test_what_may_stand_in_broken_text_is_not_missed(tmp_path):
    broken = DATA.replace("dataset d {", "dataset d = {")

    assert [code for code, _ in said(checked(tmp_path, broken)) if code == "IFT201"] == []


@pytest.mark.parametrize(
    ("setting", "word"),
    [
        ("slices = [anser]", "anser"),
        ("few_shot { same = [anser] }", "anser"),
        ("overlong = cut(anser)", "anser"),
    ],
)
def test_columns_are_those_of_the_tasks_dataset(tmp_path, setting, word):
    recipe = DATA.replace("metrics   = [rouge1]", f"metrics = [rouge1], {setting}")

    assert said(checked(tmp_path, recipe)) == [("IFT205", word)]


@pytest.mark.parametrize("setting", ["unique_by = [x]", "split { train = 100%, group_by = [x] }"])
def test_columns_are_not_guessed_where_they_are_not_declared(tmp_path, setting):
    assert said(checked(tmp_path, f'dataset d {{ source = hub("org/data"), {setting} }}')) == []


def test_every_unknown_column_of_a_list_is_reported(tmp_path):
    recipe = DATA.replace("split {", "unique_by = [question, x, y]\n      split {")

    assert said(checked(tmp_path, recipe)) == [("IFT205", "x"), ("IFT205", "y")]


def test_a_pool_is_a_split_of_the_dataset(tmp_path):
    recipe = DATA.replace("metrics   = [rouge1]", "metrics = [rouge1], few_shot { shots = 1, pool = tran }")

    assert said(checked(tmp_path, recipe)) == [("IFT206", "tran")]


@pytest.mark.parametrize("shots", ["few_shot { shots = 1 }", ""])
def test_a_pool_that_is_not_written_is_not_mended_where_exemplars_are_counted(tmp_path, shots: str):
    data = DATA.replace("train", "training").replace("metrics   = [rouge1]", f"metrics = [rouge1]\n {shots}")
    asks = "" if shots else "shots = [1]"
    model = 'model m { source = hub("org/small", revision = "main") }'

    found = checked(tmp_path, f"recipe r {{}}\n{model}\n{data}\nevaluate {{ model = m, tasks = [qa]\n {asks} }}\n")

    (problem,) = [each for each in found.diagnostics if each.code == "IFT206"]
    assert "from which task `qa` takes its exemplars" in problem.message
    assert "pool" in problem.help and problem.fix is None


def test_a_part_is_of_another_split(tmp_path):
    recipe = DATA.replace("test  = 10%", "test = share(10%, of = training)")

    assert said(checked(tmp_path, recipe)) == [("IFT206", "training")]


def test_an_evaluations_split_is_one_of_its_tasks_data(tmp_path):
    recipe = RECIPE + "\nevaluate { tasks = [qa], split = validation }\n"

    assert said(checked(tmp_path, recipe)) == [("IFT206", "validation")]


@pytest.mark.parametrize(
    "setting",
    ["checkpoint { best = qa.bleu }", "early_stop { on = qa.bleu }"],
)
def test_a_metric_is_one_of_its_tasks(tmp_path, setting):
    assert said(checked(tmp_path, RECIPE.replace("max_length    = 99 tokens", setting))) == [("IFT207", "bleu")]


def test_a_gate_names_the_metric_and_not_the_gain(tmp_path):
    recipe = RECIPE + "\nevaluate { tasks = [qa], require = [qa.bleu.gain >= 0.1] }\n"

    assert said(checked(tmp_path, recipe)) == [("IFT207", "bleu")]


def test_a_task_without_metrics_has_the_default_ones(tmp_path):
    recipe = RECIPE.replace("metrics   = [rouge1]", "") + "\nevaluate { tasks = [qa], require = [qa.rougeL >= 0.1] }\n"

    assert said(checked(tmp_path, recipe)) == []


def test_a_parameter_is_looked_up_last(tmp_path):
    recipe = "question = 5\ntrain = 6\n" + DATA.replace("    ", "").replace(
        "split {", "unique_by = [question]\nsplit {\n group_by = [question]"
    ).replace("metrics", "few_shot { shots = 1, pool = train }\nmetrics")
    result = checked(tmp_path, recipe)

    assert said(result) == []
    assert result.recipe.dataset("d").unique_by == ["question"]
    assert result.recipe.task("qa").few_shot.pool == "train"


def test_a_parameter_stands_for_a_whole_value_or_argument(tmp_path):
    recipe = RECIPE.replace("max_length    = 99 tokens", "method = how, max_length = length") + "\n".join(
        ["", "rank = 4", "how = lora(rank = rank)", "length = 7 tokens"]
    )
    train = checked(tmp_path, recipe).recipe.train

    assert (train.method.rank, train.max_length) == (4, 7)


def test_a_parameter_of_the_wrong_type_is_reported_at_its_value_once(tmp_path):
    recipe = RECIPE.replace("max_length    = 99 tokens", "batch = many, micro_batch = many") + "\nmany = 3 rows\n"
    result = checked(tmp_path, recipe)

    assert {place for _, place in said(result)} == {"rows"}


def test_parameters_do_not_go_in_circles(tmp_path):
    assert said(checked(tmp_path, "a = [b]\nb = lora(rank = c)\nc = a\n")) == [("IFT220", "a")]


def test_unused_names_are_warnings_in_a_recipe(tmp_path):
    recipe = "spare = 5\n" + RECIPE.replace("    ", "") + '\ndataset more { source = hub("org/more") }\n'
    result = checked(tmp_path, recipe)

    assert said(result) == [("IFT231", "spare"), ("IFT230", "more")]
    assert {diagnostic.severity for diagnostic in result.diagnostics} == {"warning"}


def test_a_mistake_in_what_could_be_read_hides_no_unused_name(tmp_path):
    recipe = "spare = 5\n" + RECIPE.replace("    ", "") + "\nevaluate { tasks = [qa], split = nowhere }\n"
    result = checked(tmp_path, recipe)

    assert said(result) == [("IFT231", "spare"), ("IFT206", "nowhere")]


def test_unused_names_are_nothing_in_a_library(tmp_path):
    assert said(checked(tmp_path, "spare = 5\n" + DATA.replace("    ", ""))) == []


def test_a_use_in_a_variant_is_a_use(tmp_path):
    recipe = (
        RECIPE + "\nvariant tiny { train.data = small }\n" + DATA.replace("task qa", "task small").split("task ")[1]
    )
    recipe = recipe.replace("small {", "task small {", 1) if "task small {" not in recipe else recipe

    assert "IFT230" not in {code for code, _ in said(checked(tmp_path, recipe))}


@pytest.mark.parametrize("mistake", ["rank = ", "dataset {", 'note = "a', "x = 1 2", "dataset d { source = hub('a') }"])
def test_nothing_is_called_unused_where_a_part_could_not_be_read(tmp_path, mistake):
    result = checked(tmp_path, f"recipe r {{}}\nunused = 4\n{mistake}\n")

    assert any(code.startswith("IFT1") for code, _ in said(result))
    assert "IFT230" not in {code for code, _ in said(result)}
