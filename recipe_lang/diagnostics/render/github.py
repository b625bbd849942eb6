"""Annotations on a pull request: GitHub's workflow commands, one a diagnostic.

Escaping is that of the runner's toolkit: `%`, carriage return and newline everywhere, `:` and `,` in properties.
"""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.render import cure
from recipe_lang.diagnostics.render.json import lines_and_columns

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(diagnostics: Sequence[Diagnostic]) -> str:
    return "".join(f"{_command(diagnostic)}\n" for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    properties = {"title": f"ift {diagnostic.code}"}
    text = diagnostic.message
    if diagnostic.place is not None:
        line, column, end_line, end_column = lines_and_columns(diagnostic.place)
        properties |= {"file": diagnostic.place.file, "line": str(line), "endLine": str(end_line)}
        if line == end_line:  # the runner drops annotations that give columns on several lines
            properties |= {"col": str(column), "endColumn": str(end_column)}
        text = f"{diagnostic.place.file}:{line}:{column}: {diagnostic.code}: {text}"
    if help := cure(diagnostic):
        text += f"\n{help}"
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{COMMANDS[diagnostic.severity]} {listed}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
