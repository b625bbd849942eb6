"""One mistake is one report, at the smallest text whose change mends it, in the order of the text."""

from __future__ import annotations

import pytest

from tests.check.written import checked, said

DATA = 'dataset d {\n  source = hub("a/b")\n  %s\n}\n'
TRAIN = """
    model m { source = hub("a/b") }
    dataset d { source = hub("a/b") }
    template t for d { prompt = "a", completion = "b" }
    task k { templates = [t] }
    train {
      model = m
      data  = k
      %s
    }
    """


def test_mistakes_of_one_file_stand_in_its_order(tmp_path):
    recipe = """
        recipe r { sed = 1 }
        spare = 8
        dataset d { source = hub(7), limit = 5 }
        template t for dd { prompt = "a", completion = 6 }
        task k { templates = [t, t], metrics = [rouge7] }
        evaluate { tasks = [k] }
        """

    assert [code for code, _ in said(checked(tmp_path, recipe))] == [
        "IFT310", "IFT320", "IFT322", "IFT201", "IFT320", "IFT329", "IFT321",
    ]  # fmt: skip


@pytest.mark.parametrize("slip", ["modl = m", "data = kk", "method = lora(rnk = m)", "dta = k"])
def test_what_a_mistake_hides_is_not_unused(tmp_path, slip):
    recipe = "recipe r { seed = 1 }\n" + TRAIN.replace("    ", "") % "duration = 1 epoch, learning_rate = 1e-4"
    hidden = recipe.replace("model = m" if "m" in slip[-3:] else "data  = k", slip)

    assert "IFT230" not in [code for code, _ in said(checked(tmp_path, hidden))]


def test_a_misspelt_required_setting_is_not_missing_too(tmp_path):
    recipe = TRAIN % "duration = 1 epoch\n learning_rat = 1e-4"

    assert said(checked(tmp_path, recipe)) == [("IFT310", "learning_rat")]


def test_a_misspelt_required_argument_is_not_missing_too(tmp_path):
    recipe = 'model m { source = wheel("a==1", fil = "x") }'

    assert said(checked(tmp_path, recipe)) == [("IFT330", "fil")]


def test_what_is_missing_stands_at_the_name_of_its_block(tmp_path):
    assert said(checked(tmp_path, "dataset d { }")) == [("IFT312", "d")]
    assert said(checked(tmp_path, TRAIN % "duration = 1 epoch")) == [("IFT312", "train")]


def test_nothing_is_missing_in_a_block_that_could_not_be_parsed(tmp_path):
    assert [code[3] for code, _ in said(checked(tmp_path, "dataset d {\n  source == \n}\n"))] == ["1"]


def test_the_last_written_of_two_rules_is_too_much(tmp_path):
    recipe = (
        TRAIN % "duration = 1 epoch\n learning_rate = 1e-4"
        + "mixture x { tasks = [k], shares { k = 100% }, rates { k = 1 } }"
    )

    result = checked(tmp_path, recipe)

    assert said(result) == [("IFT315", "rates")]
    assert [label.place.source.slice(label.place.span) for label in result.diagnostics[0].related] == ["shares"]


def test_a_mixture_by_rates_states_its_size(tmp_path):
    recipe = TRAIN % "duration = 1 epoch\n learning_rate = 1e-4" + "mixture x { tasks = [k], rates { k = 1 } }"

    assert said(checked(tmp_path, recipe)) == [("IFT312", "rates")]


@pytest.mark.parametrize(
    ("setting", "expected", "fixed"),
    [
        ("limit = 5 rwos", "IFT323", "rows"),
        ("purpose = trainig", "IFT321", "training"),
        ('purpose = "training"', "IFT320", "training"),
        ("unique_by = a", "IFT320", "[a]"),
        ("splt { train = 100% }", "IFT310", "split"),
        ("split { train = 100%, tolerance = 5 }", "IFT322", "5%"),
    ],
)
def test_safe_fixes_mend_what_they_say(tmp_path, setting, expected, fixed):
    text = DATA % setting
    (diagnostic,) = checked(tmp_path, text).diagnostics
    (edit,) = diagnostic.fix.edits
    span = edit.place.span

    assert (diagnostic.code, edit.text, diagnostic.fix.safe) == (expected, fixed, True)
    assert said(checked(tmp_path, text[: span.start] + edit.text + text[span.end :])) == []


@pytest.mark.parametrize("setting", ["limit = 5 tokens", "split { train = 100%, tolerance = 0.05 }"])
def test_a_fix_that_may_change_the_meaning_is_not_safe(tmp_path, setting):
    (diagnostic,) = checked(tmp_path, DATA % setting).diagnostics

    assert not diagnostic.fix.safe


def test_a_number_that_may_have_two_units_is_shown_both(tmp_path):
    (diagnostic,) = checked(tmp_path, DATA % "limit = 5").diagnostics

    assert (diagnostic.code, diagnostic.help, diagnostic.fix) == ("IFT322", "write `5 rows` or `5%`", None)


def test_a_misplaced_setting_is_shown_its_home(tmp_path):
    (diagnostic,) = checked(tmp_path, DATA % "learning_rate = 1e-4").diagnostics

    assert diagnostic.help == "it is a setting of `train`"


def test_a_misplaced_block_is_shown_its_home(tmp_path):
    (diagnostic,) = checked(tmp_path, "few_shot { shots = 1 }").diagnostics

    assert diagnostic.help == "it stands inside `task`"


def test_a_rule_ends_where_its_block_was_misread(tmp_path):
    recipe = TRAIN % "duration = 1 epoch\n learning_rate = 1e-4\n distribute = 7\n devices = 2"

    assert said(checked(tmp_path, recipe)) == [("IFT320", "7")]


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        ("every(20)", ("IFT322", "20")),
        ("every(0 steps)", ("IFT325", "0 steps")),
        ("every(20 rows)", ("IFT323", "rows")),
        ("every()", ("IFT331", "every")),
    ],
)
def test_a_broken_item_of_a_list_is_one_report(tmp_path, phase, expected):
    recipe = (
        TRAIN % "duration = 1 epoch, learning_rate = 1e-4" + f"evaluate {{ tasks = [k], when = [{phase}, {phase}] }}"
    )

    assert said(checked(tmp_path, recipe))[0] == expected
    assert {code for code, _ in said(checked(tmp_path, recipe))} == {expected[0]}


def test_a_closed_set_names_each_label_once(tmp_path):
    recipe = 'dataset d { source = hub("a/b"), columns { mood = label("bad", "good", "bad") } }'

    assert said(checked(tmp_path, recipe)) == [("IFT329", '"bad"')]


@pytest.mark.parametrize(
    ("slip", "name", "meant"),
    [
        ("lr = 2e-4", "lr", "learning_rate = 2e-4"),
        ("learning_rate = 2e-4, weight_decay = 0.01", "weight_decay", "optimizer = adamw(weight_decay = 0.01)"),
    ],
)
def test_a_name_of_another_trainer_is_one_report(tmp_path, slip, name, meant):
    result = checked(tmp_path, TRAIN % f"duration = 1 epoch, {slip}")

    assert said(result) == [("IFT310", name)]
    assert result.diagnostics[0].help == f"write it as in `{meant}`"


def test_a_repeated_run_is_a_sweep(tmp_path):
    recipe = TRAIN % "duration = 1 epoch, learning_rate = 1e-4" + "evaluate { tasks = [k], seeds = 3 }"
    (found,) = checked(tmp_path, recipe).diagnostics

    assert (found.code, found.message, found.fix) == ("IFT310", "`evaluate` has no setting `seeds`", None)
    assert (found.help or "").startswith("write it as in `sweep { recipe.seed = [1, 2, 3] }  # repeats the run")
    repeated = recipe.replace(", seeds = 3", "") + "\nrecipe r {}\nsweep { recipe.seed = [1, 2, 3] }\n"
    assert said(checked(tmp_path, repeated)) == []


def test_what_stands_in_another_block_is_not_mended_here(tmp_path):
    (found,) = checked(tmp_path, 'model m { source = hub("org/m", revision = "1"), load_in_4bit = true }').diagnostics

    assert (found.help, found.fix) == ("write it as in `train { method = qlora(rank = 8, bits = 4) }`", None)


def test_a_misspelt_setting_among_free_names(tmp_path):
    (diagnostic,) = checked(tmp_path, DATA % "columns { a = text }\n split { train = 100%, groupby = [a] }").diagnostics

    assert (diagnostic.code, diagnostic.help) == ("IFT310", "did you mean `group_by`?")


@pytest.mark.parametrize(
    ("broken", "help"),
    [
        ("batch =", "`batch` is a number with its unit, such as `16 examples`"),
        ("loss =", "`loss` is `per_token` or `per_example`"),
        ("loss = per_token per_example", "`loss` is `per_token` or `per_example`"),
        ("method = lora(rank = )", "`rank` of `lora` is a whole number at least 1"),
        ("model =", "`model` is the name of a model, here `small`"),
        ("nothing_like_it =", None),
    ],
)
def test_where_a_value_is_missing_the_help_says_what_belongs_there(tmp_path, broken, help):
    found = checked(tmp_path, f'model small {{ source = hub("org/small") }}\ntrain {{\n  {broken}\n}}\n').diagnostics

    assert [help] == [each.help for each in found if each.code in ("IFT111", "IFT112")]
