"""Mistakes in a template's literal text: `n` for a new line, `\\n` where nothing resolves it, single braces."""

from __future__ import annotations

import re
from collections.abc import Collection

from recipe_lang.diagnostics.model import Edit, Fix
from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.jinja.typing.walk import Walk

_STRAY_N = re.compile(r"n(?=\n|$)")
_ESCAPE = re.compile(r"\\[nt](?![a-z])")
_BRACES = re.compile(r"(?<!\{)\{ ?([A-Za-z_][A-Za-z0-9_]*) ?\}(?!\})")


def check_literals(walk: Walk, columns: Collection[str]) -> None:
    tokens = walk.parsed.tokens
    for number, token in enumerate(tokens):
        if token.kind != "data":
            continue
        before = tokens[number - 1].kind if number else ""
        last = number == len(tokens) - 1
        stray = _STRAY_N.match(token.text) if before == "variable_end" else None
        if stray and not (last and token.text == "n"):
            place = walk.place_of(token.start, token.start + 1)
            what = "the letter `n` stands after `}}`, where a new line was probably meant"
            fix = Fix("take the `n` out", (Edit(place, ""),), safe=False)
            walk.report(problems.literal_escape(what, "take it out, or put a space before it", place, fix))
        for found in _ESCAPE.finditer(token.text):
            place = walk.place_of(token.start + found.start(), token.start + found.end())
            what = f"`{found[0]}` is printed as two characters"
            cure = "between triple quotes, break the line itself; in one line, write one backslash"
            walk.report(problems.literal_escape(what, cure, place))
        for found in _BRACES.finditer(token.text):
            if found[1] in columns:
                place = walk.place_of(token.start + found.start(), token.start + found.end())
                walk.report(problems.single_braces(found[1], place))
                walk.use(found[1])  # is meant, so the text is not the same for every row
