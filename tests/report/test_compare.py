from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from recipe_lang.program.comparison import Setting
from runtime.report.compare import MORE, show_comparison, write_comparison
from tests.evaluate.test_runs import ALONE, compared, finished
from tests.report.test_page import parsed


@pytest.fixture
def comparison(tmp_path: Path):
    folders = [finished(tmp_path / "first"), finished(tmp_path / "second", seed=3)]
    path = folders[1] / "predictions/note_writing.test.tuned.0-shot.jsonl"
    path.write_text(path.read_text().replace('"rouge1":1.0', '"rouge1":0.9'))
    return compared(folders)


def test_page_is_whole_and_shows_figures_settings_costs_and_rows(comparison, tmp_path: Path):
    write_comparison(comparison, tmp_path / "compare.html")

    html = (tmp_path / "compare.html").read_text()
    parsed(html)
    assert [part for part in ("figures", "training", "settings", "cost", "rows-1") if f'id="{part}"' not in html] == []
    assert not re.findall(r"(?:src|href)=[\"'](?!data:)|url\(|@import|<script", html)


def test_the_page_says_how_many_rows_of_disagreement_it_leaves_out(comparison, tmp_path: Path):
    group = next(group for group in comparison.rows if group.rows)
    for count, said in ((MORE, False), (MORE + 7, True)):
        many = group.model_copy(update={"rows": group.rows[:1] * count})
        write_comparison(comparison.model_copy(update={"rows": [many]}), tmp_path / "compare.html")

        assert ("the last 7 are left out" in (tmp_path / "compare.html").read_text()) == said


def test_plain_lines_name_runs_differences_and_settings(comparison):
    stream = io.StringIO()

    show_comparison(comparison, stream)

    text = stream.getvalue()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)
    assert re.search(r"note_writing +0 +rouge1 +first +0\.\d+ +0\.\d+ to 0\.\d+ ", text)
    assert re.search(r"recipe\.seed +17 +3", text)
    assert "Differences are to `first`" in text


def test_untouched_models_that_answered_alike_are_not_shown_twice(comparison):
    stream = io.StringIO()

    show_comparison(comparison, stream)

    assert "Untouched models" not in stream.getvalue()


@pytest.mark.parametrize(
    ("trained", "models"),
    [([True, True], "tuned"), ([False, False], "evaluated"), ([True, False], "tuned and evaluated")],
)
def test_models_are_named_by_what_the_runs_did_and_alike_ones_are_shown(tmp_path: Path, trained: list[bool], models):
    """Only untouched models that answered alike are left out."""
    found = compared([finished(tmp_path / f"{n}", training=training) for n, training in enumerate(trained)])
    stream = io.StringIO()

    show_comparison(found, stream)
    write_comparison(found, tmp_path / "compare.html")

    assert stream.getvalue().startswith(f"{models.capitalize()} models\n")
    assert re.search(r"hellaswag +0 +accuracy_norm", stream.getvalue())
    page = (tmp_path / "compare.html").read_text()
    assert f">{models}</td>" in page
    assert "ntouched" not in page


def test_more_than_three_runs_are_rows(tmp_path: Path):
    found = compared([finished(tmp_path / f"run{n}", seed=n, **ALONE) for n in range(4)])
    stream = io.StringIO()

    show_comparison(found, stream)
    write_comparison(found, tmp_path / "compare.html")

    assert re.search(r"run +recipe\.seed\n─+\nrun0 +0\nrun1 +1\n", stream.getvalue())
    page = (tmp_path / "compare.html").read_text()
    parsed(page)
    settings = page[page.index('id="settings"') :].partition("</section>")[0]
    assert re.findall(r'<th scope="row">(\w+)</th>', settings) == ["run0", "run1", "run2", "run3"]
    assert 'scope="col" class="n">run1' not in page


def test_courses_of_runs_lie_on_one_chart_each(comparison, tmp_path: Path):
    write_comparison(comparison, tmp_path / "compare.html")

    captions = re.findall("<figcaption>(.*?)</figcaption>", (tmp_path / "compare.html").read_text())
    assert captions == [
        "Loss by step, smoothed",
        "note_writing, loss on held-out rows by step",
        "Learning rate by step",
    ]


def test_long_values_are_shown_from_where_they_differ(comparison):
    same = "[" + ", ".join(f"task{n}" for n in range(40))
    setting = Setting(setting="suite.tasks", values=[f"{same}, first]", f"{same}, second]"])
    stream = io.StringIO()

    show_comparison(comparison.model_copy(update={"settings": [setting]}), stream)

    assert re.search(r"suite\.tasks +….*first\] +….*second\]", stream.getvalue())
