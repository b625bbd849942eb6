"""The pages in a real browser: whole, without errors, without a network, on a phone, in the dark and on paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.report.compare import write_comparison
from runtime.report.page import write_page
from tests.evaluate.test_runs import compared, finished
from tests.report.browser import DRIVER, browser
from tests.report.runs import program, written

pytestmark = [pytest.mark.heavy, pytest.mark.skipif(DRIVER is None, reason="chromedriver is not installed")]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    write_page(*written(folder, program()), folder)
    return folder / "report.html"


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs, one of which only evaluates."""
    root = tmp_path_factory.mktemp("runs")
    runs = [finished(root / "a"), finished(root / "b", seed=3), finished(root / "alone", training=False)]
    write_comparison(compared(runs), root / "compare.html")
    return root / "compare.html"


@pytest.fixture(params=["report", "comparison"])
def page(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def chromium():
    with browser() as one:
        yield one


@pytest.mark.parametrize("width", [360, 768, 1400])
@pytest.mark.parametrize("dark", [False, True])
def test_page_opens_without_errors_requests_or_sideways_scrolling(
    chromium, page: Path, tmp_path: Path, width: int, dark: bool
):
    chromium.requests()
    chromium.open(page, width=width, dark=dark)

    assert chromium.log("browser") == []
    assert [address for address in chromium.requests() if not address.startswith(("file:", "data:"))] == []
    assert chromium.run("return document.documentElement.scrollWidth") <= width
    assert len(chromium.screenshot(tmp_path / "page.png")) > 20_000


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_stands_beyond_the_edge(chromium, page: Path, width: int):
    """Not in a table either: on a phone its rows are lists. Matrices scroll in their frames."""
    chromium.open(page, width=width)

    assert chromium.run("return document.documentElement.scrollWidth") <= width
    assert chromium.run(BEYOND) == []


def test_text_is_readable_in_both_schemes(chromium, page: Path):
    """WCAG's contrast of 4.5 to 1, for every element that holds text."""
    for dark in (False, True):
        chromium.open(page, dark=dark)
        assert chromium.run(CONTRAST) == []


def test_every_figure_has_its_data_as_a_table(chromium, page: Path):
    chromium.open(page)

    bare = "return [...document.querySelectorAll('figure')].filter(f => f.querySelectorAll('td').length < 2).length"

    assert chromium.run("return document.querySelectorAll('figure').length") >= (4 if page.name == "report.html" else 1)
    assert chromium.run(bare) == 0
    assert chromium.run(UNTABLED) == []


def test_labels_of_charts_do_not_overlap_on_a_phone(chromium, report: Path):
    chromium.open(report, width=360)

    assert chromium.run(OVERLAPS) == []


def test_it_prints(chromium, page: Path):
    chromium.open(page)

    pdf = chromium.cdp("Page.printToPDF", {"printBackground": True})["data"]

    assert len(pdf) > 30_000


def test_folded_tables_are_printed(chromium, page: Path):
    """On paper nothing can be unfolded. Prompts stay folded: they are long, and in `predictions/`."""
    chromium.open(page)
    on_screen = chromium.run(FOLDED)

    chromium.cdp("Emulation.setEmulatedMedia", {"media": "print"})

    assert any(line["hidden"] for line in on_screen)
    assert [line for line in chromium.run(FOLDED) if line["hidden"]] == []
    chromium.cdp("Emulation.setEmulatedMedia", {"media": ""})


BEYOND = """
return [...document.querySelectorAll('body *')].filter(e => {
  const frame = e.parentElement.closest('.wide:has(.matrix), pre, svg');
  const box = e.getBoundingClientRect();
  return !frame && box.width && (box.right > innerWidth + 1 || box.left < -1);
}).map(e => e.outerHTML.slice(0, 80));
"""

UNTABLED = """
return [...document.querySelectorAll('svg')].filter(e => {
  const table = e.closest('table') ?? e.closest('figure')?.querySelector('details.data table');
  return !table || table.querySelectorAll('tbody td').length < 2;
}).map(e => e.parentElement.outerHTML.slice(0, 80));
"""

FOLDED = """
return [...document.querySelectorAll('details.data')].map(e => {
  const cell = e.querySelector('tbody td');
  return {hidden: !cell.checkVisibility() || cell.getBoundingClientRect().height === 0};
});
"""

CONTRAST = """
const lum = c => { const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b; };
const rgb = text => { const [r, g, b, a] = text.match(/[\\d.]+/g).map(Number), k = text.startsWith('color(') ? 255 : 1;
  return [r * k, g * k, b * k, a ?? 1]; };
const over = (top, under) => top.slice(0, 3).map((v, i) => v * top[3] + under[i] * (1 - top[3]));
const ground = e => { const layers = [];
  for (; e; e = e.parentElement) layers.push(rgb(getComputedStyle(e).backgroundColor));
  return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]); };
const found = [];
for (const e of document.querySelectorAll('body *')) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || !e.offsetParent) continue;
  const a = lum(rgb(getComputedStyle(e).color)), b = lum(ground(e));
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) found.push(e.textContent.trim().slice(0, 40) + ' ' + ratio.toFixed(2));
}
return found;
"""

OVERLAPS = """
const found = [];
for (const plot of document.querySelectorAll('.plot')) for (const kind of ['.up', '.across']) {
  const boxes = [...plot.querySelectorAll(kind)].map(e => e.getBoundingClientRect());
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {
    if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) found.push([a.left, b.left]);
  }));
}
return found;
"""
