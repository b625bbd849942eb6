"""Text of recipes and models in Markdown: shown as it is written, and nothing in it that a reader would obey."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

from recipe_lang.diagnostics.render.visible import printable

_SPECIAL = re.compile(r"[\\`*<|$&]|~(?=~)|\](?=[(\[:])|(?<!\w)_|_(?!\w)")
_FIRST = re.compile(r"^(?=[#>+=-])|(?<=\d)(?=[.)])")


def markdown(value: Any) -> Markup:
    """Within a line, or a cell of a table. What is Markdown already stays.

    >>> print(markdown("see [this](http://a.b) | <b>note_writing</b>"))
    see [this\\](http://a.b) \\| \\<b>note_writing\\</b>
    """
    return value if isinstance(value, Markup) else Markup(_SPECIAL.sub(r"\\\g<0>", printable(str(value))))


def paragraph(line: str) -> Markup:
    """A line of its own."""
    return Markup(_FIRST.sub(r"\\", markdown(line.strip()), count=1))


def code(text: str) -> Markup:
    """
    >>> print(code("a/b"), code("`x`"))
    `a/b` `` `x` ``
    """
    text = printable(text)
    if "`" not in text:
        return Markup(f"`{text}`")
    fence = "`" * (1 + max(map(len, re.findall("`+", text))))
    return Markup(f"{fence} {text} {fence}")
