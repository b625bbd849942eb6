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
    assert f"error[IFT005]: there is no problem and no setting `{word}`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("train.packing", "train.packing: `true` or `false`"),
        ("packing", "each seeing only itself"),
        ("train.method.rank", "Rank of the adapters."),
        ("checkpoint.every", "train.checkpoint.every: a number with its unit"),
        ("lora", "  alpha: "),
        ("train", "  learning_rate (required): "),
        ("rouge1", "as rouge-score counts it"),
        ("pick", "drawn by the seed of row and template"),
        ("eval_steps", "write it as in `evaluate {"),
        ("num_workers", "it is left out on purpose"),
        ("strip", "write `trim`"),
    ],
)
def test_a_word_of_the_language_or_of_others_is_explained(word, said, capsys):
    assert main(["explain", word]) == 0
    assert said in capsys.readouterr().out


def test_a_mistyped_word_is_guessed(capsys):
    assert main(["explain", "train.pakcing"]) == 2
    assert "did you mean `packing`?" in capsys.readouterr().err


def test_in_colour_the_lines_are_marked_in_which_bad_and_good_differ(capsys):
    assert main(["explain", "IFT550", "--color", "always"]) == 0
    shown = capsys.readouterr().out

    assert '\x1b[1;31m  source = csv("visit.csv")\x1b[0m' in shown
    assert '\x1b[1;32m  source = csv("visits.csv")\x1b[0m' in shown
    assert "\ndataset visits {\n" in shown
