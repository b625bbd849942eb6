"""Options that several commands share."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from recipe_lang.diagnostics.suggest import closest


def add_changes(parser: argparse.ArgumentParser) -> None:
    """`--variant` and `--set`, each as often as wanted: variants in the order given, then settings."""
    again: dict[str, Any] = {"action": "append", "default": []}
    parser.add_argument("--variant", **again, metavar="NAME", help="take the recipe as this variant changes it")
    parser.add_argument("--set", **again, metavar="PATH=VALUE", help="change a setting, after all variants")


class Parser(argparse.ArgumentParser):
    """A parser that says which option is near to one that it does not know."""

    def error(self, message: str) -> NoReturn:
        unknown = re.match(r"unrecognized arguments: (-[\w-]+)", message)
        if unknown:
            guess = closest(unknown[1], self._option_string_actions)
            message += f": did you mean `{guess}`?" if guess else ""
        super().error(message)


class Once(argparse.Action):
    """An option that takes one value and is given two is a slip, whose first value would go without a word."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        given = namespace.__dict__.setdefault("given", set())
        if option_string and self.dest in given:
            parser.error(f"argument {option_string}: given twice")
        given.add(self.dest)
        setattr(namespace, self.dest, values)
