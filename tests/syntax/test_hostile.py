"""Texts made to exhaust the reader are answered early and in little memory."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from recipe_lang.source import Source
from recipe_lang.syntax import parse
from recipe_lang.syntax.formatter import format_file

MEBIBYTE = 1 << 20

TEXTS = {
    "an unfinished text block": ('a = """' + "x\n" * 20_000, {"IFT124"}),
    "open brackets": ("a = " + "[" * 100_000, {"IFT101"}),
    "fewer open brackets": ("a = " + "[" * 20_000, {"IFT102"}),
    "open braces": ("a {\n" * 12_000, {"IFT102"}),
    "closing braces": ("}\n" * 20_000, {"IFT115"}),
    "one sign": ("=" * MEBIBYTE, {"IFT101"}),
    "one letter": ("a" * MEBIBYTE, {"IFT113"}),
    "one digit": ("a = " + "1" * (MEBIBYTE - 4), {"IFT125"}),
    "digits and underscores": ("a = " + "1_" * (MEBIBYTE // 2 - 2), {"IFT125"}),
    "one quote": ('"' * MEBIBYTE, {"IFT101"}),
    "text blocks that open each other": ('= """\n' * (MEBIBYTE // 6), {"IFT101"}),
    "escapes": ('a = "' + "\\n" * (MEBIBYTE // 2 - 4) + '"', set()),
    "unknown escapes": ('a = "' + "\\q" * (MEBIBYTE // 2 - 4) + '"', {"IFT123"}),
    "control characters": ("\x00\x01\x02" * 300_000, {"IFT126"}),
    "lone surrogates": ("\ud800" * 300_000, {"IFT126"}),
    "blanks": (" " * MEBIBYTE, set()),
    "line ends": ("\n" * MEBIBYTE, set()),
    "hyphens": ("a-b " * 9_000, {"IFT127"}),
    "mistakes": ("= =\n" * 12_000, {"IFT110"}),
    "unclosed brackets": ("a {\nb = [1, 2\n}\n" * 2_000, {"IFT116"}),
    "headers without braces": ("a b\n" * 9_000 + "}\n", {"IFT113"}),
    "a long path": ("a = b" + ".c" * 14_000, set()),
    "settings": ("a = 1\n" * 9_900, set()),
    "more than a mebibyte": ("a" * (MEBIBYTE + 1), {"IFT101"}),
    "more than a mebibyte in UTF-8": ("é" * (MEBIBYTE // 2 + 1), {"IFT101"}),
}


@pytest.mark.parametrize(("text", "codes"), TEXTS.values(), ids=TEXTS)
def test_hostile_texts_are_reported(text, codes):
    _, found = parse(Source("recipe.ift", text))

    assert {diagnostic.code for diagnostic in found} == codes
    assert len(found) <= 50
    assert all(len(diagnostic.message) < 200 for diagnostic in found)


EXPENSIVE = ["escapes", "unknown escapes", "digits and underscores", "a long path", "settings", "mistakes"]


def test_reading_takes_little_memory():
    script = (
        "import sys; sys.path[:0] = ['.']\n"
        "from recipe_lang.source import Source\n"
        "from recipe_lang.syntax import parse\n"
        "from tests.syntax.test_hostile import TEXTS\n"
        f"for name in {EXPENSIVE}:\n"
        "    parse(Source('recipe.ift', TEXTS[name][0]))\n"
    )

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (300 << 20, 300 << 20))

    done = subprocess.run([sys.executable, "-c", script], preexec_fn=limit, capture_output=True, text=True)

    assert done.stderr == ""
    assert done.returncode == 0


def test_what_is_deep_or_long_is_formatted_too():
    deep = "a = " + "[" * 60 + "1" + "]" * 60
    long = "a = [" + "1, " * 29_990 + "]"
    for text in (deep, long, "".join(f"b{at} {{\n" for at in range(60)) + "}" * 60):
        file, found = parse(Source("recipe.ift", text))

        assert found == []
        assert parse(Source("recipe.ift", format_file(file)))[1] == []
