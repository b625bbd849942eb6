"""The answer inside a text: what a task's `answer` rule takes out of prediction and reference before scoring."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from recipe_lang.program.task import FirstLineAnswer, NumberAnswer, RegexAnswer

Rule = RegexAnswer | FirstLineAnswer | NumberAnswer
_NUMBER = re.compile(r"(?:(?<!\w)[-+\u2212])?(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|(?<!\d)\.\d+)")
"""A sign stands before a number, not between two; commas separate thousands, or else two numbers."""


def answer(rule: Rule | None, text: str) -> str | None:
    """The text itself without a rule; None where the rule matches nothing.

    A pattern with a group gives its first group that matched, else the whole match.

    >>> answer(NumberAnswer(take="last"), "3 + 4 = 7, so $1,250.00"), answer(NumberAnswer(take="first"), "none")
    ('1250', None)
    >>> answer(RegexAnswer(pattern="answer: (.+)", take="last"), "answer: yes")
    'yes'
    """
    if rule is None:
        return text
    if isinstance(rule, FirstLineAnswer):
        return next((line.strip() for line in text.splitlines() if line.strip()), None)
    pattern = _NUMBER if isinstance(rule, NumberAnswer) else _pattern(rule.pattern)
    matches = list(pattern.finditer(text))
    if not matches:
        return None
    match = matches[0 if rule.take == "first" else -1]
    if isinstance(rule, NumberAnswer):
        return _plain(match.group())
    return next((group for group in match.groups() if group is not None), match.group())


def spelling(rule: Rule | None) -> str:
    """As it stands in a metric's signature; empty without a rule."""
    match rule:
        case None:
            return ""
        case FirstLineAnswer():
            return "|answer:first_line"
        case NumberAnswer():
            return f"|answer:number:{rule.take}"
    return f"|answer:{rule.take}:{rule.pattern}"


def _plain(number: str) -> str:
    """One spelling of a number: no separators, no plus, no zeros that say nothing."""
    value = Decimal(number.replace(",", "").replace("\u2212", "-"))
    whole, _, rest = f"{value:f}".partition(".")
    rest = rest.rstrip("0")
    plain = f"{whole}.{rest}" if rest else whole
    return plain.removeprefix("-") if value == 0 else plain


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
