"""The shipped recipes on their shipped rows: split, rendered, labelled and proved with a small tokenizer."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.plan import make_plan
from runtime.data import Prepared, prepare
from tests.data.programs import Folder
from tests.models.tiny import CHATML, SPECIAL, tiny_tokenizer

ROOT = Path(__file__).parents[2]

# The rows of each dataset's splits (train, validation, test) together, after filters, duplicates and limits.
KEPT = {
    "quickstart": {"visits": 360},
    "multi_task": {
        "active_to_passive_rows": 100,
        "negation_rows": 100,
        "singular_to_plural_rows": 100,
        "sentiment_rows": 100,
        "larger_animal_rows": 100,
        "word_in_context_rows": 100,
        "country_capital_rows": 231,
        "country_currency_rows": 232,
    },
    "reviews": {"reviews": 716},
    "full_tuning": {"passive_rows": 100, "negation_rows": 100, "plural_rows": 100},
    "translation": {"german_pairs": 1000, "french_pairs": 1000, "spanish_pairs": 1000},
}


@pytest.fixture(scope="module", params=KEPT)
def prepared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Prepared]:
    # The small tokenizer cuts words into more tokens than the model's: what is too long is not asked here.
    overrides = ["train.max_length=8192 tokens"]
    checked = check(ROOT / "recipes" / f"{request.param}.ift", overrides=overrides, cwd=ROOT)
    folder = tmp_path_factory.mktemp("model")
    tiny_tokenizer().save(str(folder / "tokenizer.json"))
    special = {"bos_token": SPECIAL[0], "eos_token": SPECIAL[2]}
    model = Folder(folder / "tokenizer.json", special, CHATML, {"max_position_embeddings": 8192})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IFT_CACHE", str(folder / "cache"))
        yield request.param, prepare(make_plan(checked.recipe).program, ROOT / "recipes", {"smollm": model})


def test_every_row_is_accounted_for(prepared: tuple[str, Prepared]):
    name, data = prepared

    assert {dataset: sum(facts.splits.values()) for dataset, facts in data.facts.datasets.items()} == KEPT[name]
    assert [found.code for found in data.diagnostics if found.severity != "note"] == []


def test_every_row_has_an_example_that_trains_its_completion(prepared: tuple[str, Prepared]):
    _, data = prepared

    for task, splits in data.tables.items():
        dataset = data.program.tasks[task].dataset
        for split, table in splits.items():
            assert len(table) == data.facts.datasets[dataset].splits[split], (task, split)
        examples = data.examples(task, "test")
        assert all(example.prompt.strip() and example.completion.strip() for example in examples)


def test_closed_answers_are_among_the_choices(prepared: tuple[str, Prepared]):
    _, data = prepared

    for task in data.tables:
        if data.program.tasks[task].score == "choose":
            assert all(example.completion in example.choices for example in data.examples(task, "test"))
