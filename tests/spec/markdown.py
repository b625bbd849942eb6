"""Reads the Markdown language tests: sections, their blocks, and the expectations inside recipes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

OUTPUTS = ("output", "formatted", "console")

_HEADING = re.compile(r"(#+) (.+)")
_FENCE = re.compile(r"```(\w+)(?: +(\S+))?\s*$")
_EXPECTATION = re.compile(
    r"""
    [ \t]* (?P<jinja>\{)? \#[ ]
    (?P<severity>error|warning|note):[ ]
    (?:(?P<column>\d+)[ ])?
    \[(?P<code>IFT\d{3})\]
    (?:[ ]"(?P<words>[^"]*)")?
    (?(jinja)[ ]\#\})
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Block:
    language: str
    name: str | None
    text: str
    line: int
    """Of the opening fence, 1-based."""


@dataclass(frozen=True)
class Expectation:
    severity: str
    code: str
    file: str
    line: int
    column: int | None
    words: str

    def fits(self, severity: str, code: str, file: str, line: int, column: int, message: str) -> bool:
        same = (self.severity, self.code, self.file, self.line) == (severity, code, file, line)
        return same and self.column in (None, column) and self.words in message


@dataclass
class Case:
    """One recipe with the files of its section, and the outputs that follow it."""

    title: str
    recipe: Block
    files: list[Block]
    outputs: list[Block] = field(default_factory=list)


def cases(text: str) -> list[Case]:
    found: list[Case] = []
    shared: list[Block] = []
    for title, blocks in _sections(text):
        own = [b for b in blocks if b.name]
        recipes = [b for b in blocks if b.language == "ift" and not b.name] or [b for b in own if b.language == "ift"]
        named = {b.name: b for b in (*shared, *own)}.values()
        section = [Case(title, recipe, [f for f in named if f is not recipe]) for recipe in recipes]
        if " / " not in title:
            shared = own
        for block in blocks:
            if block.language in OUTPUTS:
                before = [case for case in section if case.recipe.line < block.line]
                if not before:
                    raise ValueError(f"line {block.line}: there is no recipe before this block")
                before[-1].outputs.append(block)
        found += section
    return found


def _sections(text: str) -> Iterator[tuple[str, list[Block]]]:
    titles: list[str] = []
    blocks: list[Block] = []
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if heading := _HEADING.fullmatch(line):
            yield " / ".join(titles), blocks
            titles, blocks = [*titles[: len(heading[1]) - 1], heading[2]], []
        elif fence := _FENCE.fullmatch(line):
            inner: list[str] = []
            for _, content in lines:
                if content == "```":
                    break
                inner.append(content + "\n")
            blocks.append(Block(fence[1], fence[2], "".join(inner), number))
    yield " / ".join(titles), blocks


def expectations(text: str, file: str) -> tuple[str, list[Expectation]]:
    """A recipe without its expectations, lines kept, and what they say."""
    clean: list[str] = []
    found: list[Expectation] = []
    waiting: list[re.Match[str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        here = list(_EXPECTATION.finditer(line))
        rest = _EXPECTATION.sub("", line)
        clean.append(rest)
        alone = here and not rest.strip()
        if alone:
            waiting += here
            continue
        found += [_expectation(match, file, number) for match in (*waiting, *here)]
        waiting = []
    return "\n".join(clean), found


def _expectation(match: re.Match[str], file: str, line: int) -> Expectation:
    column = int(match["column"]) if match["column"] else None
    return Expectation(match["severity"], match["code"], file, line, column, match["words"] or "")
