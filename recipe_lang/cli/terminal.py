"""Where output goes and whether it is coloured."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.render import render
from recipe_lang.diagnostics.render.visible import coloured

if TYPE_CHECKING:
    from rich.console import Console


def add_color(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--color",
        choices=["auto", "always", "never"],
        default="auto",
        help="auto: on a terminal, unless NO_COLOR is set; FORCE_COLOR colours everywhere",
    )


def page(colour: bool, **options: Any) -> Console:
    """Lays texts out as they stand, for whoever then takes them out of its `file`."""
    from rich.console import Console

    plain = {"highlight": False, "emoji": False, "markup": False}
    return Console(file=StringIO(), force_terminal=colour, no_color=not colour, **plain, **options)


def print_problems(diagnostics: Sequence[Diagnostic]) -> None:
    """Diagnostics in full on stderr, for the commands whose output is something else."""
    sys.stderr.write(render("full", diagnostics, colour=coloured(stream=sys.stderr)))
