"""What a single token says: the text of quotes and text blocks, the value of digits."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from lark import Token

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems import literals as problems
from recipe_lang.source import Source, Span
from recipe_lang.syntax.tree import Broken, TextValue

_ESCAPE = re.compile(r"\\(u\{[^}\"\n]*\}?|.)", re.DOTALL)
_KNOWN_LETTERS = re.compile(r"(?<!\\)(?:\\\\)*\\[nt]")
_CHARACTER = re.compile(r"u\{[0-9A-Fa-f]{1,6}\}")
_SIMPLE = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
_WRITTEN = {character: letter for letter, character in _SIMPLE.items()}
_LAYOUT = re.compile(r'"""[ \t]*\n')

LARGEST = 1e18
REPORT_LIMIT = 50
"""Mistakes of one file that are reported."""

LONGEST = 40
"""Characters of a number: no quantity of a recipe needs more, and Python reads long ones in quadratic time."""


def read_leaf(token: Token, source: Source) -> list[Diagnostic]:
    """Sets the `value` of a token of `LEAVES` to what it stands for; one that was read before stays as it is."""
    if not isinstance(token.value, str):
        return []
    token.value, found = LEAVES[token.type](token, source)
    return found


def quoted(text: str) -> str:
    """A text as it is written on one line."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in _WRITTEN:
        return "\\" + _WRITTEN[character]
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"


def _place(source: Source, start: int, end: int) -> Place:
    return Place(source, Span(start, end))


def read_text(token: Token, source: Source) -> tuple[TextValue, list[Diagnostic]]:
    """A text on one line. An unknown escape is reported and stands for its own characters."""
    raw, first = str(token)[1:-1], token.start_pos + 1
    whole = Span(token.start_pos, token.end_pos)
    if "\\" not in raw:
        return TextValue(raw, False, whole, (0,), (first,)), []
    found: list[Diagnostic] = []
    parts: list[str] = []
    starts, offsets = array("l"), array("l")
    length = at = 0
    known = _KNOWN_LETTERS.search(raw) is not None
    for match in _ESCAPE.finditer(raw):
        start, end = match.span()
        resolved = _resolve(match[1])
        if resolved is None:
            place = _place(source, first + start, first + end)
            found.append(problems.unknown_escape(match[0], place, beside_known=known))
            if len(found) > REPORT_LIMIT:
                break
            continue
        for text, begins in ((raw[at:start], at), (resolved, start)):
            if text:
                parts.append(text)
                starts.append(length)
                offsets.append(first + begins)
                length += len(text)
        at = end
    starts.append(length)
    offsets.append(first + at)
    return TextValue("".join((*parts, raw[at:])), False, whole, starts, offsets), found


def _resolve(escape: str) -> str | None:
    if not escape.startswith("u"):
        return _SIMPLE.get(escape)
    if not _CHARACTER.fullmatch(escape):
        return None
    code = int(escape[2:-1], 16)
    return None if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF else chr(code)


@dataclass(slots=True)
class BlockLine:
    """One line of a text block: its indentation and the rest, and where it begins in the source."""

    offset: int
    text: str
    blank: bool


def block_lines(raw: str, start: int) -> Iterator[BlockLine]:
    """The lines between the quotes of a text block that is laid out as it should be."""
    opening = _LAYOUT.match(raw)
    at = opening.end() if opening else 3
    for line in raw[at:-3].split("\n")[:-1]:
        yield BlockLine(start + at, line, not line.strip(" \t"))
        at += len(line) + 1


def block_indentation(raw: str) -> str:
    """What stands before the closing quotes of a text block."""
    return raw[raw.rfind("\n") + 1 : -3]


def read_block(token: Token, source: Source) -> tuple[TextValue, list[Diagnostic]]:
    """A text block without its indentation: that of the closing quotes, character by character."""
    start, raw = token.start_pos, str(token)
    whole = Span(start, token.end_pos)
    indentation = block_indentation(raw)
    if not _LAYOUT.match(raw):
        return _as_written(raw, whole), [problems.text_beside_opening_quotes(_place(source, start, start + 3))]
    if indentation.strip(" \t"):
        closing = _place(source, token.end_pos - 3, token.end_pos)
        return _as_written(raw, whole), [problems.text_beside_closing_quotes(closing)]
    texts: list[str] = []
    starts: list[int] = []
    offsets: list[int] = []
    less: BlockLine | None = None
    length = 0
    for line in block_lines(raw, start):
        cut = min(len(indentation), _blanks(line.text))
        if not line.blank and not line.text.startswith(indentation):
            less = less or line
        texts.append(line.text[cut:])
        starts.append(length)
        offsets.append(line.offset + cut)
        length += len(line.text) - cut + 1
    found = []
    if less is not None:
        at = less.offset
        found.append(problems.less_indented(_place(source, at, at + max(1, _blanks(less.text))), indentation))
    return TextValue("\n".join(texts), True, whole, starts or (0,), offsets or (token.end_pos - 3,)), found


def _blanks(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _as_written(raw: str, whole: Span) -> TextValue:
    return TextValue(raw[3:-3], True, whole, (0,), (whole.start + 3,))


def read_number(token: Token, source: Source) -> tuple[int | float | Broken, list[Diagnostic]]:
    """An int where no fraction and no exponent is written, else a float; `Broken` where it is out of all bounds."""
    text = token.rstrip("%")
    place = _place(source, token.start_pos, token.end_pos)
    if len(text) > LONGEST:
        return Broken(place.span), [problems.number_out_of_range(str(text), place)]
    number = float(text)
    if abs(number) > LARGEST or (number == 0 and re.search("[1-9]", re.split("[eE]", text)[0])):
        return Broken(place.span), [problems.number_out_of_range(str(text), place)]
    return (int(text) if text.lstrip("-").replace("_", "").isdigit() else number), []


LEAVES = {"TEXT": read_text, "TEXT_BLOCK": read_block, "NUMBER": read_number, "PERCENT": read_number}
