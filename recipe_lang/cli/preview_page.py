"""Examples as one page that needs nothing else: every token with its number, trained ones marked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from recipe_lang.diagnostics.render.visible import harmless

if TYPE_CHECKING:
    from runtime.data.preview import Shown

PAGE = Path(__file__).with_name("preview.html.j2")


def page(recipe: str, groups: Sequence[tuple[str, Sequence[Shown]]]) -> str:
    """`groups`: a sweep's combinations with their examples, or one without a name."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=harmless
    )
    environment.filters["visible"] = _visible
    return environment.from_string(PAGE.read_text(encoding="utf-8")).render(recipe=recipe, groups=groups)


def _visible(text: str) -> str:
    """Line ends are shown as well as made."""
    return text.replace("\n", "↵\n")
