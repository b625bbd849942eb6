"""`requires` is kept to, in a recipe and in what it imports."""

from __future__ import annotations

import pytest

from recipe_lang.check import check
from recipe_lang.check.requires import holds
from recipe_lang.version import version
from tests.check.written import write


@pytest.mark.parametrize("requirement", [">=99.0", "<0.0.1", f"!={version()}", f">={version()}, >99"])
def test_a_recipe_for_another_version_is_not_read_further(tmp_path, requirement: str):
    recipe = f'recipe study {{\n  requires = "{requirement}"\n  sed = 17\n}}\nmodle m {{\n'
    found = check(write(tmp_path, recipe), cwd=tmp_path)

    assert [d.code for d in found.diagnostics] == ["IFT353"]
    assert found.diagnostics[0].place.source.slice(found.diagnostics[0].place.span) == f'"{requirement}"'


@pytest.mark.parametrize("header", ["recipe other", "library"])
def test_so_is_what_it_imports(tmp_path, header: str):
    recipe = 'import "lib.ift" as lib\nrecipe study {\n}\n'
    found = check(write(tmp_path, recipe, lib=f'{header} {{\n  requires = ">=99"\n}}\n'), cwd=tmp_path)

    assert [(d.code, d.place.file) for d in found.diagnostics] == [("IFT353", "lib.ift")]


def test_a_range_that_holds_says_nothing(tmp_path):
    recipe = f'recipe study {{\n  requires = ">=0.1, =={version()}"\n}}\n'

    assert [d.code for d in check(write(tmp_path, recipe), cwd=tmp_path).diagnostics] == ["IFT814"]


@pytest.mark.parametrize(
    ("requirement", "known", "expected"),
    [("==1", "1.0.0", True), ("<=1.9", "1.10", False), (">1.2,<2", "1.2.1", True), ("!=1.2.0.0", "1.2", False)],
)
def test_missing_numbers_are_zeros_and_numbers_are_no_texts(requirement: str, known: str, expected: bool):
    assert holds(requirement, known) is expected
