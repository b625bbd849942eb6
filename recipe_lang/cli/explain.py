"""`ift explain`: the page of a code, or the list of all of them."""

from __future__ import annotations

import argparse
import re

from recipe_lang.cli.terminal import add_color, coloured
from recipe_lang.diagnostics import registry
from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.commands import unknown_code


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", nargs="?", metavar="CODE", help="such as IFT403; without one, all codes are listed")
    add_color(parser)


def run(args: argparse.Namespace) -> int:
    if args.code is None:
        for page in registry.pages():
            print(f"{page.code}  {page.severity:<7}  {page.title}")
        return 0
    code = _normal(args.code)
    if code not in registry.codes():
        raise Stop(unknown_code(args.code), exit_code=2)
    text = registry.page(code).text
    if coloured(args.color):
        from rich.console import Console
        from rich.markdown import Markdown

        Console(force_terminal=True).print(Markdown(text))
    else:
        print(text, end="")
    return 0


def _normal(word: str) -> str:
    """`403`, `ift403` and `IFT403` are the same code."""
    digits = re.fullmatch(r"(?:ift)?[-_ ]?(\d{1,3})", word, re.IGNORECASE)
    return f"IFT{digits[1]:>03}" if digits else word
