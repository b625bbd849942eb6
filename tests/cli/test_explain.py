"""`ift explain`."""

from __future__ import annotations

import pytest

from recipe_lang.cli import main
from recipe_lang.diagnostics import registry


@pytest.mark.parametrize("word", ["IFT001", "ift001", "001", "1"])
def test_a_page_is_printed_with_its_examples_in_full(word, capsys):
    assert main(["explain", word]) == 0
    assert registry.page("IFT001").text == capsys.readouterr().out


def test_without_a_code_all_are_listed(capsys):
    assert main(["explain"]) == 0
    assert registry.codes() == [line.split()[0] for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("word", ["IFT000", "nonsense", "../IFT001", ""])
def test_an_unknown_code_is_a_usage_error(word, capsys):
    assert main(["explain", word]) == 2
    assert f"error[IFT005]: there is no problem `{word}`" in capsys.readouterr().err


def test_in_colour_the_page_is_laid_out(capsys):
    assert main(["explain", "IFT001", "--color", "always"]) == 0
    assert "\x1b[" in capsys.readouterr().out
