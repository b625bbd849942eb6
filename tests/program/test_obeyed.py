"""Settings that somebody reads: one that can be written and changes nothing is worse than one that is refused."""

from __future__ import annotations

import ast
from pathlib import Path

from recipe_lang.program.block import settings_of
from recipe_lang.program.kinds import KINDS, model_of


def test_each_setting_is_read_by_name_somewhere_beside_its_declaration(repository: Path):
    read = {
        name
        for package in ("recipe_lang", "runtime")
        for path in (repository / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in names(node)
        if path.parent.name != "schema" and not path.name.startswith("elsewhere")
    }
    declared = {(kind, setting) for kind in KINDS for setting in settings_of(model_of(kind))}

    assert {(kind, setting) for kind, setting in declared if setting not in read and f"{setting}_" not in read} == set()


def names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Attribute):
        return [node.attr]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []
