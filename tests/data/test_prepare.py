"""The whole way of small data: rows in, labelled tokens, examples and facts out."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from runtime.data import prepare
from runtime.models.folder import with_chat
from tests.data import chats, programs
from tests.data.preparing import ROWS, prepared
from tests.data.programs import Folder


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


def test_a_template_over_columns_asks_each_dataset_as_one_that_is_for_it(rows, folders):
    over = programs.template(dataset=None, columns=programs.columns(q="text", a="text"))
    dataset = programs.dataset(programs.files("data.jsonl"), unique_by=None)
    fields = {
        "datasets": {"data": dataset, "other": dataset},
        "tasks": {"answering": programs.task(), "again": programs.task(dataset="other")},
    }
    data = prepared(rows(ROWS), folders, templates={"ask": over}, **fields)
    plain = prepared(rows(ROWS), folders, datasets={"data": dataset})

    expected = [example.prompt_ids for example in plain.examples("answering", "train")]
    assert [example.prompt_ids for example in data.examples("answering", "train")] == expected
    again = [example.completion for example in data.examples("again", "train")]
    assert len(again) == len(expected) and set(again) <= {row["a"] for row in ROWS}


def test_another_seed_gives_other_splits(rows, folders):
    root = rows(ROWS)
    first, second = prepared(root, folders), prepared(root, folders, seed=18)

    found = [{example.row for example in data.examples("answering", "test")} for data in (first, second)]
    assert found[0] != found[1]


def test_one_template_a_row_drawn_by_seed(rows, folders):
    asks = {"plain": programs.template(), "loud": programs.template("{{ q | upper }}")}
    fields = {"templates": asks, "tasks": {"answering": programs.task(templates=["plain", "loud"])}}
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
    task = programs.task(templates=["plain", "loud"], templates_per_row="all")
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
    columns = programs.columns(q='text(from = "Q")', stars="int(1..5)", kind='label("neg", "pos")')
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


def test_rows_that_no_split_takes_are_counted_and_told(rows, folders):
    split = programs.split(parts=("train = 20 rows", "test = 5 rows"))
    dataset = programs.dataset(programs.files("data.jsonl"), split=split, limit=0.4)
    data = prepared(rows(ROWS), folders, datasets={"data": dataset})
    facts = data.facts.datasets["data"]

    assert (facts.source, facts.unsplit, facts.limited, facts.splits) == (40, 15, 15, {"train": 8, "test": 2})
    assert [(d.code, d.severity) for d in data.diagnostics] == [("IFT568", "note")]
    assert data.diagnostics[0].message == "15 rows of `data` are left out: no split takes them"


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
    from runtime.data.tables import build

    monkeypatch.setattr(build, "_ROWS_A_PART", 8)
    root, real, calls = rows([*ROWS, {"q": "one more", "a": "yes"}]), build.label_rows, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(build, "label_rows", interrupted)
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
    chat = programs.model("chat = none").chat
    data = prepared(rows(ROWS), {"small": with_chat(folders["small"], chat, Path())})

    assert "<|im_start|>" not in data.examples("answering", "train")[0].prompt
