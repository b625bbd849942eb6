"""The format for people: the message, the source with its marks, the cure.

error[IFT403]: template `brief` uses `dialog`, which dataset `visits` does not have
  ┌─ recipes/clinical.ift:34:8
  │
34│     {{ dialog }}
  │        ^^^^^^ not a column of `visits`
  │
  = help: did you mean `dialogue`? (text, declared at line 20)
  = more: ift explain IFT403
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.render import cure
from recipe_lang.diagnostics.render.snippet import Mark, gutter_width, snippets
from recipe_lang.diagnostics.render.visible import paint, printable


def render(diagnostics: Sequence[Diagnostic], *, colour: bool = False) -> str:
    return "\n".join("\n".join(_lines(diagnostic, colour)) + "\n" for diagnostic in diagnostics)


def _lines(diagnostic: Diagnostic, colour: bool) -> Iterator[str]:
    head = paint(diagnostic.severity, f"{diagnostic.severity}[{diagnostic.code}]", colour)
    yield head + paint("bold", f": {printable(diagnostic.message)}", colour)
    marks = [Mark(label.place, label.message) for label in diagnostic.related]
    if diagnostic.place is not None:
        marks.insert(0, Mark(diagnostic.place, diagnostic.label, diagnostic.severity))
    width = gutter_width(marks)
    yield from snippets(marks, width, colour)
    if help := cure(diagnostic):
        yield from _note("help", help, width, colour)
    yield from _note("more", f"ift explain {diagnostic.code}", width, colour)


def _note(name: str, text: str, width: int, colour: bool) -> Iterator[str]:
    lead = f"{' ' * width}{paint('gutter', '=', colour)} {paint('bold', name, colour)}: "
    indent = " " * (width + len(name) + 4)
    for i, line in enumerate(text.split("\n")):
        yield (indent if i else lead) + printable(line)
