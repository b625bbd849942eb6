"""Codes, constructors and pages belong together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recipe_lang.diagnostics import registry
from recipe_lang.diagnostics.model import problem
from recipe_lang.diagnostics.problems.scores import undecided

PROBLEMS = Path(registry.__file__).parent / "problems"
FAMILIES = {
    "commands": range(60),
    "store": range(60, 80),
    "syntax": {*range(100, 120), *range(129, 200)} - {131},
    "literals": {*range(120, 129), 131},
    "names": range(200, 300),
    "settings": range(300, 400),
    "templates": range(400, 500),
    "data": range(500, 550),
    "rows": {*range(550, 562), 568, 569, *range(582, 587), *range(590, 600)},
    "examples": {*range(562, 568), *range(570, 582), *range(587, 590)},
    "mixtures": {*range(600, 610), *range(620, 650)},
    "chats": range(610, 620),
    "draws": range(650, 700),
    "training": range(700, 750),
    "fitting": range(750, 800),
    "evaluation": range(800, 850),
    "scores": range(850, 900),
    "safety": range(900, 1000),
}


USED = """
001-018 024-030 060-080 101-102 110-117 119-135 201-208 210-216 220-222 230-232 240-244 301-306 310-316 320-323
325-334 340-343 350-353 360-361 400-433 500-511 550-568 570-593 600-608 610-615 650-654 700-715 750-756 758-771
775-778 780-783 800-820 850-857 860-866 870-879 900-901 904-905
"""
"""Codes that have meant something: a code never gets another meaning. New ones are added, none is taken out."""


def codes_in(module: Path) -> set[str]:
    return set(re.findall(r'"(IFT\d{3})"', module.read_text(encoding="utf-8")))


def test_every_code_has_a_page_and_every_page_a_constructor():
    constructed = set().union(*map(codes_in, PROBLEMS.glob("*.py")))

    assert constructed == set(registry.codes())


@pytest.mark.parametrize("module", sorted(PROBLEMS.glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_codes_lie_in_the_range_of_their_family(module):
    assert not {code for code in codes_in(module) if int(code[3:]) not in FAMILIES[module.stem]}


def test_a_code_that_was_used_means_the_same_or_is_retired(repository: Path):
    changes = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    retired = set(re.findall(r"IFT\d{3}", changes.split("Retired codes:")[1].split("\n\n")[0]))
    ends = [(int(each[:3]), int(each[-3:])) for each in USED.split()]
    used = {f"IFT{number:03}" for first, last in ends for number in range(first, last + 1)}

    assert retired and used - retired == used & set(registry.codes())


def test_no_code_is_made_in_two_families():
    found = [code for module in PROBLEMS.glob("*.py") for code in codes_in(module)]

    assert sorted(found) == sorted(set(found))


@pytest.mark.parametrize("code", registry.codes())
def test_pages_are_complete(code):
    page = registry.page(code)

    assert page.body and page.bad and page.good
    assert not page.title.endswith(".")
    assert not (page.acceptable and (code[3] == "1" or (code[3] == "9" and page.severity == "error")))


@pytest.mark.parametrize("code", registry.codes())
def test_a_problem_is_as_severe_as_its_page_says(code):
    assert problem(code, "wrong").severity == registry.page(code).severity


def test_what_is_undecided_is_an_error_where_the_recipe_is_strict():
    severities = [
        undecided("qa", "bleu", 0.0, 0.1, 0.05, "/evaluations/0", strict=strict).severity for strict in (True, False)
    ]

    assert severities == ["error", "warning"]


@pytest.mark.parametrize("code", registry.codes())
def test_what_is_printed_holds_the_files_of_both_examples_in_full(code):
    page = registry.page(code)
    printed = registry.parse(page.text, code)

    assert (set(printed.bad), set(printed.good)) == (set(page.bad), set(page.good))
    assert "```diff" not in page.text


def test_there_is_no_page_for_what_is_no_code():
    for word in ("IFT999", "../IFT001", "ift001", ""):
        with pytest.raises(KeyError):
            registry.page(word)


def test_a_page_out_of_shape_is_refused():
    good = registry.page("IFT001").text

    for broken in (good.replace("## Bad", ""), good.replace("severity: error", "severity: fatal"), "# IFT001: x\n"):
        with pytest.raises(registry.BrokenPage):
            registry.parse(broken, "IFT001")
