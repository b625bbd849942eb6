"""The grammar as Lark's tables: read from `table.json` beside this file where it is up to date, else built.

Building takes about 250 ms, reading about 5. The file is data, so that loading it runs nothing; its key covers all
that the tables depend on. After a change of the grammar, `write()` writes it anew:

    python -c "from recipe_lang.syntax.automaton import write; write()"
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import lark
from lark.lexer import BasicLexer

from recipe_lang.resources import grammar_text
from recipe_lang.syntax.builder import Builder
from recipe_lang.syntax.lexer import Significant

TABLE = Path(__file__).with_name("table.json")

_OPTIONS: dict[str, Any] = {
    "parser": "lalr",
    "lexer": "basic",
    "start": ["file", "lone"],
    "keep_all_tokens": True,
    "maybe_placeholders": False,
}


@cache
def automaton() -> lark.Lark:
    return load() or build()


@cache
def lexer() -> BasicLexer:
    """The lexer without the pass behind it."""
    return BasicLexer(automaton().lexer_conf)


def build(*, strict: bool = False) -> lark.Lark:
    """Builds the tables from the grammar. `strict` refuses every conflict and needs `interegular`."""
    return lark.Lark(grammar_text(), postlex=Significant(), transformer=Builder, strict=strict, **_OPTIONS)


def key() -> str:
    """What the tables depend on: the grammar, the options, Lark's version."""
    text = "\0".join((grammar_text(), json.dumps(_OPTIONS, sort_keys=True), lark.__version__))
    return hashlib.sha256(text.encode()).hexdigest()


def load(path: Path = TABLE) -> lark.Lark | None:
    """The tables from a file; None where it is missing, damaged or belongs to another grammar or Lark."""
    try:
        stored = json.loads(path.read_bytes())
        if stored["key"] != key():
            return None
        data, memo = stored["data"], _numbered(stored["memo"])
        table = data["parser"]["parser"]
        table["tokens"] = _numbered(table["tokens"])
        table["states"] = {int(state): _numbered(actions) for state, actions in table["states"].items()}
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return None
    # What Lark's stand-alone parsers are loaded with; `Lark.load` would unpickle.
    return lark.Lark._load_from_dict(data, memo, postlex=Significant(), transformer=Builder)


def _numbered(mapping: dict[str, Any]) -> dict[int, Any]:
    return {int(number): value for number, value in mapping.items()}


def write(path: Path = TABLE) -> None:
    """Writes the file for the grammar as it is. The order of the states may differ from one time to the next."""
    data, memo = build().memo_serialize([lark.lexer.TerminalDef, lark.grammar.Rule])
    data["options"] = _OPTIONS
    stored = {"key": key(), "data": data, "memo": memo}
    path.write_text(json.dumps(stored, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")
