"""Texts, lists and numbers as other languages write them, each told once and read as what is meant; and files that are
in another language altogether."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from lark import Token

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems import literals
from recipe_lang.diagnostics.problems import syntax as problems
from recipe_lang.source import Source, Span
from recipe_lang.syntax.leaves import REPORT_LIMIT
from recipe_lang.syntax.lexer import line_indentation, make
from recipe_lang.syntax.tree import Broken

_SUSPECT = frozenset({"STRAY", "SINGLE_QUOTED", "BAD_NUMBER", "NUMBER", "BELOW", "EQUAL"})
"""Types of the tokens that such a form begins with."""

_FENCE = re.compile(r"'''|```")
_HEREDOC = re.compile(r"""<<[-~]?[ \t]*['"]?(?P<word>\w+)['"]?[ \t]*\n""")
_BLOCK_SCALAR = re.compile(r"[:=][ \t]*[|>][-+]?\d?[ \t]*(#.*)?\n")
_DASHES = re.compile(r"[:=][ \t]*(#.*)?\n(?:[ \t]*\n)*(?=[ \t]*-[ \t])")
_DASH = re.compile(r"[ \t]*-[ \t]+(?P<item>.*)")
_NUMBER = re.compile(
    r"""(?P<digits>\d[\d_]*(?:\.\d+)?)
    (?: -[eE](?P<swapped>\d+) | [eE][−–—‐‑](?P<dash>\d+) | [ \t]+[eE](?P<apart>-?\d+)\b
      | [ \t]*[*x×][ \t]*10[ \t]*(?:\^|\*\*)[ \t]*(?P<power>[-−–]?\d+) | [ \t]*/[ \t]*(?P<below>\d[\d_]*) )""",
    re.VERBOSE,
)
_PLAIN = re.compile(r"[\w.%+-]+")

Found: TypeAlias = tuple[Diagnostic, list[Token]]
"""What is said, and the tokens that stand for the form; the last of them ends where it does."""


def foreign_forms(tokens: Sequence[Token], source: Source) -> tuple[list[Token], list[Diagnostic]]:
    """Tokens in which every foreign form is what is meant, or a value that is known to be broken."""
    result: list[Token] = []
    said: list[Diagnostic] = []
    end = 0
    for token in tokens:
        if token.start_pos < end:
            continue
        looked = token.type in _SUSPECT and len(said) < REPORT_LIMIT
        found = _form(token, result[-1] if result else None, source) if looked else None
        if found is None:
            result.append(token)
            continue
        said.append(found[0])
        result += found[1]
        end = result[-1].end_pos
    return result, said


def _form(token: Token, before: Token | None, source: Source) -> Found | None:
    if token.type in ("NUMBER", "BAD_NUMBER"):
        return _number(token, source)
    if token.type == "EQUAL" or token == ":":
        named = before is not None and before.type == "NAME"
        return (_yaml_text(token, source) or _yaml_list(token, before, source)) if named else None
    text, start = source.text, token.start_pos
    if fence := _FENCE.match(text, start):
        closed = text.find(fence[0], start + 3)
        return _text(fence[0], source, start, closed + 3 if closed > 0 else _line_end(text, start))
    if heredoc := _HEREDOC.match(text, start):
        last = re.compile(rf"^[ \t]*{heredoc['word']}\b", re.MULTILINE).search(text, heredoc.end())
        return _text(heredoc[0].rstrip(), source, start, last.end() if last else heredoc.end() - 1)
    return None


def _text(sign: str, source: Source, start: int, end: int, equal: bool = False) -> Found:
    place = Place(source, Span(start, start + len(sign)))
    tokens = [make("EQUAL", "=", start)] if equal else []
    return literals.foreign_text(sign, place), [*tokens, _broken(start + equal, end)]


def _broken(start: int, end: int) -> Token:
    token = make("TEXT_BLOCK", "", start, end)
    token.value = Broken(Span(start, end))
    return token


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _yaml_text(token: Token, source: Source) -> Found | None:
    """`prompt: |` and the deeper lines below it."""
    opening = _BLOCK_SCALAR.match(source.text, token.start_pos)
    if opening is None:
        return None
    indentation = line_indentation(source.text, token.start_pos)
    end = _below(source.text, opening.end(), lambda line, deep: deep > indentation)
    sign = opening[0].partition("#")[0].rstrip()
    return _text(sign, source, token.start_pos, max(end, opening.end() - 1), equal=True)


def _yaml_list(token: Token, before: Token, source: Source) -> Found | None:
    """`metrics:` and the lines with `-` below it."""
    opening = _DASHES.match(source.text, token.start_pos)
    if opening is None:
        return None
    indentation = line_indentation(source.text, opening.end())

    def goes_on(line: str, deep: int) -> bool:
        return deep > indentation or (deep == indentation and _DASH.match(line) is not None)

    end = _below(source.text, opening.end(), goes_on)
    lines = source.text[opening.end() : end].splitlines()
    items = [match["item"].strip() for line in lines if (match := _DASH.match(line))]
    plain = all(_PLAIN.fullmatch(item) or re.fullmatch(r'"[^"]*"', item) for item in items)
    better = f"{before} = [{', '.join(items)}]" if plain and len(items) == len(lines) else None
    place = Place(source, Span(token.start_pos, token.start_pos + 1))
    start = token.start_pos
    return problems.list_of_dashes(better, place), [make("EQUAL", "=", start), _broken(start + 1, end)]


def _below(text: str, start: int, belongs: Callable[[str, int], bool]) -> int:
    """The end of the last line that belongs to what stands above; blank ones are skipped."""
    at = end = start
    while at < len(text):
        line_end = _line_end(text, at)
        line = text[at:line_end]
        if line.strip():
            if not belongs(line, len(line) - len(line.lstrip(" \t"))):
                break
            end = line_end
        at = line_end + 1
    return end


def _number(token: Token, source: Source) -> Found | None:
    match = _NUMBER.match(source.text, token.start_pos)
    if match is None:
        return None
    digits, below = match["digits"], match["below"]
    if below is not None:
        divisor = float(below.replace("_", ""))
        value = float(digits.replace("_", "")) / divisor if divisor else math.inf
        if not math.isfinite(value):
            return None
        better = f"{value:.12g}"
    else:
        signed = match["apart"] or match["power"] or f"-{match['swapped'] or match['dash']}"
        better = f"{digits}e{re.sub('[−–]', '-', signed)}"
    place = Place(source, Span(*match.span()))
    return literals.number_malformed(match[0], place, better=better), [make("NUMBER", better, *match.span())]


_BLOCK = re.compile(r"^[A-Za-z_]\w*(?:[ \t]+[\w.]+)*[ \t]*\{", re.MULTILINE)
_SETTING = re.compile(r"^[A-Za-z_]\w*[ \t]*=[ \t]*[^=]", re.MULTILINE)
_DATA = {
    "JSON": re.compile(r"\s*[\[{]\s*[\"{\[]"),
    "YAML": re.compile(r"(?m)^---[ \t]*$|^[\w-]+:(?:[ \t]+\S.*)?\n(?:.*\n)*?[\w-]+:(?=[ \t\n])"),
}
_ASSIGNING = {
    "Python": re.compile(
        r"(?m)^(?:from[ \t]+[\w.]+[ \t]+import\b|import[ \t]+\w+[ \t]*$|def[ \t]+\w+\(|class[ \t]+\w)"
    ),
    "TOML": re.compile(r"(?m)^\[{1,2}[\w. \"-]+\]{1,2}[ \t]*$"),
}


def other_language(source: Source) -> Diagnostic | None:
    """What is said of a file that has no block of this language; of one that could be data, no setting either."""
    text = source.text
    if _BLOCK.search(text):
        return None
    signs = _ASSIGNING if _SETTING.search(text) else {**_DATA, **_ASSIGNING}
    for language, sign in signs.items():
        if sign.match(text) if language == "JSON" else sign.search(text):
            start = next((at for at, character in enumerate(text) if not character.isspace()), 0)
            place = Place(source, Span(start, _line_end(text, start)))
            return problems.other_language(language, "!Template" in text, place)
    return None
