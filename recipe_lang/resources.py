"""The files that ship beside the code: the grammar and the standard library of recipes.

In an installed wheel they stand in `recipe_lang/_shipped/`, in a checkout (an editable install included) in the
repository's own `grammar/` and `recipes/std/`.
"""

from __future__ import annotations

import re
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _shipped(installed: str, checkout: str) -> Path:
    inside = _PACKAGE / "_shipped" / installed
    return inside if inside.exists() else _PACKAGE.parent / checkout


def grammar_text() -> str:
    """The text of `ift.lark`, the normative grammar."""
    return _shipped("grammar/ift.lark", "grammar/ift.lark").read_text(encoding="utf-8")


def standard_library() -> Path:
    """The folder that import paths beginning with `std/` are looked up in."""
    return _shipped("std", "recipes/std")


def library_files(name: str) -> list[str]:
    """The import paths of the standard library's files of that name."""
    library = standard_library()
    return [
        f"std/{path.relative_to(library).as_posix()}" for path in sorted(library.rglob("*.ift")) if path.name == name
    ]


def library_blocks(name: str) -> list[tuple[str, str]]:
    """Import paths of the standard library's files with the block that is called so; of a file called so, its `all`."""
    library, found = standard_library(), []
    for path in sorted(library.rglob("*.ift"), key=lambda path: (path.stem != name, path)):
        block = "all" if path.stem == name else name
        declares = re.compile(rf"^(?:task|suite|mixture|dataset|template|model) {re.escape(block)}\b", re.MULTILINE)
        if declares.search(path.read_text(encoding="utf-8")):
            found.append((f"std/{path.relative_to(library).as_posix()}", block))
    return found
