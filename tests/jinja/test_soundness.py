"""The check never raises, and what it accepts can be rendered."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from recipe_lang.jinja.environment import RenderError, compile_template
from tests.jinja import generated
from tests.jinja.checking import COLUMNS, checked

_LISTED = """
    {{ }} {% %} {# #} -%} {%- if for in set macro else elif is not endif endfor endset endmacro with endwith filter
    endfilter recursive and or include import call block autoescape endautoescape raw endraw dialogue stars hint
    answers.text tags x loop range map join default defined select selectattr 'role' attribute= pick int none true
    [ ] ( ) { } : , . | ~ + - * ** % == < = 'a' 1 9e999 _x ' \\ é
"""
WORDS = [*_LISTED.split(), "\n", "\r", " ", " "]

NOT_KNOWABLE = ("there is no element", "`first` of", "`last` of", "`pick` needs", "No aggregated")
"""How long lists are: the check takes it that they are long enough."""


@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from(WORDS), max_size=30).map("".join),
        st.lists(st.sampled_from(WORDS)).map(" ".join),
    ),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=500, deadline=None)
def test_any_text_is_checked(text, expression, known):
    _, diagnostics = checked(text, COLUMNS if known else None, expression=expression)

    for each in diagnostics:
        assert each.place is not None
        assert 0 <= each.place.span.start <= each.place.span.end <= len(text)


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_what_is_accepted_can_be_rendered(seed):
    random = Random(seed)
    for _ in range(20):
        text = generated.body(random, 1)
        info, diagnostics = checked(text)
        if diagnostics:
            continue
        template = compile_template(text)
        for _ in range(3):
            try:
                rendered = template.render(generated.row(random), seed=0)
            except RenderError as error:
                if "{% macro" in text:  # the types that it is called with are not followed into a macro
                    continue
                assert error.message.startswith(NOT_KNOWABLE), (text, error.message)
            else:
                assert info.texts is None or rendered in info.texts, (text, rendered, info.texts)
