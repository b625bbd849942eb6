from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from recipe_lang.source import Source
from recipe_lang.syntax import automaton, parse, parser
from recipe_lang.syntax.lexer import lex
from tests.strategies import mutated, recipes
from tests.syntax.proofs import meaning


def test_the_grammar_has_no_conflicts_and_its_terminals_no_overlap():
    automaton.build(strict=True)


def test_the_grammar_names_no_block_kind_and_no_setting():
    words = {terminal.pattern.value for terminal in automaton.automaton().terminals if terminal.pattern.type == "str"}

    assert {word for word in words if word.isalpha()} == {"import", "as", "for", "true", "false", "none"}


def test_the_shipped_tables_are_up_to_date():
    stored = json.loads(automaton.TABLE.read_text(encoding="utf-8"))

    assert automaton.key() == stored["key"], 'run python -c "from recipe_lang.syntax.automaton import write; write()"'


def test_the_shipped_tables_read_as_the_grammar_does(repository, monkeypatch):
    source = Source("recipe.ift", (repository / "recipes" / "quickstart.ift").read_text(encoding="utf-8"))
    shipped, built = automaton.load(), automaton.build()

    assert [terminal.name for terminal in shipped.terminals] == [terminal.name for terminal in built.terminals]
    trees = []
    for tables in (shipped, built):
        monkeypatch.setattr(parser, "automaton", lambda tables=tables: tables)
        trees.append(parse(source)[0])
    assert trees[0].body.items
    assert meaning(trees[0]) == meaning(trees[1])


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"key": "other"}', '{"key": 1, "data"', "\x00"])
def test_tables_that_cannot_be_used_are_left_alone(tmp_path, text):
    path = tmp_path / "table.json"
    path.write_text(text)

    assert automaton.load(path) is None
    assert automaton.load(tmp_path / "missing.json") is None


def test_damaged_tables_of_the_right_grammar_are_left_alone(tmp_path):
    path = tmp_path / "table.json"
    path.write_text(json.dumps({"key": automaton.key(), "data": {"parser": 3}, "memo": {}}))

    assert automaton.load(path) is None


@given(recipes())
@settings(max_examples=30, deadline=None)
def test_tokens_and_the_blanks_between_them_are_the_text(text):
    file, _ = parse(Source("recipe.ift", text))

    at = 0
    for token in file.tokens:
        assert text[at : token.start_pos].strip(" \t") == ""
        assert text[token.start_pos : token.end_pos] == str(token)
        at = token.end_pos
    assert text[at:].strip(" \t") == ""


@given(mutated())
@settings(max_examples=30, deadline=None)
def test_every_text_has_tokens(text):
    tokens = lex(automaton.lexer(), text)

    assert text.translate({32: None, 9: None}) == "".join(tokens).translate({32: None, 9: None})


@pytest.mark.parametrize("word", ["import", "as", "for", "true", "false", "none"])
def test_reserved_words_name_nothing(word):
    for text in (f"{word} = 1", f"{word} {{}}", f"t {word} {{}}", f"a = f({word} = 1)", f"a.{word} = 1"):
        _, found = parse(Source("recipe.ift", text))

        assert len(found) == 1
