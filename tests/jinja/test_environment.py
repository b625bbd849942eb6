from __future__ import annotations

import pytest

from recipe_lang.jinja.environment import RenderError, compile_expression, compile_template


def render(text: str, seed: int = 0, **variables: object) -> str:
    return compile_template(text).render(variables, seed=seed)


def test_empty_lines_at_both_ends_are_trimmed_and_spaces_never():
    assert render("\n\n  a {{ x }} \n\n", x="b") == "  a b "


def test_expressions_are_written_without_braces():
    keep = compile_expression("dialogue | length < 500 and note | length > 2")
    assert keep.evaluate({"dialogue": "hello", "note": "note"}, seed=0) is True
    assert keep.evaluate({"dialogue": "hello", "note": "no"}, seed=0) is False


def test_what_is_absent_is_never_printed():
    with pytest.raises(RenderError, match="absent") as caught:
        render("a\n\n{{ x }}", x=None)
    assert caught.value.line == 3
