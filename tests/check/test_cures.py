"""What is said beside a mistake that has one obvious cure, and at which of its parts."""

from __future__ import annotations

import pytest

from recipe_lang.check import check
from tests.check.test_names import DATA, RECIPE
from tests.check.written import checked, marked, said, write

TASKS = DATA.replace("task qa", "task open_qa")


@pytest.mark.parametrize(
    ("written", "marked", "help"),
    [
        ("lib.open_qaa", "open_qaa", "did you mean `lib.open_qa`?"),
        ("lob.open_qa", "lob", "did you mean `lib.open_qa`?"),
        ("lib.nothing", "nothing", None),
        ("open_qa", "open_qa", "did you mean `lib.open_qa`?"),
    ],
)
def test_an_imported_name_is_marked_where_it_is_wrong(tmp_path, written, marked, help):
    text = f'import "lib.ift" as lib\nsuite s {{ tasks = [lib.open_qa, {written}] }}'

    result = checked(tmp_path, text, lib=TASKS)

    assert said(result) == [("IFT201", marked)]
    assert help is None or result.diagnostics[0].help == help


def test_an_override_of_an_imported_block_is_suggested_with_its_import(tmp_path):
    text = 'import "lib.ift" as lib\nsuite s { tasks = [lib.open_qa] }'

    (diagnostic,) = checked(tmp_path, text, "d.limit=3", lib=TASKS).diagnostics

    assert (diagnostic.code, diagnostic.help) == ("IFT241", "did you mean `lib.d`?")


def test_what_stands_for_a_name_that_is_none_is_not_reported_again(tmp_path):
    text = (
        DATA.replace("task qa", "task sum-marize") + "suite s { tasks = [summarize] }\nsuite u { tasks = [summarize] }"
    )

    assert said(checked(tmp_path, text)) == [("IFT127", "sum-marize")]


def test_only_the_part_after_a_metric_is_wrong(tmp_path):
    text = RECIPE + "evaluate { tasks = [qa]\n require = [qa.rouge1.gian >= 5%] }"

    result = checked(tmp_path, text)

    assert said(result) == [("IFT204", "gian")]
    assert result.diagnostics[0].help == "did you mean `gain`?"


def test_a_value_in_another_form_is_shown_as_it_is_written_here(tmp_path):
    text = RECIPE.replace('hub("org/data")', '"data/sum.jsonl"')
    text += "mixture x {\ntasks = [qa]\nreplay = [qa] }"

    helps = {each.help for each in checked(tmp_path, text).diagnostics if each.code == "IFT320"}

    assert helps == {'write `jsonl("data/sum.jsonl")`', "write `replay { tasks = [qa] }`"}


@pytest.mark.parametrize(
    ("setting", "help"),
    [
        ("train.warmup=0.1", "write `10%`"),
        ("train.warmup=5", "write `5%` or `5 steps`"),
        ("train.duration=0.5", "write `0.5 epochs`"),
        ("train.batch=1e3", "write `1e3 examples`"),
        ("train.batch=0.5", "write a whole number of `examples`"),
    ],
)
def test_a_unit_is_offered_where_the_number_can_be_of_it(tmp_path, setting, help):
    (diagnostic,) = checked(tmp_path, RECIPE, setting, lib=DATA).diagnostics

    assert (diagnostic.code, diagnostic.help) == ("IFT322", help)


@pytest.mark.parametrize(
    ("setting", "cure"), [("completion", '`"{{ answer }}"`'), ("references", '`"answer"`'), ("choices", '`"answer"`')]
)
def test_a_bare_column_is_written_as_the_jinja_that_is_wanted(tmp_path, setting, cure):
    text = """
    dataset d { source = hub("org/data"), columns { answer = text } }
    template t for d { prompt = "a", SETTING = answer }
    """

    result = checked(tmp_path, text.replace("SETTING", setting))

    assert [each.fix.title for each in result.diagnostics if each.code == "IFT201"] == [f"write {cure}"]


def test_brackets_are_missing_where_the_list_is_wanted_whatever_the_parameter_stands_for(tmp_path):
    text = RECIPE.replace("= qa", "= x") + "group = qa\nmixture x { tasks = group }\nsweep { group = [qa] }"

    (found,) = checked(tmp_path, text).diagnostics

    assert (found.code, marked(found), found.help) == ("IFT320", "group", "write `[group]`")


def test_what_has_no_name_like_it_is_told_which_names_there_are(tmp_path):
    (found,) = checked(tmp_path, RECIPE + "evaluate { tasks = [qa]\n require = [eval_loss <= 1] }").diagnostics

    assert found.help.endswith(", here `qa`")


def test_a_file_that_is_in_another_folder_is_named_with_it(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.jsonl").write_text('{"a": 1}\n')
    text = 'dataset d {\n source = jsonl("rows.jsonl")\n columns { a = int }\n}\nrecipe r { seed = 1 }\n'

    (found,) = [each for each in check(write(tmp_path, text), cwd=tmp_path).diagnostics if each.code == "IFT505"]

    assert found.help == "did you mean `data/rows.jsonl`?"


def test_a_limit_without_a_unit_is_shown_as_one_and_as_two(tmp_path):
    (found,) = checked(tmp_path, RECIPE.replace("99 tokens", "512")).diagnostics

    assert found.help == "write `512 tokens`, or `max_length { prompt = …, completion = … }`"
