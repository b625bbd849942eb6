"""`ift explain`: the page of a code, or the list of all of them; what a word of the language means."""

from __future__ import annotations

import argparse
import re

from recipe_lang.cli.terminal import add_color, coloured
from recipe_lang.diagnostics import registry
from recipe_lang.diagnostics.examples import differing
from recipe_lang.diagnostics.head import head
from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.commands import unknown_code


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "code",
        nargs="?",
        metavar="WORD",
        help="a code, such as IFT403, or a block, setting, call, metric or filter, such as `train.packing`; without "
        "one, all codes are listed",
    )
    add_color(parser)


def run(args: argparse.Namespace) -> int:
    if args.code is None:
        for stated in map(head, registry.codes()):
            print(f"{stated.code}  {stated.severity:<7}  {stated.title}")
        return 0
    code = _normal(args.code)
    if code not in registry.codes():
        return _explain_word(args.code)
    page = registry.page(code)
    if coloured(args.color):
        _print_coloured(page)
    else:
        print(page.text, end="")
    return 0


def _explain_word(word: str) -> int:
    from recipe_lang.cli.explain_words import explained, nearest

    text = explained(word)
    if text is None:
        raise Stop(unknown_code(word, nearest(word)), exit_code=2)
    print(text, end="")
    return 0


def _print_coloured(page: registry.Page) -> None:
    """The page laid out; red are the lines of the bad example that the good one changes, green what it has instead."""
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.text import Text

    console = Console(force_terminal=True)
    facts = f"severity: {page.severity} · seen by: {page.stage} · accept: {'yes' if page.acceptable else 'no'}"
    console.print(Markdown(f"# {page.code}: {page.title}\n\n{facts}\n\n{page.body}"))
    at_fault, cured = differing(page.bad, page.good)
    for heading, files, lines, style in (
        ("Bad", page.bad, at_fault, "bold red"),
        ("Good", page.good, cured, "bold green"),
    ):
        console.print("", Markdown(f"## {heading}"))
        for file in files:
            console.rule(Text(file.name, "dim"), align="left", style="dim")
            text = file.text.splitlines(keepends=True)
            marked = ((line, style if (file.name, i) in lines else "") for i, line in enumerate(text))
            console.print(Text.assemble(*marked), soft_wrap=True, end="")


def _normal(word: str) -> str:
    """`403`, `ift403` and `IFT403` are the same code."""
    digits = re.fullmatch(r"(?:ift)?[-_ ]?(\d{1,3})", word, re.IGNORECASE)
    return f"IFT{digits[1]:>03}" if digits else word
