"""The grammar as Lark's tables."""

from __future__ import annotations

from functools import cache

from lark import Lark
from lark.lexer import BasicLexer

from recipe_lang.resources import grammar_text
from recipe_lang.syntax.builder import Builder
from recipe_lang.syntax.lexer import Significant

OPTIONS = {
    "parser": "lalr",
    "lexer": "basic",
    "start": ["file", "lone"],
    "keep_all_tokens": True,
    "maybe_placeholders": False,
}


def build(*, strict: bool = False) -> Lark:
    """Builds the tables from the grammar. `strict` refuses every conflict and needs `interegular`."""
    return Lark(grammar_text(), postlex=Significant(), transformer=Builder, strict=strict, **OPTIONS)


@cache
def automaton() -> Lark:
    return build()


@cache
def lexer() -> BasicLexer:
    """The lexer without the pass behind it."""
    return BasicLexer(automaton().lexer_conf)
