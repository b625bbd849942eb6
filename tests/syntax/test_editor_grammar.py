"""The TextMate grammar for editors knows the same words as the grammar itself."""

from __future__ import annotations

import json
import re

import pytest


@pytest.fixture
def textmate(repository):
    return json.loads((repository / "grammar" / "ift.tmLanguage.json").read_text(encoding="utf-8"))


def strings(node, key):
    if isinstance(node, dict):
        return [value for name, inner in node.items() for value in ([inner] if name == key else strings(inner, key))]
    return [value for inner in node for value in strings(inner, key)] if isinstance(node, list) else []


def test_its_expressions_are_well_formed(textmate):
    expressions = [e for key in ("match", "begin", "end") for e in strings(textmate, key)]

    assert len(expressions) > 15
    for expression in expressions:
        re.compile(expression)


def test_every_rule_that_it_includes_is_there(textmate):
    assert {name.removeprefix("#") for name in strings(textmate, "include")} <= set(textmate["repository"])


def test_it_knows_every_reserved_word(textmate, repository):
    grammar = (repository / "grammar" / "ift.lark").read_text(encoding="utf-8")
    rules = "\n".join(line for line in grammar.splitlines() if not line.startswith("//"))
    reserved = set(re.findall(r'"([a-z]+)"', rules))

    assert len(reserved) == 6
    expressions = "\n".join(strings(textmate, "match"))
    assert all(re.search(rf"\b{word}\b", expressions) for word in reserved)
