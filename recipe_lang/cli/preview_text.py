"""Examples for a terminal: trained text in colour, or between `⟦` and `⟧` where there is none."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from recipe_lang.cli.report import count
from recipe_lang.cli.terminal import coloured, page
from recipe_lang.diagnostics.render.visible import printable

if TYPE_CHECKING:
    from runtime.data.preview import Piece, Shown

TRAINED = "bold green"
OPEN, CLOSE = "⟦", "⟧"
END = "│"
"""Behind every token."""


def print_examples(label: str, examples: Sequence[Shown], *, tokens: bool, color: str = "auto") -> None:
    """`label` names a sweep's combination; `tokens` marks where tokens end."""
    colour = coloured(color)
    console = page(colour)
    if label:
        console.print(Text(f"{label}\n", "bold"), soft_wrap=True)
    for shown in examples:
        for part in (_head(shown), *(_side(side, tokens, colour) for side in shown.sides), ""):
            console.print(part, soft_wrap=True)
    console.print(_legend(colour) if examples else "there are no examples", soft_wrap=True)
    sys.stdout.write(console.file.getvalue())


def _head(shown: Shown) -> Text:
    named = f"{shown.task} · {shown.split} · {shown.template}"
    counted = f"{count(shown.tokens, 'token')}, {shown.trained:,} trained"
    lines = [f"{printable(shown.place)} · {counted}", *shown.notes]
    return Text.assemble((named, "bold"), "\n", ("\n".join(lines), "dim"))


def _side(side: Sequence[Piece], tokens: bool, colour: bool) -> Text:
    text = Text()
    for trained, run in groupby(side, lambda piece: piece.trained):
        words = "".join(_visible(piece.text, tokens) for piece in run)
        text.append(words if colour or not trained else OPEN + words + CLOSE, TRAINED if trained else "")
    return text


def _visible(text: str, tokens: bool) -> str:
    """The text with its line ends, and nothing else that a terminal would obey."""
    if tokens:
        return f"{printable(text).replace('␊', '↵')}{END}" + "\n" * text.endswith("\n")
    return "\n".join(map(printable, text.split("\n")))


def _legend(colour: bool) -> Text:
    if colour:
        return Text.assemble("Trained tokens look ", ("like this", TRAINED), "; all others are only read.")
    return Text(f"Trained tokens stand between {OPEN} and {CLOSE}; all others are only read.")
