"""Names that people bring along from Jinja, Python and other template collections, and what to write instead."""

from __future__ import annotations

FORBIDDEN_NAMES = {
    "namespace": "values are never changed; use filters over the whole list",
    "dict": 'write `{"name": value}`',
    "cycler": "use `loop.index0` and a list",
    "joiner": "use `join`",
    "self": "there are no blocks",
    "super": "there are no blocks",
    "caller": "there are no call blocks",
    "varargs": "a macro names all of its arguments",
    "kwargs": "a macro names all of its arguments",
    "loop": "it exists inside a loop only",
}

_NO_CHANGE = "values are never changed; build the list with `map`, `select`, `reject` or `+`"
UNCHANGING = dict.fromkeys(
    ("append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "update", "setdefault"), _NO_CHANGE
)

_NOW = "write the date as text"
_DRAW = "use `pick`, which draws by the seed of the row"
NOT_DETERMINISTIC = {
    "random": _DRAW,
    "choice": _DRAW,
    "shuffle": _DRAW,
    "sample": _DRAW,
    "lipsum": "write the text",
    "now": _NOW,
    "today": _NOW,
    "strftime": _NOW,
    "strftime_now": _NOW,
    "uuid": "put an identifier into a column",
}

FILTER_CURES = {
    "count": "write `length`",
    "d": "write `default`",
    "strip": "write `trim`",
    "str": "write `string`",
    "number": "write `int` or `float`",
    "safe": "texts are never escaped: leave it out",
    "escape": "texts are never escaped: leave it out",
    "e": "texts are never escaped: leave it out",
    "forceescape": "texts are never escaped: leave it out",
    "format": "join texts and numbers with `~`; `round` gives the digits",
    "attr": "write the field with a dot",
    "truncate": "write `x[:80]`; `overlong` in a task handles long rows",
    "slice": "write `x[a:b]`",
    "batch": "write `x[a:b]`",
    "groupby": "prepare groups in the data",
    "center": "its width has no bound: write the spaces",
    "indent": "its width has no bound: use `replace`",
    "wordwrap": "prepare the text in the data",
    "striptags": "prepare the text in the data",
    "pprint": "write `tojson`",
    "to_json": "write `tojson`",
    "most_frequent": "prepare the value in the data",
    "split": 'write it as a method: `x.split(",")`',
    "startswith": 'write it as a method: `x.startswith("…")`',
    "endswith": 'write it as a method: `x.endswith("…")`',
    "keys": "write `list`",
    "filter": "write `select` or `reject`",
    "enumerate": "use `loop.index0`",
    "zip": "write it as a function: `zip(a, b)`",
    "range": "write it as a function: `range(n)`",
    "len": "write `length`",
}

TEST_CURES = {
    "equalto": "write `==`, or `eq` inside `select`",
    "==": "write `eq`",
    "!=": "write `ne`",
    ">": "write `gt`",
    ">=": "write `ge`",
    "<": "write `lt`",
    "<=": "write `le`",
    "greaterthan": "write `>`, or `gt` inside `select`",
    "lessthan": "write `<`, or `lt` inside `select`",
    "sameas": "write `==`",
    "true": "a truth value is its own test: write it alone, or `not` before it",
    "false": "a truth value is its own test: write it alone, or `not` before it",
    "boolean": "declare the column's type",
    "integer": "declare the column's type",
    "float": "declare the column's type",
    "mapping": "declare the column's type",
    "sequence": "declare the column's type",
    "iterable": "declare the column's type",
    "empty": "write `not x`",
    "null": "write `none`",
    "contains": 'write `"…" in x`',
    "startswith": 'write it as a method: `x.startswith("…")`',
}

TAGS = {
    "do": "values are never changed; use `set` and filters",
    "break": "choose the elements before the loop: `select`, `[:n]`",
    "continue": "choose the elements before the loop: `{% for x in list if … %}`",
    "generation": "it belongs to chat templates; a template's completion is what is trained",
    "trans": "write the text",
    "include": "a template is one text",
    "import": "a template is one text; macros stand where they are used",
    "from": "a template is one text; macros stand where they are used",
    "extends": "a template is one text",
    "block": "a template is one text; `set` or a macro names a part of it",
    "call": "pass texts to a macro as arguments",
    "autoescape": "texts are never escaped",
    "debug": "`ift preview` shows the rows",
}

TAG_SPELLINGS = {"elseif": "elif", "elsif": "elif", "fi": "endif", "foreach": "for", "switch": "if", "unless": "if not"}
"""Of other template languages and shells."""

_QUOTE = "texts stand in straight quotes: write `'`"
_MINUS = "write `-`"
CHARACTERS = {
    "!": "write `not x`, or `x != y`",
    "&": "write `and`",
    "?": "write `a if x else b`",
    ";": "leave it out",
    "$": "a column is written by its name alone",
    "@": "a column is written by its name alone",
    "#": "a comment is written `{# … #}`",
    "^": "write `**`",
    "`": _QUOTE,
    "…": "write what it stands for",
    "×": "write `*`",
    "÷": "write `/`",
    "≥": "write `>=`",
    "≤": "write `<=`",
    "≠": "write `!=`",
    "→": "leave it out",
    **dict.fromkeys("“”„‟‘’‚‛«»‹›´", _QUOTE),
    **dict.fromkeys("–—−‐‑", _MINUS),
}
"""Characters that mean nothing in Jinja."""

ROWS = frozenset(
    (
        "row",
        "item",
        "example",
        "doc",
        "record",
        "sample",
        "instance",
        "data",
        "entry",
        "inputs",
        "batch",
        "x",
        "columns",
    )
)
"""What a row is called elsewhere, before the name of its column."""
