"""Credentials are found wherever they stand."""

from __future__ import annotations

import pytest

from recipe_lang.check import check
from tests.check.written import write

TOKEN = "hf_" + "a" * 34
TOKENS = {
    "an access token of the Hugging Face hub": ["hf_" + "aB3" * 10, TOKEN],
    "an AWS access key": ["AKIA" + "A1B2" * 4],
    "a GitHub token": [f"gh{kind}_" + "aB3" * 12 for kind in "pousr"],
    "a secret API key": ["sk-" + "aB3_" * 8, "sk-proj-" + "aB3-" * 6 + "aB3"],
}


@pytest.mark.parametrize("text", [f"# {TOKEN}\n", f'name = "{TOKEN}"\n', f"dataset d {{ {TOKEN}\n"])
def test_in_any_part_of_a_library(tmp_path, text):
    found = check(write(tmp_path, text), cwd=tmp_path).diagnostics

    assert [d.place.source.slice(d.place.span) for d in found if d.code == "IFT901"] == [TOKEN]


@pytest.mark.parametrize(("kind", "token"), [(kind, token) for kind, some in TOKENS.items() for token in some])
def test_of_every_kind(tmp_path, kind: str, token: str):
    (found,) = check(write(tmp_path, f"# {token}\n"), cwd=tmp_path).diagnostics

    assert (found.code, found.place.source.slice(found.place.span)) == ("IFT901", token)
    assert kind in found.message


@pytest.mark.parametrize(
    "text", ["hf_transfer", "AKIA" + "A1B2" * 3, "ghost_" + "a" * 36, "task-" + "a" * 20, "sk-learn"]
)
def test_words_that_begin_like_one_are_none(tmp_path, text: str):
    assert check(write(tmp_path, f"# {text}\n"), cwd=tmp_path).diagnostics == []


def test_in_a_file_that_is_imported(tmp_path):
    found = check(write(tmp_path, 'import "lib.ift" as lib\n', lib=f"# {TOKEN}\n"), cwd=tmp_path).diagnostics

    assert [(d.code, d.place.file) for d in found] == [("IFT901", "lib.ift")]
