"""The whole way of small data: rows in, labelled tokens, examples and facts out."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from recipe_lang.diagnostics.model import Stop
from recipe_lang.program.columns import Int, LabelType
from recipe_lang.program.model import Chat
from runtime.data import prepare
from tests.data import chats, programs
from tests.data.programs import Folder

ROWS = [{"q": f"How many are {n} and {n + 1}?", "a": f"They are {2 * n + 1}.\nSure."} for n in range(40)]


def codes(error: pytest.ExceptionInfo[Stop]) -> list[str]:
    return [diagnostic.code for diagnostic in error.value.diagnostics]


def prepared(root: Path, folders: dict[str, Folder], **fields):
    return prepare(programs.program(**fields), root, folders)


def test_splits_are_as_declared_and_counted(rows, folders):
    facts = prepared(rows(ROWS), folders).facts

    assert facts.datasets["data"].splits == {"train": 32, "validation": 4, "test": 4}
    assert 32 == facts.tasks["answering"]["train"].examples == facts.tasks["answering"]["train"].rows


def test_trained_tokens_are_the_completion_and_its_stop_token(rows, folders):
    data = prepared(rows(ROWS), folders)
    tokenizer = data.tokenizers["small"]

    for split in ("train", "validation", "test"):
        table = data.tokens("answering", split)
        for example, (ids, trained) in zip(data.examples("answering", split), table, strict=True):
            assert example.completion + "<|im_end|>" == tokenizer.decode(ids[trained])
            assert tokenizer.encode(example.prompt) == example.prompt_ids == ids[~trained].tolist()


def test_prompts_are_what_transformers_asks(rows, folders, byte_level):
    from transformers import PreTrainedTokenizerFast

    theirs = PreTrainedTokenizerFast(
        tokenizer_file=str(byte_level), chat_template=chats.CHATML, **folders["small"].tokenizer_config
    )
    data = prepared(rows(ROWS), folders)

    for example, (ids, _) in zip(data.examples("answering", "train"), data.tokens("answering", "train"), strict=True):
        number = int(example.prompt.split(" are ")[1].split()[0])
        user = {"role": "user", "content": ROWS[number]["q"]}
        answer = {"role": "assistant", "content": ROWS[number]["a"]}
        asked = theirs.apply_chat_template([user], add_generation_prompt=True, return_dict=True)["input_ids"]
        whole = theirs.apply_chat_template([user, answer], return_dict=True)["input_ids"]
        assert asked == example.prompt_ids
        assert whole[: len(ids)] == ids.tolist()


def test_the_order_of_rows_changes_nothing(rows, folders):
    shuffled = random.Random(3).sample(ROWS, len(ROWS))
    first = prepared(rows(ROWS), folders)
    second = prepared(rows(shuffled), folders)

    for split in ("train", "validation", "test"):
        assert list(first.examples("answering", split)) == list(second.examples("answering", split))
        assert np.array_equal(first.tokens("answering", split).tokens, second.tokens("answering", split).tokens)


def test_another_seed_gives_other_splits(rows, folders):
    root = rows(ROWS)
    first, second = prepared(root, folders), prepared(root, folders, seed=18)

    found = [{example.row for example in data.examples("answering", "test")} for data in (first, second)]
    assert found[0] != found[1]


def test_one_template_a_row_drawn_by_seed(rows, folders):
    asks = {"plain": programs.template(), "loud": programs.template("{{ q | upper }}")}
    fields = {"templates": asks, "tasks": {"answering": programs.task("plain", "loud")}}
    data = prepared(rows(ROWS), folders, **fields)

    counts = data.facts.tasks["answering"]["train"].templates
    assert sum(counts.values()) == 32
    assert min(counts.values()) > 5
    again = prepared(rows(ROWS), folders, **fields)
    assert [e.template for e in data.examples("answering", "train")] == [
        e.template for e in again.examples("answering", "train")
    ]


def test_all_templates_for_every_row(rows, folders):
    asks = {"plain": programs.template(), "loud": programs.template("{{ q | upper }}")}
    task = programs.task("plain", "loud", templates_per_row="all")
    data = prepared(rows(ROWS), folders, templates=asks, tasks={"answering": task})

    facts = data.facts.tasks["answering"]["train"]
    assert facts.templates == {"plain": 32, "loud": 32}
    assert (facts.rows, facts.examples) == (32, 64)


def test_templates_are_for_the_rows_that_they_apply_to(rows, folders):
    short = programs.template(applies_if="q | length < 20")
    data = prepared(rows(ROWS), folders, templates={"ask": short})

    expected = sum(len(row["q"]) < 20 for row in ROWS)
    assert expected == sum(split.rows for split in data.facts.tasks["answering"].values())


def test_columns_are_converted_by_their_type(tmp_path, folders):
    (tmp_path / "data.csv").write_text("Q,stars,kind\n004,3,1\nNA,5,neg\n")
    columns = programs.columns(q="Q", stars=Int(1, 5), kind=LabelType(("neg", "pos")))
    source = programs.files("data.csv", format="csv")
    data = prepared(
        tmp_path,
        folders,
        datasets={"data": programs.dataset(source, columns=columns)},
        templates={"ask": programs.template("{{ q }} {{ stars + 1 }}", "{{ kind }} {{ kind | position }}")},
    )

    found = {(example.prompt.split("\n")[1], example.completion) for example in data.examples("answering", "train")}
    assert {("004 4<|im_end|>", "pos 1"), ("NA 6<|im_end|>", "neg 0")} == found


def test_facts_count_every_step(rows, folders):
    values = [*ROWS, ROWS[0] | {"q": ROWS[0]["q"].upper() + "  "}, {"q": "too short", "a": "no"}]
    dataset = programs.dataset(
        programs.files("data.jsonl"), keep_if="a | length > 4", unique_by=["q"], limit=20, split=programs.split()
    )
    facts = prepared(rows(values), folders, datasets={"data": dataset}).facts.datasets["data"]

    assert (facts.source, facts.bad, facts.filtered, facts.duplicates, facts.limited) == (42, 0, 1, 1, 20)
    assert facts.splits == {"train": 16, "validation": 2, "test": 2}


def test_tokens_are_counted(rows, folders):
    data = prepared(rows(ROWS), folders)

    facts, table = data.facts.tasks["answering"]["train"], data.tokens("answering", "train")
    assert len(table.tokens) == facts.tokens
    assert int(table.trained.sum()) == facts.loss_tokens
    assert int(table.lengths.max()) == facts.lengths.max


def test_loss_on_all_trains_all_but_the_first_token(rows, folders):
    data = prepared(rows(ROWS), folders, train=programs.train(loss_on="all", max_length=256))

    ids, trained = data.tokens("answering", "train")[0]
    assert [False] + [True] * (len(ids) - 1) == trained.tolist()


def test_a_sample_labels_only_so_many_rows(rows, folders):
    whole = prepared(rows(ROWS), folders)
    part = prepare(programs.program(), rows(ROWS), folders, sample=5)

    assert len(part.examples("answering", "train")) == 5
    assert whole.examples("answering", "train")[:5] == part.examples("answering", "train")[:5]
    assert whole.facts.datasets == part.facts.datasets


def test_an_interrupted_preparation_goes_on(rows, folders, monkeypatch):
    from runtime.data import build

    monkeypatch.setattr(build, "_ROWS_A_PART", 8)
    root, real, calls = rows([*ROWS, {"q": "one more", "a": "yes"}]), build.label_ready, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(build, "label_ready", interrupted)
    with pytest.raises(KeyboardInterrupt):
        prepared(root, folders)
    data = prepared(root, folders)

    # Five parts of the training split and one of each other; the two that were whole are not labelled again.
    assert len(calls) == 3 + (5 - 2) + 2
    assert len(data.examples("answering", "train")) == 33


def test_plain_text_joins_prompt_and_completion(rows, byte_level):
    config = {"bos_token": "<s>", "eos_token": "</s>"}
    data = prepared(rows(ROWS), {"small": Folder(byte_level, config)})
    tokenizer = data.tokenizers["small"]

    example, (ids, trained) = data.examples("answering", "train")[0], data.tokens("answering", "train")[0]
    assert example.prompt.endswith("?\n")
    assert example.completion + "</s>" == tokenizer.decode(ids[trained])
    assert tokenizer.encode(example.prompt) == ids[~trained].tolist()


def test_chat_none_is_plain_text(rows, folders):
    model = programs.language_model(Chat(use="none", path=None, variables={}))
    data = prepared(rows(ROWS), folders, models={"small": model})

    assert "<|im_start|>" not in data.examples("answering", "train")[0].prompt


# --- what is refused --------------------------------------------------------------------------------------------


def refused(root: Path, folders: dict[str, Folder], **fields) -> list[str]:
    with pytest.raises(Stop) as error:
        prepared(root, folders, **fields)
    return codes(error)


def test_missing_file(tmp_path, folders):
    (tmp_path / "data.json").write_text("[]")
    with pytest.raises(Stop) as error:
        prepared(tmp_path, folders)

    (found,) = error.value.diagnostics
    assert (found.code, found.pointer) == ("IFT550", "/datasets/data/source/paths/0")
    assert found.help == "did you mean `data.json`?"


def test_missing_column(rows, folders):
    columns = programs.columns(q="q", a="answer")
    dataset = programs.dataset(programs.files("data.jsonl"), columns=columns)

    assert refused(rows(ROWS), folders, datasets={"data": dataset}) == ["IFT552"]


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
    columns = programs.columns(q="q", a=Int(0, 10))
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
    task = programs.task(overlong=programs.overlong("drop", max_dropped=0.05))
    root = rows([*ROWS, {"q": "long " * 50, "a": "yes"}])
    facts = prepared(root, folders, tasks={"answering": task}, **fields).facts.tasks["answering"]["train"]

    assert (facts.rows, facts.examples, facts.dropped) == (41, 40, 1)
    task = programs.task(overlong=programs.overlong("drop", max_dropped=0.02))
    assert refused(root, folders, tasks={"answering": task}, **fields) == ["IFT567"]


@pytest.mark.parametrize("side", ["left", "right"])
def test_overlong_rows_are_cut_at_their_column(rows, folders, side):
    text = " ".join(f"word{number}" for number in range(60))
    fields = {
        "train": programs.train(max_length=64),
        "datasets": {"data": programs.dataset(programs.files("data.jsonl"))},
    }
    ask = programs.template("Read this: {{ q }}\nNow say it.", "yes")
    task = programs.task(overlong=programs.overlong("cut", column="q", side=side))
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
            "evaluations": [programs.evaluate("answering")],
        }

    return make


def test_a_judged_task_without_examples(judged, folders):
    root, fields = judged(applies_if="q not in ['How?', 'Why?']")

    assert refused(root, folders, **fields) == ["IFT653"]


def test_a_judged_task_whose_examples_are_all_dropped(judged, folders):
    dropping = programs.task(overlong=programs.overlong("drop", max_dropped=1.0))
    root, fields = judged(dropping, prompt="{{ q }} {{ 'word ' * (90 if q in ['How?', 'Why?'] else 1) }}")

    assert refused(root, folders, **fields) == ["IFT653"]


def test_a_sample_without_examples_says_nothing_about_the_other_rows(judged, folders):
    root, fields = judged(applies_if="a != 'so'")
    every = [prepare(programs.program(seed=seed, **fields), root, folders, sample=1) for seed in range(4)]

    assert any(len(data.tokens("answering", "test")) == 0 for data in every)


def one_split(**fields):
    return {"datasets": {"data": programs.dataset(programs.files("data.jsonl"))}, **fields}
