from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from runtime.report.curves import progress_curves
from runtime.report.numbers import figure
from runtime.report.page import page
from tests.compiled import suite
from tests.evaluate.world import block
from tests.report.runs import NOTES, altered, program, written

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Nesting(HTMLParser):
    """Collects text; fails where an element is closed out of turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attributes) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(html: str) -> Nesting:
    parser = Nesting()
    parser.feed(html)
    assert parser.open == []
    return parser


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("run")
    return page(*written(folder, program()), folder)


def test_elements_are_closed_in_turn_and_texts_are_escaped(html: str):
    text = " ".join(parsed(html).text)

    assert NOTES[4] in text
    assert "<|im_start|>user" in text
    assert "<at rest>" not in html


def test_it_asks_for_nothing_from_elsewhere(html: str):
    assert not re.findall(r"(?:src|href)=[\"'](?!data:)|url\(|@import|<script", html)


@pytest.mark.parametrize(
    "part",
    [
        "before-and-after",
        "forgetting",
        "exemplars",
        "training",
        "confusion",
        "parts",
        "rows-1",
        "rows-3",
        "plan",
        "data",
        "figures",
    ],
)
def test_it_has_every_part(html: str, part: str):
    assert f'id="{part}"' in html


def test_it_draws_the_loss_on_held_out_rows(html: str):
    assert "loss on held-out rows by step" in html


def test_the_tuned_model_stands_at_the_step_whose_weights_it_has(tmp_path: Path):
    """Not at the last one, where an earlier checkpoint was the best."""
    _, results = written(tmp_path, program())

    ((_, curve), *_) = progress_curves(results.model_copy(update={"tuned_step": 40}))

    assert [row[0] for row in curve.rows] == ["0", "40", "60"]


def test_inverted_templates_are_shown_apart(html: str):
    assert "back (inverted)" in html
    assert ">all inverted<" in html
    assert "<h3>Inverted templates</h3>" in html


def test_intervals_of_both_models_are_text(tmp_path: Path):
    plan, results = written(tmp_path, program())
    base = next(e for e in results.evaluations if (e.phase, e.shots) == ("base", 0)).metrics["rouge1"]

    html = page(plan, results, tmp_path)

    table = html[html.index('id="before-and-after"') : html.index('id="forgetting"')]
    assert f"{figure(base.low)} to {figure(base.high)}" in re.sub("<[^>]*>", " ", table)


def test_each_suite_says_what_it_averages(tmp_path: Path):
    suites = {
        "one": suite("average = rows", tasks=["note_filing", "hellaswag"]),
        "two": suite("figure = mean", tasks=["note_filing"]),
    }
    html = page(*written(tmp_path, program(suites=suites, evaluations=[block(tasks=["one", "two"])])), tmp_path)

    table = re.search('<section id="suites">.*?</section>', html, re.DOTALL).group()
    assert {"rows", "tasks, each the mean of its metrics"} <= set(parsed(table).text)


def test_it_names_licences_and_signatures(html: str):
    assert "CC-BY-4.0" in html
    assert "Ben Abacha" in html
    assert "tool:rouge-score" in html


def test_the_table_of_all_figures_says_how_they_came_about(tmp_path: Path):
    plan, results = written(tmp_path, program())

    def told(document: dict) -> None:
        entry = document["evaluations"][0]
        moved = {"rows_changed": 3, "batches": 9, "metrics": dict.fromkeys(entry["metrics"], 0.0125)}
        entry |= {"unmatched": 4, "noise": moved, "cut": 5}
        entry["metrics"]["bleu"]["range"] = [0.0, None]

    results = altered(results, told)
    text = " ".join(parsed(page(plan, results, tmp_path)).text)

    assert f"5 of {results.evaluations[0].rows} answers cut at the length limit" in text
    assert "+0.0125 in 9 other batches, 3 answers changed" in text
    assert "no answer found in 4 texts" in text
    assert {"mean over rows", "over the corpus, from summed counts", "0 to 1", "0 and more"} <= set(
        parsed(page(plan, results, tmp_path)).text
    )


def test_a_recipe_that_only_evaluates_has_a_report_too(tmp_path: Path):
    only = program(training=False)
    only = only.model_copy(
        update={"evaluations": [only.evaluations[0].model_copy(update={"retain": {}, "require": []})]}
    )

    html = page(*written(tmp_path, only), tmp_path)

    parsed(html)
    assert 'id="before-and-after"' not in html
    assert ">untouched</td>" not in html
    assert 'id="rows-1"' in html


def test_the_same_run_gives_the_same_bytes(tmp_path: Path):
    plan, results = written(tmp_path, program())

    assert page(plan, results, tmp_path) == page(plan, results, tmp_path)


def test_answers_that_were_cut_stand_beside_the_figures_of_both_models(tmp_path: Path):
    plan, results = written(tmp_path, program())

    def told(document: dict) -> None:
        for entry in document["evaluations"]:
            entry["cut"] = {"base": 7, "tuned": 3}.get(entry["phase"])

    html = page(plan, altered(results, told), tmp_path)
    table = re.search('<section id="before-and-after">.*?</section>', html, re.DOTALL).group()

    assert "7 cut at the length limit" in table
    assert "3 cut at the length limit" in table
