"""What rules take out of texts."""

from __future__ import annotations

import json
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipe_lang.diagnostics.model import Stop
from runtime.evaluate import patterns
from runtime.evaluate.answers import answer, spelling
from runtime.evaluate.patterns import without
from runtime.evaluate.score import metrics_of
from tests.compiled import task
from tests.evaluate.metrics.cases import prediction


def rule(call: str):
    return task(f"answer = {call}").answer


def regex(pattern: str, take: str):
    return rule(f"regex({json.dumps(pattern)}, take = {take})")


@pytest.mark.parametrize(
    ("pattern", "take", "expected"),
    [
        (r"#### (\S+)", "last", "7"),
        (r"#### (\S+)", "first", "5"),
        (r"#### \S+", "last", "#### 7"),
        (r"(?:is (\d+)|#### (\d+))", "last", "7"),
        (r"(maybe)", "last", None),
    ],
)
def test_a_pattern_gives_its_group_or_all_of_it(pattern: str, take: str, expected: str | None):
    text = "#### 5\nNo: it is 6.\n#### 7"

    assert answer(regex(pattern, take), text) == expected


@pytest.mark.parametrize(("text", "expected"), [("\n  Paris. \nIt is", "Paris."), ("one", "one"), (" \n", None)])
def test_the_first_line_is_the_first_that_says_something(text: str, expected: str | None):
    assert answer(rule("first_line"), text) == expected


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("She pays $1,000.50 and has 2,000 left.", "1000.5", "2000"),
        ("#### 1,000,000", "1000000", "1000000"),
        ("It is -4.0, not +.50!", "-4", "0.5"),
        ("\u22123 degrees", "-3", "-3"),
        ("from 10-12 to 3,4", "10", "4"),
        ("12,3456", "12", "3456"),
        ("007 of 0.10%", "7", "0.1"),
        ("-0", "0", "0"),
        ("I owe -$3 or -£1,200.50", "-3", "-1200.5"),
        ("$-5, −€7, -\\$9", "-5", "-9"),
        ("+5 and –6", "5", "-6"),
        ("1e5 of 1.5e3", "100000", "1500"),
        ("1.5E+3, 2 × 10^-3", "1500", "0.002"),
        ("1e5kg", "1", "5"),
        ("1 000 and 1\u202f234\u00a0567.5", "1000", "1234567.5"),
        ("in 2019 300 came", "2019", "300"),
        ("3 4 100", "3", "100"),
        ("1'000 and 2’345’678", "1000", "2345678"),
        ("1{,}000 and 1,\\!234", "1000", "1234"),
        ("1,00,000 rupees of 12,34,567.5", "100000", "1234567.5"),
        ("(5), 50%", "5", "50"),
        ("٥ and ５", "5", "5"),
        ("(2+3)-5", "2", "5"),
        ("3–5", "3", "5"),
        ("no number", None, None),
    ],
)
def test_numbers_in_texts(text: str, first: str | None, last: str | None):
    found = [answer(rule(f"number(take = {take})"), text) for take in ("first", "last")]

    assert found == [first, last]


@settings(max_examples=1_000)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_a_number_is_itself_with_and_without_separators(number):
    numbers = rule("number")

    assert len({answer(numbers, text) for text in (f"{number:,}", f"{number}", f"{number:.5f} kg")}) == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5 and 6\n#### 1,000 apples", "1000"),
        ("#### 7 of 8\n#### none", "8"),
        ("7 and 8", None),
        ("#### many", None),
    ],
)
def test_a_number_may_be_looked_for_inside_what_a_pattern_finds(text: str, found: str | None):
    assert answer(rule('number(within = "#### (.+)")'), text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"so \boxed{\frac{1}{2}}.", r"\frac{1}{2}"),
        (r"\boxed{1} then \boxed{ 2 }", "2"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
        (r"\fbox{x} and \boxed{3", "x"),
        (r"$\boxed 5$", "5"),
        ("5", None),
    ],
)
def test_a_box_holds_the_answer_with_its_braces(text: str, found: str | None):
    assert answer(rule("boxed"), text) == found


GSM8K = r"#### (\-?[0-9\.\,]+)"


def extract_answer(completion: str) -> str | None:
    """grade_school_math/dataset.py (Cobbe et al. 2021), None for its `[invalid]`."""
    match = re.compile(GSM8K).search(completion)
    return match.group(1).strip().replace(",", "") if match else None


def test_answers_of_gsm8k_are_those_of_its_own_extraction():
    """On completions with and without a marked number; commas are ours to keep."""
    rng = random.Random(0)
    marked, numbers = regex(GSM8K, "first"), rule("number")
    found = 0
    for _ in range(2_000):
        value = rng.choice([rng.randint(-9, 9), rng.randint(-(10**7), 10**7), round(rng.uniform(-99, 9_999), 2)])
        written = rng.choice([f"{value}", f"{value:,}", f"${value}", f"{value} dollars", "", "四", "half"])
        mark = rng.choice(["#### ", "#### ", "#### ", "####", "### ", "The answer is "])
        steps = rng.choice(["", "So 3+4=<<3+4=7>>7.\n", "Она купила 5 яблок.\n", "#### is a mark.\n", "1,2 and 3\n\n"])
        text = steps + mark + written + rng.choice(["", "\n", "\n#### 12", " left"])
        expected, given = extract_answer(text), answer(marked, text)

        assert (given if given is None else given.replace(",", "")) == expected
        if expected is not None and re.fullmatch(r"-?\d+(\.\d+)?", expected):
            found += 1
            assert float(answer(numbers, given)) == float(expected)

    assert found > 500


def test_rules_are_told_apart_in_signatures():
    rules = [
        None,
        *map(rule, ("first_line", 'regex("a")', "number(take = first)", "number", 'number(within = "a")', "boxed")),
    ]

    assert len({spelling(one) for one in rules}) == len(rules)


def test_without_a_rule_the_text_is_the_answer():
    assert answer(None, " as it is ") == " as it is "


@pytest.mark.parametrize(("given", "wanted", "right"), [("-3", "3", 0), ("15", "1.5", 0), ("1,000.0", "1000", 1)])
def test_numbers_are_compared_and_not_normalised_as_texts(given: str, wanted: str, right: int):
    """SQuAD's normalisation drops signs and points."""
    asked = task("metrics = [exact_match, f1]", "answer = number")
    numbers = [answer(asked.answer, f"It is {text}.") for text in (given, wanted)]

    for metric in metrics_of(asked).values():
        assert metric.statistics([prediction(*numbers)])[0, 0] == right


@pytest.mark.parametrize(
    "search",
    [
        lambda text: answer(rule('regex("(x+x+)+y")'), text),
        lambda text: answer(rule('number(within = "(x+x+)+y")'), text),
        lambda text: without("(x+x+)+y", text),
    ],
)
def test_a_pattern_that_takes_for_ever_is_named(monkeypatch, search):
    monkeypatch.setattr(patterns, "SECONDS", 0.1)

    with pytest.raises(Stop) as stopped:
        search("x" * 50)

    (diagnostic,) = stopped.value.diagnostics
    assert diagnostic.code == "IFT880"
    assert "(x+x+)+y" in diagnostic.message
