"""Credentials are found wherever they stand."""

from __future__ import annotations

import pytest

from recipe_lang.check import check
from tests.check.written import write

TOKEN = "hf_" + "a" * 34


@pytest.mark.parametrize("text", [f"# {TOKEN}\n", f'name = "{TOKEN}"\n', f"dataset d {{ {TOKEN}\n"])
def test_in_any_part_of_a_library(tmp_path, text):
    found = check(write(tmp_path, text), cwd=tmp_path).diagnostics

    assert [d.place.source.slice(d.place.span) for d in found if d.code == "IFT901"] == [TOKEN]


def test_in_a_file_that_is_imported(tmp_path):
    found = check(write(tmp_path, 'import "lib.ift" as lib\n', lib=f"# {TOKEN}\n"), cwd=tmp_path).diagnostics

    assert [(d.code, d.place.file) for d in found] == [("IFT901", "lib.ift")]
