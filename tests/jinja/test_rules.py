from __future__ import annotations

import pytest

from recipe_lang.diagnostics.model import Place
from recipe_lang.jinja.rules import choices_check, condition_check, leak_check, texts_check, variety_check
from recipe_lang.jinja.types import Type
from recipe_lang.jinja.typing import choices_type
from recipe_lang.source import Source, Span
from tests.jinja.checking import checked

HERE = Place(Source("recipe.ift", "completion"), Span(0, 10))
CHOICES = Place(Source("recipe.ift", "choices"), Span(0, 7))


@pytest.mark.parametrize(
    ("prompt", "completion", "leaks"),
    [
        ("{{ dialogue }} {{ note }}", "{{ note }}", True),
        ("{{ note | upper }}", "{{ note | trim }}", True),
        ("{% if flag %}{{ note }}{% endif %}", "{% set x = note %}{{ x }}", True),
        ("{% for text in answers.text %}{{ text }}{% endfor %}", "{{ answers.text[0] }}", True),
        ("{{ answers | tojson }}", "{{ answers.text[0] }}", True),
        ("{% filter upper %}{{ note }}{% endfilter %}", "{{ note }}", True),
        ("{{ dialogue ~ note }}", "{{ note }}", True),
        ("{{ dialogue }}", "{{ note }}", False),
        ("{{ note | length }}", "{{ note }}", False),
        ("{% if note %}{{ dialogue }}{% endif %}", "{{ note }}", False),
        ("{{ answers.start[0] }}", "{{ answers.text[0] }}", False),
        ("{{ answers.text[1] }}", "{{ answers.text[0] }}", False),
        ("{{ tags | join(', ') }}", "{{ tags[stars] }}", False),
        ("{{ note }}", "A note: {{ note }}", False),
    ],
)
def test_a_completion_that_the_prompt_prints_is_given_away(prompt, completion, leaks):
    found = leak_check("brief", checked(prompt)[0], checked(completion)[0], HERE)

    assert (["IFT423"] if leaks else []) == [each.code for each in found]


def test_a_given_away_answer_stands_in_the_prompt_that_is_to_change():
    source = Source("recipe.ift", "{{ note }} {{ note }}")
    first, second = Place(source, Span(3, 7)), Place(source, Span(14, 18))
    prompt, completion = checked("{{ note }}")[0], checked("{{ note }}")[0]
    prompt.printed[("note",)], completion.printed[("note",)] = (lambda: first), (lambda: second)

    (found,) = leak_check("brief", prompt, completion, HERE)

    assert (first, second) == (found.place, found.related[0].place)


def choices(*texts: str) -> Type:
    return choices_type([checked(text)[0] for text in texts])


@pytest.mark.parametrize(
    ("completion", "allowed", "guarded", "codes"),
    [
        ("{{ mood }}", ("good", "bad", "mixed"), False, []),
        ("{{ mood | upper }}", ("good", "bad"), False, ["IFT424"]),
        ("{{ mood }}", ("good", "bad"), False, ["IFT425"]),
        ("{{ mood }}", ("good", "bad"), True, []),
        ("{% if stars > 3 %}yes{% else %}No{% endif %}", ("yes", "no"), False, ["IFT425"]),
        ("{{ stars }}", ("one", "two"), True, ["IFT424"]),
        ("{{ note }}", ("one", "two"), False, []),
        ("{{ mood }}", ("{{ note }}", "two"), False, []),
    ],
)
def test_completions_against_choices(completion, allowed, guarded, codes):
    info = checked(completion)[0]

    found = choices_check("brief", info, choices(*allowed), guarded=guarded, place=HERE, choices_place=CHOICES)

    assert codes == [each.code for each in found]


def test_a_choice_by_index_is_one_of_the_choices():
    allowed = choices("terrible", "poor", "fair", "good", "excellent")
    info, problems = checked("{{ choices[stars - 1] }}", extra={"choices": allowed})

    assert problems == []
    assert choices_check("brief", info, allowed, guarded=False, place=HERE, choices_place=CHOICES) == []


@pytest.mark.parametrize(
    ("text", "guarded", "codes"),
    [
        ("{{ note }}", False, []),
        ("yes", False, ["IFT426"]),
        ("yes", True, []),
        ("{{ ['a', 'b'] | pick }}", False, []),
        ("{% set x = note %} ", True, ["IFT430"]),
        ("{{ dialog }}", False, []),
    ],
)
def test_completions_that_never_change(text, guarded, codes):
    found = variety_check("brief", "completion", checked(text)[0], guarded=guarded, place=HERE)

    assert codes == [each.code for each in found]


def test_a_prompt_that_never_changes_is_reported_behind_a_condition_too():
    (found,) = variety_check("brief", "prompt", checked("Rate this.")[0], guarded=True, place=HERE)

    assert found.code == "IFT426"


@pytest.mark.parametrize(
    ("text", "codes"),
    [("note | length > 3", []), ("hint", []), ("3 > 2", ["IFT426"]), ("note.upper", ["IFT427"]), ("nott > 3", [])],
)
def test_conditions(text, codes):
    info = checked(text, expression=True)[0]

    assert codes == [each.code for each in condition_check("`keep_if`", info, HERE)]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("tags", []),
        ("[note, dialogue | upper]", []),
        ("numbers", []),
        ("note", ["IFT427"]),
        ("turns", ["IFT427"]),
        ("author", ["IFT427"]),
        ("['a', 'b']", ["IFT426"]),
    ],
)
def test_lists_of_texts(text, codes):
    info = checked(text, expression=True)[0]

    assert codes == [each.code for each in texts_check("`references`", info, HERE)]
