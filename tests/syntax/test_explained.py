"""Every mistake in how a recipe is written has a page, and the page's examples are that mistake and its cure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recipe_lang.diagnostics import registry
from recipe_lang.diagnostics.problems import literals, syntax
from recipe_lang.source import Source
from recipe_lang.syntax import parse
from tests.syntax.proofs import prove

PAGES = [page for page in registry.pages() if page.code.startswith("IFT1")]
SHOWN = [page for page in PAGES if page.stage == "check"]


def test_every_code_has_a_page_and_every_page_a_code():
    sources = [Path(module.__file__).read_text(encoding="utf-8") for module in (literals, syntax)]
    codes = set(re.findall(r'"(IFT1\d\d)"', "".join(sources)))

    assert codes == {page.code for page in PAGES}


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.code)
def test_the_bad_example_is_this_mistake_and_no_other(page):
    _, found = parse(Source(page.bad[0].name, page.bad[0].text))

    assert {diagnostic.code for diagnostic in found} == {page.code}
    assert {diagnostic.severity for diagnostic in found} == {page.severity}


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.code)
def test_the_good_example_is_clean_and_in_canonical_layout(page):
    assert page.good[0].text == prove(page.good[0].text)
