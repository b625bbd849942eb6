"""The answer inside a text: what a task's `answer` rule takes out of prediction and reference before scoring."""

from __future__ import annotations

import re
from functools import cache

from recipe_lang.program.task import FirstLineAnswer, RegexAnswer


def answer(rule: RegexAnswer | FirstLineAnswer | None, text: str) -> str | None:
    """The text itself without a rule; None where the rule matches nothing.

    A pattern with a group gives its first group that matched, else the whole match.
    """
    if rule is None:
        return text
    if isinstance(rule, FirstLineAnswer):
        return next((line.strip() for line in text.splitlines() if line.strip()), None)
    matches = list(_pattern(rule.pattern).finditer(text))
    if not matches:
        return None
    match = matches[0 if rule.take == "first" else -1]
    return next((group for group in match.groups() if group is not None), match.group())


def spelling(rule: RegexAnswer | FirstLineAnswer | None) -> str:
    """As it stands in a metric's signature; empty without a rule."""
    if rule is None:
        return ""
    return "|answer:first_line" if isinstance(rule, FirstLineAnswer) else f"|answer:{rule.take}:{rule.pattern}"


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
