"""`ift preview`: rows as the model sees them, trained tokens marked."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from recipe_lang.cli import main
from tests.cli.shell import environment, ift
from tests.cli.studies import RECIPE, write_study

SHOWN = """\
asking · train · ask
words.jsonl, row 1 · 36 tokens, 4 trained
<|im_start|>user
What is the opposite of rich?<|im_end|>
<|im_start|>assistant
⟦poor<|im_end|>⟧

Trained tokens stand between ⟦ and ⟧; all others are only read.
"""


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return write_study(tmp_path)


@pytest.fixture
def one_row(study) -> Path:
    """The study with a single row, so that every seed shows it first."""
    Path("words.jsonl").write_text('{"word": "rich", "opposite": "poor"}\n', encoding="utf-8")
    study.write_text(re.sub(r"  split .*\n", "", RECIPE), encoding="utf-8")
    return study


def test_a_pipe_gets_plain_text_with_marks(one_row, capsys):
    assert main(["preview", "study.ift", "--rows", "1"]) == 0

    assert capsys.readouterr().out == SHOWN


def test_colour_stands_for_the_marks(one_row, capsys):
    assert main(["preview", "study.ift", "--rows", "1", "--color", "always"]) == 0

    shown = capsys.readouterr().out
    assert "\n\x1b[1;32mpoor<|im_end|>\x1b[0m\n" in shown
    assert "⟦" not in shown


def test_no_color_is_honoured(study, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    main(["preview", "study.ift"])
    assert "\x1b" in capsys.readouterr().out

    monkeypatch.setenv("NO_COLOR", "1")
    main(["preview", "study.ift"])
    assert "\x1b" not in capsys.readouterr().out


def test_tokens_end_where_they_end(one_row, capsys):
    assert main(["preview", "study.ift", "asking", "--rows", "1", "--tokens"]) == 0

    shown = capsys.readouterr().out
    assert shown.count("│") == 36
    assert "⟦p│o│or│<|im_end|>│⟧\n" in shown


def test_another_split(study, capsys):
    assert main(["preview", "study.ift", "--split", "test"]) == 0
    assert capsys.readouterr().out.count("asking · test · ask") == 2


def test_nothing_in_the_data_reaches_the_terminal(study, capsys):
    Path("words.jsonl").write_text('{"word": "\\u001b[2J\\r", "opposite": "\\u202eup"}\n', encoding="utf-8")
    study.write_text(re.sub(r"  split .*\n", "", RECIPE), encoding="utf-8")
    assert main(["preview", "study.ift", "--split", "train"]) == 0

    shown = capsys.readouterr().out
    assert "of ␛[2J␍?" in shown and "⟦\\u{202e}up<|im_end|>⟧" in shown


class Page(HTMLParser):
    """The text inside `pre`, and of it what is marked."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text, self.marked, self.links = "", "", []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag):
        while self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if "pre" in self.open:
            self.text += data
            self.marked += data if "mark" in self.open else ""


def test_the_page_holds_the_same_and_needs_nothing_else(study, capsys):
    Path("words.jsonl").write_text('{"word": "<script>x</script>", "opposite": "a & b"}\n', encoding="utf-8")
    study.write_text(re.sub(r"  split .*\n", "", RECIPE), encoding="utf-8")

    assert main(["preview", "study.ift", "--html", "seen.html"]) == 0

    text = Path("seen.html").read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert capsys.readouterr().out == "wrote seen.html\n"
    assert "What is the opposite of <script>x</script>?" in page.text
    assert page.marked == "a & b<|im_end|>"
    assert page.links == [] and "<script" not in text and "url(" not in text


def test_a_sweep_is_shown_combination_by_combination(study, capsys):
    study.write_text(RECIPE + "sweep {\n  train.batch = [2 examples, 4 examples]\n}\n", encoding="utf-8")

    assert main(["preview", "study.ift", "--rows", "1"]) == 0
    labels = re.findall(r"^train.batch=.*$", capsys.readouterr().out, re.MULTILINE)
    assert labels == ["train.batch=2-examples", "train.batch=4-examples"]


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [(["askin"], "did you mean `asking`?"), (["--split", "tset"], "did you mean `test`?")],
)
def test_unknown_parts_are_usage_errors(study, capsys, arguments, cure):
    assert main(["preview", "study.ift", *arguments]) == 2

    shown = capsys.readouterr()
    assert shown.out == "" and "error[IFT024]" in shown.err and cure in shown.err


@pytest.mark.parametrize("arguments", [["--rows", "0"], ["--rows", "x"], ["--html", "study.ift"]])
def test_bad_options_are_usage_errors(study, capsys, arguments):
    assert main(["preview", "study.ift", *arguments]) == 2
    assert study.read_text(encoding="utf-8") == RECIPE


def test_a_model_that_is_not_here_is_not_fetched(study, capsys):
    text = RECIPE.replace('path("llama")', 'hub("org/none", revision = "0123456789abcdef0123456789abcdef01234567")')
    study.write_text(text, encoding="utf-8")

    assert main(["preview", "study.ift"]) == 1
    assert "error[IFT025]" in capsys.readouterr().err


def test_rows_that_fail_the_proof_end_it(study, capsys):
    chat = Path("llama/chat_template.jinja")
    chat.write_text(chat.read_text(encoding="utf-8").replace("message['content']", "message['content'] | upper"))

    assert main(["preview", "study.ift"]) == 1

    shown = capsys.readouterr()
    assert shown.out == "" and "error[IFT611]" in shown.err


def test_no_torch_is_loaded(study):
    child = "import sys, recipe_lang.cli as c; c.main(['preview', 'study.ift']); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", child], cwd=study.parent, env=environment()).returncode == 0


def test_help_is_there(tmp_path):
    assert "which tokens are trained" in ift("--help", cwd=tmp_path).stdout
