"""The standard library reads fields that the hub publishes: those of the benchmarks' files, those that
promptsource's templates of the same data sets read, those on a data set's card."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, meta

from recipe_lang.check import check
from recipe_lang.program.dataset import Dataset, HubSource

yaml = pytest.importorskip("yaml")

LIBRARY = sorted((Path(__file__).parents[2] / "recipes" / "std").glob("*.ift"))
FOLDERS = [folder / "shared" / "data" for folder in Path(__file__).resolve().parents]
DATA = next(filter(Path.is_dir, FOLDERS), Path("absent"))
PROMPTSOURCE = DATA / "templates" / "promptsource"
pytestmark = pytest.mark.skipif(not PROMPTSOURCE.is_dir(), reason="the published fields (shared/data) are not here")

FILES = {
    ("openai/gsm8k", "main"): "bench/gsm8k/",
    ("allenai/ai2_arc", "ARC-Easy"): "bench/arc/",
    ("allenai/ai2_arc", "ARC-Challenge"): "bench/arc/",
    ("google/boolq", None): "bench/boolq/",
    ("baber/piqa", None): "bench/piqa/",
    ("tau/commonsense_qa", None): "bench/commonsense_qa/",
    ("allenai/winogrande", "winogrande_xl"): "bench/winogrande/",
    ("aps/super_glue", "copa"): "bench/super_glue/",
    ("cais/mmlu", "all"): "bench/mmlu/",
    ("SaylorTwift/bbh", None): "bench/bbh/",
}
"""Where `shared/data` has rows in the hub's own fields; without a configuration: of all of them."""

CARDS = {
    ("allenai/quac", None): {
        *("dialogue_id", "wikipedia_page_title", "background", "section_title", "context", "turn_ids", "questions"),
        *("followups", "yesnos", "answers", "orig_answers"),
    },
    ("deepmind/narrativeqa", None): {"document", "question", "answers"},
    ("google-research-datasets/natural_questions", None): {
        *("id", "document", "question", "long_answer_candidates", "annotations"),
    },
    ("hails/bigbench", None): {"idx", "inputs", "targets", "multiple_choice_targets", "multiple_choice_scores"},
    ("google/civil_comments", None): {
        *("text", "toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack", "sexual_explicit"),
    },
    ("aps/super_glue", "wic"): {
        *("word", "sentence1", "sentence2", "start1", "start2", "end1", "end2", "idx", "label")
    },
    ("truthfulqa/truthful_qa", "generation"): {
        *("type", "category", "question", "best_answer", "correct_answers", "incorrect_answers", "source"),
    },
    ("ought/raft", "ade_corpus_v2"): {"Sentence", "ID", "Label"},
    ("ought/raft", "banking_77"): {"Query", "ID", "Label"},
    ("ought/raft", "neurips_impact_statement_risks"): {"Paper title", "Paper link", "Impact statement", "ID", "Label"},
    ("ought/raft", "one_stop_english"): {"Article", "ID", "Label"},
    ("ought/raft", "overruling"): {"Sentence", "ID", "Label"},
    ("ought/raft", "semiconductor_org_types"): {"Organization name", "Paper title", "ID", "Label"},
    ("ought/raft", "systematic_review_inclusion"): {"Title", "Abstract", "Authors", "Journal", "ID", "Label"},
    ("ought/raft", "tai_safety_research"): {
        *(
            "Title",
            "Abstract Note",
            "Url",
            "Publication Year",
            "Item Type",
            "Author",
            "Publication Title",
            "ID",
            "Label",
        ),
    },
    ("ought/raft", "terms_of_service"): {"Sentence", "ID", "Label"},
    ("ought/raft", "tweet_eval_hate"): {"Tweet", "ID", "Label"},
    ("ought/raft", "twitter_complaints"): {"Tweet text", "ID", "Label"},
}
"""The fields on the data set's card, where neither files nor templates show them; without a configuration: of all."""


class Loader(yaml.SafeLoader):
    """promptsource's files name Python classes, which are read as plain mappings."""


Loader.add_multi_constructor("!", lambda loader, _, node: loader.construct_mapping(node, deep=True))


@cache
def manifest() -> list[dict[str, Any]]:
    return json.loads((DATA / "MANIFEST.json").read_text("utf-8"))


def of_files(name: str, config: str | None) -> set[str]:
    folder = FILES.get((name, config)) or FILES.get((name, None))
    return {field for entry in manifest() if folder and entry["file"].startswith(folder) for field in entry["fields"]}


READER = Environment()
READER.filters["choice"] = list  # one of a list: promptsource's own


@cache
def of_templates(name: str, config: str | None) -> set[str]:
    """Every variable that a template of the data set reads, beside promptsource's own `answer_choices`."""
    short = name.split("/")[1]
    paths = [PROMPTSOURCE / short / (config or "") / "templates.yaml", PROMPTSOURCE / short / "templates.yaml"]
    path = next(filter(Path.is_file, paths), None)
    if path is None:
        return set()
    found = set()
    for template in yaml.load(path.read_text("utf-8"), Loader)["templates"].values():
        for text in (template["jinja"], template["answer_choices"] or ""):
            found |= meta.find_undeclared_variables(READER.parse(text))
    return found - {"answer_choices"}


def hub_sources(dataset: Dataset) -> set[tuple[str, str | None]]:
    sources = dataset.source.values() if isinstance(dataset.source, dict) else [dataset.source]
    return {(source.name, source.config) for source in sources if isinstance(source, HubSource)}


def datasets() -> Iterator[Any]:
    for path in LIBRARY:
        for name, dataset in check(path, cwd=path.parent).recipe.blocks.get("dataset", {}).items():
            yield pytest.param(dataset, id=f"{path.stem}.{name}")


@pytest.mark.parametrize("dataset", datasets())
def test_every_column_is_a_field_that_the_hub_publishes(dataset: Dataset):
    read = {column.from_ or name for name, column in dataset.columns.items()}

    for name, config in hub_sources(dataset):
        on_card = CARDS.get((name, config)) or CARDS.get((name, None)) or set()
        published = of_files(name, config) | of_templates(name, config) | on_card
        assert read <= published, f"{name} {config} publishes {sorted(published)}"
