"""The answer inside a text: what a task's `answer` rule takes out of prediction and reference before scoring."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from recipe_lang.program.task import BoxedAnswer, FirstLineAnswer, NumberAnswer, RegexAnswer
from runtime.evaluate.patterns import matches

Rule = RegexAnswer | FirstLineAnswer | NumberAnswer | BoxedAnswer

_CURRENCIES = (
    r"$\u00a2-\u00a5\u058f\u060b\u09f2\u09f3\u0e3f\u17db\u20a0-\u20c0\ufdfc\ufe69\uff04\uffe0\uffe1\uffe5\uffe6"
)
"""Signs of currencies, dollar to lira."""
_MINUS = r"\-\u2010-\u2013\u2212\ufe63\uff0d"
"""Hyphens and the shorter dashes, minus signs of every width."""
_SPACE = " \u00a0\u2000-\u200a\u202f\u205f"
_NUMBER = re.compile(
    rf"""
    (?:(?<![\w)\]}}%])(?P<sign>[+{_MINUS}])(?:[A-Z]{{0,3}}\\?[{_CURRENCIES}][{_SPACE}]?)?)?
    (?P<digits>
        \d{{1,3}}(?P<by>,|\{{,\}}|,\\!|\\,|['\u2019_])\d{{3}}(?:(?P=by)\d{{3}})*(?!\d)(?:\.\d+)?
        | (?<!\d[{_SPACE}])\d{{1,3}}(?:[{_SPACE}]\d{{3}})+(?!\d)(?:\.\d+)?
        | \d{{1,2}}(?:,\d\d)+,\d{{3}}(?!\d)(?:\.\d+)?
        | \d+(?:\.\d+)?
        | (?<!\d)\.\d+
    )
    (?:
        [eE](?P<e>[+{_MINUS}]?\d{{1,3}})(?!\w|\.\d)
        | [{_SPACE}]?(?:[×*·⋅]|\\times|\\cdot)[{_SPACE}]?10\^\{{?(?P<ten>[+{_MINUS}]?\d{{1,3}})\}}?(?!\w|\.\d)
    )?
    """,
    re.VERBOSE,
)
"""A sign stands before a number and its currency, not between two numbers. One mark separates thousands, or else it
stands between two numbers; lakhs and crores have two digits a group. An exponent has up to three digits."""
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*(?:\{|(?=[^\s{]))")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
"""A brace, or an escaped one, which is text."""


def answer(rule: Rule | None, text: str) -> str | None:
    """The text itself without a rule; None where the rule matches nothing.

    A pattern with a group gives its first group that matched, else the whole match.

    >>> answer(NumberAnswer(take="last"), "3 + 4 = 7, so -$1,250.00"), answer(NumberAnswer(take="first"), "none")
    ('-1250', None)
    >>> answer(RegexAnswer(pattern="answer: (.+)", take="last"), "answer: yes")
    'yes'
    """
    match rule:
        case None:
            return text
        case FirstLineAnswer():
            return next((line.strip() for line in text.splitlines() if line.strip()), None)
        case BoxedAnswer(take=take):
            return _one(_boxed(text), take)
        case NumberAnswer(take=take, within=None):
            return _one(map(_plain, _NUMBER.finditer(text)), take)
        case NumberAnswer(take=take, within=pattern):
            inside = (_one(map(_plain, _NUMBER.finditer(found)), take) for found in _found(pattern, text))
            return _one((number for number in inside if number is not None), take)
    return _one(_found(rule.pattern, text), rule.take)


def spelling(rule: Rule | None) -> str:
    """As it stands in a metric's signature; empty without a rule."""
    match rule:
        case None:
            return ""
        case FirstLineAnswer():
            return "|answer:first_line"
        case BoxedAnswer():
            return f"|answer:boxed:{rule.take}"
        case NumberAnswer():
            return f"|answer:number:{rule.take}:2" + (f":{rule.within}" if rule.within else "")
    return f"|answer:{rule.take}:{rule.pattern}"


def _one(found: Iterator[str], take: str) -> str | None:
    texts = list(found)
    return texts[0 if take == "first" else -1] if texts else None


def _found(pattern: str, text: str) -> Iterator[str]:
    for match in matches(pattern, text):
        yield next((group for group in match.groups() if group is not None), match.group())


def _boxed(text: str) -> Iterator[str]:
    """What each box holds; without braces the next word, up to a dollar. A box that is not closed holds nothing."""
    for match in _BOXED.finditer(text):
        if not match.group().endswith("{"):
            yield re.split(r"[\s$]", text[match.end() :], maxsplit=1)[0].rstrip(".,")
            continue
        depth = 1
        for brace in _BRACE.finditer(text, match.end()):
            depth += {"{": 1, "}": -1}.get(brace.group(), 0)
            if not depth:
                yield text[match.end() : brace.start()].strip()
                break


def _plain(match: re.Match[str]) -> str:
    """One spelling of a number: no separators, no plus, no zeros that say nothing."""
    sign = "-" if match["sign"] not in (None, "+") else ""
    exponent = re.sub(f"[{_MINUS}]", "-", match["e"] or match["ten"] or "0")
    value = Decimal(f"{sign}{re.sub(r'[^0-9.]', '', _ascii(match['digits']))}e{exponent}")
    whole, _, rest = f"{value:f}".partition(".")
    rest = rest.rstrip("0")
    plain = f"{whole}.{rest}" if rest else whole
    return plain.removeprefix("-") if value == 0 else plain


def _ascii(digits: str) -> str:
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in digits)
