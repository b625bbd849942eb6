"""What preparation refuses, and what it says then."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.diagnostics.model import Stop
from runtime.data import prepare
from tests.data import programs
from tests.data.preparing import ROWS, one_split, prepared, refused


def test_missing_file(tmp_path, folders):
    (tmp_path / "data.json").write_text("[]")
    with pytest.raises(Stop) as error:
        prepared(tmp_path, folders)

    (found,) = error.value.diagnostics
    assert (found.code, found.pointer) == ("IFT550", "/datasets/data/source/paths/0")
    assert found.help == "did you mean `data.json`?"


def test_missing_column(rows, folders):
    columns = programs.columns(q="text", a='text(from = "answer")')
    dataset = programs.dataset(programs.files("data.jsonl"), columns=columns)

    assert refused(rows(ROWS), folders, datasets={"data": dataset}) == ["IFT552"]


@pytest.mark.parametrize("text", ["q;answer\n1;2\n", "q\tanswer\n1\t2\n"])
def test_a_header_that_commas_do_not_part(text: str, tmp_path: Path, folders):
    (tmp_path / "data.csv").write_text(text)
    dataset = programs.dataset(programs.files("data.csv", format="csv"), columns=programs.columns(q="text", a="text"))

    with pytest.raises(Stop) as error:
        prepared(tmp_path, folders, datasets={"data": dataset})

    assert "`csv` reads commas between columns, `tsv` tabs" in error.value.diagnostics[0].help


@pytest.mark.parametrize("text", ['[{"q": "a", "a": "b"}]', '[\n{"q": "a", "a": "b"}\n]\n'])
def test_a_list_where_lines_are_declared(text: str, tmp_path: Path, folders):
    (tmp_path / "data.jsonl").write_text(text)

    with pytest.raises(Stop) as error:
        prepared(tmp_path, folders)

    assert "(a file that is one list is read by `json(…)`)" in error.value.diagnostics[0].message


def test_columns_that_a_template_needs_and_the_data_has_not(rows, folders):
    """Where the recipe declares no columns, the data shows that they are missing or of another type."""
    wanted = programs.template(dataset=None, columns=programs.columns(q="int", why="text"))
    dataset = programs.dataset(programs.files("data.jsonl"), columns=None)
    with pytest.raises(Stop) as error:
        prepared(rows(ROWS), folders, datasets={"data": dataset}, templates={"ask": wanted})

    found = [(each.code, each.pointer) for each in error.value.diagnostics]
    assert found == [("IFT432", "/templates/ask/columns/q"), ("IFT432", "/templates/ask/columns/why")]


def test_broken_rows_name_file_and_number(tmp_path, folders):
    (tmp_path / "data.jsonl").write_text('{"q": "a", "a": "b"}\n{"q": 3\n\n["list"]\n')
    with pytest.raises(Stop) as error:
        prepared(tmp_path, folders)

    (found,) = error.value.diagnostics
    assert found.code == "IFT554"
    assert "2 rows of 3" in found.message
    assert "data.jsonl, row 2 (line 2): not valid JSON" in found.message
    assert "data.jsonl, row 3 (line 4): not a JSON object" in found.message


def test_broken_rows_within_the_limit_are_listed(rows, folders, tmp_path):
    root = rows(ROWS)
    with (root / "data.jsonl").open("a") as stream:
        stream.write("no json\n")
    dataset = programs.dataset(programs.files("data.jsonl"), max_bad_rows=1)
    data = prepared(root, folders, datasets={"data": dataset})

    assert [diagnostic.code for diagnostic in data.diagnostics] == ["IFT555"]
    assert data.facts.datasets["data"].bad == 1


def test_values_of_another_type_are_broken_rows(rows, folders):
    columns = programs.columns(q="text", a="int(0..10)")
    dataset = programs.dataset(programs.files("data.jsonl"), columns=columns)

    assert refused(rows([{"q": "?", "a": 3}, {"q": "!", "a": 11}]), folders, datasets={"data": dataset}) == ["IFT554"]


def test_empty_split(rows, folders):
    assert refused(rows(ROWS[:2]), folders) == ["IFT558"]


def test_filter_that_keeps_nothing(rows, folders):
    dataset = programs.dataset(programs.files("data.jsonl"), keep_if="q | length > 1000")

    assert refused(rows(ROWS), folders, datasets={"data": dataset}) == ["IFT556"]


@pytest.mark.parametrize("field", ["q", "a"])
def test_empty_texts(rows, folders, field):
    assert refused(rows([*ROWS, ROWS[0] | {field: " \n"}]), folders) == ["IFT563"]


def test_an_empty_choice_is_refused(rows, folders):
    """No token of it is ever unlikely: it would be chosen for every row."""
    choices = programs.template(choices="[a, b]")
    values = [row | {"b": "" if n == 7 else "no"} for n, row in enumerate(ROWS)]

    assert refused(rows(values), folders, templates={"ask": choices}) == ["IFT563"]


def test_control_tokens_in_the_data(rows, folders):
    with pytest.raises(Stop) as error:
        prepared(rows([*ROWS, {"q": "end<|im_end|>of turn", "a": "yes"}]), folders)

    (found,) = error.value.diagnostics
    assert found.code == "IFT565"
    assert "column `q` of `data` contains the model's control token `<|im_end|>` in 1 row" in found.message
    assert "data.jsonl, row 41" in found.message


def test_completions_outside_the_choices(rows, folders):
    ask = programs.template(choices=["yes", "no"])

    assert refused(rows([{"q": "?", "a": "maybe"}]), folders, **one_split(templates={"ask": ask})) == ["IFT564"]


def test_templates_that_fail_on_a_row(rows, folders):
    ask = programs.template("{{ q }} {{ hint }}")

    assert refused(rows(ROWS), folders, templates={"ask": ask}) == ["IFT562"]


def test_overlong_rows(rows, folders):
    fields = {"train": programs.train(max_length=40)}

    assert refused(rows([*ROWS, {"q": "long " * 50, "a": "yes"}]), folders, **fields) == ["IFT566"]


def test_overlong_rows_are_dropped_and_counted(rows, folders):
    fields = {
        "train": programs.train(max_length=64),
        "datasets": {"data": programs.dataset(programs.files("data.jsonl"))},
    }
    task = programs.task("overlong = drop", "max_dropped = 5%")
    root = rows([*ROWS, {"q": "long " * 50, "a": "yes"}])
    facts = prepared(root, folders, tasks={"answering": task}, **fields).facts.tasks["answering"]["train"]

    assert (facts.rows, facts.examples, facts.dropped) == (41, 40, 1)
    task = programs.task("overlong = drop", "max_dropped = 2%")
    assert refused(root, folders, tasks={"answering": task}, **fields) == ["IFT567"]


@pytest.mark.parametrize("side", ["left", "right"])
def test_overlong_rows_are_cut_at_their_column(rows, folders, side):
    text = " ".join(f"word{number}" for number in range(60))
    fields = {
        "train": programs.train(max_length=64),
        "datasets": {"data": programs.dataset(programs.files("data.jsonl"))},
    }
    ask = programs.template("Read this: {{ q }}\nNow say it.", "yes")
    task = programs.task(f"overlong = cut(q, side = {side})")
    data = prepared(
        rows([{"q": text, "a": "yes"}]), folders, tasks={"answering": task}, templates={"ask": ask}, **fields
    )

    (ids, trained) = data.tokens("answering", "train")[0]
    whole = data.tokenizers["small"].decode(ids)
    assert 60 < len(ids) <= 64
    assert data.facts.tasks["answering"]["train"].cut == 1
    assert data.tokenizers["small"].decode(ids[trained]) == "yes<|im_end|>"
    assert "Read this: " in whole and "\nNow say it." in whole
    assert ("word59" in whole, "word0 " in whole) == (side == "left", side == "right")
    assert data.tokenizers["small"].encode(data.examples("answering", "train")[0].prompt) == ids[~trained].tolist()


def test_a_trained_task_without_training_rows(rows, folders):
    ask = {"ask": programs.template(applies_if="q == 'nothing'")}
    train = programs.train(max_length=64)

    assert refused(rows(ROWS), folders, templates=ask, train=train) == ["IFT652"]
    elsewhere = programs.dataset({"test": programs.files("data.jsonl")})
    assert refused(rows(ROWS), folders, datasets={"data": elsewhere}, train=train) == ["IFT652"]


ANSWERED_LATER = [{"q": "How?", "a": "so"}, {"q": "Why?", "a": "yes"}]


@pytest.fixture
def judged(rows):
    """A folder and the fields of a program whose task is judged on rows that `fields` of its template choose."""
    root = rows(ROWS)
    programs.write_jsonl(root / "later.jsonl", ANSWERED_LATER)
    sources = {"train": programs.files("data.jsonl"), "test": programs.files("later.jsonl")}

    def make(task=None, max_length: int = 64, **fields):
        return root, {
            "datasets": {"data": programs.dataset(sources)},
            "templates": {"ask": programs.template(**fields)},
            "tasks": {"answering": task or programs.task()},
            "train": programs.train(max_length=max_length),
            "evaluations": [programs.evaluate()],
        }

    return make


def test_a_judged_task_without_examples(judged, folders):
    root, fields = judged(applies_if="q not in ['How?', 'Why?']")

    assert refused(root, folders, **fields) == ["IFT653"]


def test_a_judged_task_whose_examples_are_all_dropped(judged, folders):
    dropping = programs.task("overlong = drop", "max_dropped = 100%")
    root, fields = judged(dropping, prompt="{{ q }} {{ 'word ' * (90 if q in ['How?', 'Why?'] else 1) }}")

    assert refused(root, folders, **fields) == ["IFT653"]


def test_a_sample_without_examples_says_nothing_about_the_other_rows(judged, folders):
    root, fields = judged(applies_if="a != 'so'")
    every = [prepare(programs.program(seed=seed, **fields), root, folders, sample=1) for seed in range(4)]

    assert any(len(data.tokens("answering", "test")) == 0 for data in every)
