"""Copies of evaluated rows among the training rows: found, and nothing else."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_lang.diagnostics.model import Stop
from runtime.data import prepare
from runtime.data.overlap.grams import SHORTEST, WORDS, grams_of
from runtime.data.rows.content import normalise
from tests.data import programs
from tests.data.preparing import refused

sentences = st.lists(st.sampled_from(["the", "a", "fox", "Dog!", "über", "42", "don't", "漢字"]), max_size=30).map(
    " ".join
)


def literal(text: str) -> tuple[list[str], set[tuple[str, ...]]]:
    """Words, and the runs that a text is known by."""
    words = re.findall(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff_]+", normalise(text))
    whole = {tuple(words)} if len(words) >= SHORTEST else set()
    runs = {tuple(words[i : i + WORDS]) for i in range(len(words) - WORDS + 1)} if len(words) > WORDS else set()
    return words, whole | runs


@given(st.lists(sentences, max_size=6))
def test_hashes_are_equal_where_runs_are(texts: list[str]):
    grams = grams_of(texts)
    expected = [literal(text)[1] for text in texts]
    found = [set(grams.hashes[grams.owner == place].tolist()) for place in range(len(texts))]

    assert [len(runs) for runs in expected] == [len(hashes) for hashes in found]
    for one, runs in enumerate(expected):
        for other, others in enumerate(expected):
            assert len(runs & others) == len(found[one] & found[other])


def vocabulary(seed: int) -> list[str]:
    return [f"w{random.Random(seed).randrange(10**6)}x{place}" for place in range(400)]


def rows_of(words: list[str], count: int, length: int = 20) -> list[dict[str, str]]:
    chosen = random.Random(words[0])
    return [{"q": " ".join(chosen.choices(words, k=length)), "a": f"answer {n}"} for n in range(count)]


TRAINING, BENCHMARK = rows_of(vocabulary(1), 30), rows_of(vocabulary(2), 8)


@pytest.fixture
def recipe(tmp_path):
    """A program that trains on `data` and evaluates on `bench`, and its folder; rows are given."""

    def make(training, benchmark, **fields):
        programs.write_jsonl(tmp_path / "data.jsonl", training)
        programs.write_jsonl(tmp_path / "bench.jsonl", benchmark)
        datasets = {
            "data": programs.dataset(programs.files("data.jsonl"), **fields),
            "bench": programs.dataset({"test": programs.files("bench.jsonl")}, purpose="evaluation"),
        }
        return tmp_path, {
            "datasets": datasets,
            "templates": {"ask": programs.template(), "quiz": programs.template(dataset="bench")},
            "tasks": {"answering": programs.task(), "quizzing": programs.task(templates=["quiz"], dataset="bench")},
            "train": programs.train(),
            "evaluations": [programs.evaluate(tasks=["quizzing"])],
        }

    return make


def found(recipe, folders, training, benchmark=BENCHMARK, **fields):
    root, program = recipe(training, benchmark, **fields)
    data = prepare(programs.program(**program), root, folders)
    return [diagnostic.code for diagnostic in data.diagnostics], data


def test_other_data_is_clean(recipe, folders):
    assert found(recipe, folders, TRAINING)[0] == []


@pytest.mark.parametrize("column", ["q", "a"])
def test_a_copied_question_is_reported_wherever_it_stands(recipe, folders, column: str):
    copy = {"q": "Say something.", "a": "Yes."} | {column: f"Note: {BENCHMARK[3]['q'].upper()}!"}
    codes, data = found(recipe, folders, [*TRAINING, copy])

    assert codes == ["IFT584"]
    (message,) = [diagnostic.message for diagnostic in data.diagnostics]
    assert "1 of 8 rows of `bench` in `test` stand in 1 training row of `data`" in message
    assert "bench.jsonl, row 4 in data.jsonl, row 31" in message


def test_thirteen_words_in_a_row_are_a_copy_and_twelve_are_not(recipe, folders):
    words = BENCHMARK[0]["q"].split()
    for count, expected in ((13, ["IFT584"]), (12, [])):
        training = [*TRAINING, {"q": "Well then, " + " ".join(words[2 : 2 + count]) + ", and so on", "a": "yes"}]
        assert found(recipe, folders, training)[0] == expected


def test_short_questions_are_compared_whole(recipe, folders):
    benchmark = [{"q": "which of these five is prime now?", "a": "7"}]

    assert found(recipe, folders, [*TRAINING, {"q": "Which of these five is prime now", "a": "b"}], benchmark)[0] == [
        "IFT584"
    ]
    assert found(recipe, folders, [*TRAINING, {"q": "which of these five is prime", "a": "b"}], benchmark)[0] == []


def test_phrases_of_the_data_are_no_copies(recipe, folders):
    phrase = "please answer the following question as briefly and clearly as you can in one sentence "
    training = [{"q": phrase + row["q"], "a": row["a"]} for row in TRAINING]
    benchmark = [{"q": phrase + row["q"], "a": row["a"]} for row in BENCHMARK]

    assert found(recipe, folders, training, benchmark)[0] == []


def test_copies_are_dropped_from_training_and_counted(recipe, folders):
    training = [*TRAINING, BENCHMARK[1], BENCHMARK[2]]
    codes, data = found(recipe, folders, training, on_overlap="drop_from_train")

    assert codes == ["IFT586"]
    facts = data.facts.datasets["data"]
    assert (facts.overlapping, facts.splits) == (2, {"train": 30})
    asked = {example.prompt for example in data.examples("answering", "train")}
    assert not any(BENCHMARK[1]["q"] in prompt for prompt in asked)


def test_several_splits_are_one_line_and_the_facts_count_each(tmp_path, folders):
    parts = {"train": TRAINING, "validation": [*BENCHMARK[:4], TRAINING[0]], "test": [BENCHMARK[0], *TRAINING[1:3]]}
    for name, rows in parts.items():
        programs.write_jsonl(tmp_path / f"{name}.jsonl", rows)
    sources = {name: programs.files(f"{name}.jsonl") for name in parts}
    program = programs.program(datasets={"data": programs.dataset(sources)}, train=programs.train())
    data = prepare(program, tmp_path, folders)

    (line,) = data.diagnostics
    assert line.code == "IFT584"
    assert "2 of 3 rows of `data` in `test` stand in 2 training rows" in line.message
    assert "so do rows of `data` in `validation`; `data` in `test`" in line.message
    found = [(each.split, each.other, each.rows, each.total) for each in data.facts.datasets["data"].overlaps]
    assert found == [("validation", "train", 1, 5), ("test", "train", 2, 3), ("test", "validation", 1, 3)]


def test_copies_may_be_an_error(recipe, folders):
    root, program = recipe([*TRAINING, BENCHMARK[1]], BENCHMARK, on_overlap="error")

    assert refused(root, folders, **program) == ["IFT585"]


def test_splits_of_one_source_are_compared_too(tmp_path, folders):
    programs.write_jsonl(tmp_path / "a.jsonl", TRAINING)
    programs.write_jsonl(
        tmp_path / "b.jsonl", [*BENCHMARK, {"q": "  " + TRAINING[5]["q"], "a": "z"}, {"q": "Hi", "a": "b"}]
    )
    sources = {"train": programs.files("a.jsonl"), "test": programs.files("b.jsonl")}
    program = programs.program(datasets={"data": programs.dataset(sources)}, train=programs.train())
    data = prepare(program, tmp_path, folders)

    assert [diagnostic.code for diagnostic in data.diagnostics] == ["IFT584"]
    assert "1 of 10 rows of `data` in `test`" in data.diagnostics[0].message


@pytest.mark.parametrize(("policy", "code"), [("report", "IFT584"), ("error", "IFT585"), ("drop_from_train", "IFT584")])
def test_splits_that_are_not_trained_on_are_compared_with_each_other(tmp_path, folders, policy: str, code: str):
    parts = {"train": TRAINING, "validation": [*BENCHMARK[:4], BENCHMARK[5]], "test": BENCHMARK[4:]}
    for name, rows in parts.items():
        programs.write_jsonl(tmp_path / f"{name}.jsonl", rows)
    sources = {name: programs.files(f"{name}.jsonl") for name in parts}
    program = programs.program(datasets={"data": programs.dataset(sources, on_overlap=policy)}, train=programs.train())

    try:
        found = prepare(program, tmp_path, folders).diagnostics
    except Stop as stop:
        found = stop.diagnostics

    assert [diagnostic.code for diagnostic in found] == [code]
    assert "1 of 4 rows of `data` in `test` stand in `validation` too" in found[0].message
    assert "test.jsonl, row 2 in validation.jsonl, row 5" in found[0].message
