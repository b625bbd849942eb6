"""The columns that a template's texts read: what makes two rows the same question."""

from __future__ import annotations

from recipe_lang.diagnostics.model import Place
from recipe_lang.jinja.typing import check_template
from recipe_lang.program.template import Template
from recipe_lang.source import Source, Span


def prompt_columns(template: Template, columns: list[str]) -> list[str]:
    """By name."""
    if template.messages is not None:
        return sorted({template.messages, *_used([template.system] if template.system is not None else [])})
    used = _used([text for text in (template.prompt, template.system) if text is not None])
    if "choices" in used and template.choices is not None:
        used.remove("choices")
        choices = template.choices
        used |= _used(choices) if isinstance(choices, list) else _used([choices], expression=True)
    return [name for name in sorted(columns) if name in used]


def answer_columns(template: Template, columns: list[str]) -> list[str]:
    """Those of the completion, by name."""
    used = _used([template.completion]) if template.completion is not None else set()
    return [name for name in sorted(columns) if name in used]


def _used(texts: list[str], *, expression: bool = False) -> set[str]:
    """The variables that texts or expressions read, by the walk that checks them: nothing is compiled."""
    infos = (check_template(text, None, place_of=_nowhere, expression=expression)[0] for text in texts)
    return {name for info in infos for name in info.used}


def _nowhere(start: int, end: int) -> Place:
    return Place(Source("", ""), Span(0, 0))
