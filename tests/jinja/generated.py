"""Random templates, right and wrong ones alike, and random rows of the types in `checking.COLUMNS`."""

from __future__ import annotations

from random import Random
from typing import Any

from recipe_lang.jinja.values import labels
from tests.jinja.checking import COLUMNS

NAMES = [
    *COLUMNS,
    "x",
    "answers.text",
    "author.name",
    "author.country",
    "scores.a",
    "turns[0].role",
    "turns[1].content",
]
CONSTANTS = ["'a'", "'good'", "'a,b'", "0", "1", "-1", "3", "1.5", "none", "true", "[]", "[1, 2]", "('a', 1)"]
CONSTANTS += ["['a', 'b', 'c', 'd', 'e']", "{'role': 'a', 'k': 1}"]
FILTERS = ["length", "wordcount", "lower", "upper", "title", "capitalize", "trim", "replace('a', 'b')", "join"]
FILTERS += ["join('-', attribute = 'content')", "first", "last", "default('z')", "default(0)", "float(0)", "int(0)"]
FILTERS += ["string", "list", "sort", "sort(reverse = true)", "unique", "reverse", "tojson", "tojson(2)", "round"]
FILTERS += ["round(1, 'floor')", "abs", "sum", "sum(start = 1)", "min", "max", "items", "dictsort", "map('lower')"]
FILTERS += ["map('length')", "map(attribute = 'role')", "map('default', 'q')", "select", "select('defined')", "pick"]
FILTERS += ["select('odd')", "select('gt', 1)", "select('eq', 'a')", "reject('none')", "selectattr('role', 'eq', 'a')"]
FILTERS += ["selectattr('role')", "position"]
TESTS = ["defined", "not defined", "none", "not none", "undefined", "odd", "divisibleby 2", "string", "in [1]", "eq 1"]
INDEXES = ["0", "1", "-1", "stars - 1", "stars", "mood | position", "1:", "::2", ":stars"]
CALLS = ["lower()", "split(',')", "startswith('a')", "join(tags)", "replace('a', 'b')", "name", "text", "role"]
RANGES = ["range(3)", "range(stars)", "range(1, stars)", "zip(tags, numbers)", "zip(answers.text, answers.start)"]
LABELS = labels(("good", "bad", "mixed"))
TEXTS = ["", "a", "Hello World", "n\n", " x ", "ä€", "it's", "5"]


def expression(random: Random, depth: int) -> str:
    def part() -> str:
        return expression(random, depth - 1 - random.randrange(2))

    if depth <= 0:
        return random.choice(random.choice([NAMES, NAMES, CONSTANTS]))
    match random.randrange(12):
        case 0 | 1 | 2:
            return f"({part()} | {random.choice(FILTERS)})"
        case 3:
            return f"({part()} {random.choice(['+', '~', '-', '*'])} {part()})"
        case 4:
            return f"({part()} {random.choice(['==', '!=', '<', '>=', 'in', 'not in'])} {part()})"
        case 5:
            return f"({part()} {random.choice(['and', 'or'])} {part()})"
        case 6:
            return random.choice([f"(not {part()})", f"(-{part()})", f"[{part()}, {part()}]"])
        case 7:
            return f"({part()} is {random.choice(TESTS)})"
        case 8:
            return f"({part()} if {part()}{random.choice([f' else {part()}', ''])})"
        case 9:
            return f"{part()}[{random.choice(INDEXES)}]"
        case 10:
            return random.choice(RANGES)
        case _:
            return f"({part()}).{random.choice(CALLS)}"


def body(random: Random, depth: int) -> str:
    return "".join(_statement(random, depth) for _ in range(random.randint(1, 3))) if depth >= 0 else ""


def _statement(random: Random, depth: int) -> str:
    inner = body(random, depth - 1)
    match random.randrange(9):
        case 0 | 1 | 2:
            return f"{{{{ {expression(random, random.randrange(4))} }}}}"
        case 3:
            return random.choice(["text ", "\n", "{dialogue} ", ""])
        case 4 | 5:
            test, other = expression(random, 2), random.choice(["", f"{{% else %}}{body(random, depth - 1)}"])
            return f"{{% if {test} %}}{inner}{other}{{% endif %}}"
        case 6:
            each = random.choice(["{{ x }}", "{{ loop.index }}", "{{ loop.previtem | default('') }}", ""])
            return f"{{% for x in {expression(random, 2)} %}}{inner}{each}{{% endfor %}}"
        case 7:
            return f"{{% set {random.choice(['x', 'hint'])} = {expression(random, 2)} %}}"
        case _:
            return random.choice(
                [
                    f"{{% filter upper %}}{inner}{{% endfilter %}}",
                    f"{{% with x = {expression(random, 1)} %}}{inner}{{% endwith %}}",
                    f"{{% set x %}}{inner}{{% endset %}}",
                    f"{{% macro m(x) %}}{{{{ x is defined }}}}{inner}{{% endmacro %}}{{{{ m(1) }}}}",
                ]
            )


def row(random: Random) -> dict[str, Any]:
    def text() -> str:
        return random.choice(TEXTS)

    return {
        "dialogue": text(),
        "note": text(),
        "hint": random.choice([None, text()]),
        "age": random.choice([None, 0, 3]),
        "stars": random.randint(1, 5),
        "count": random.randint(-9, 99),
        "score": random.random() * 4 - 2,
        "flag": random.random() < 0.5,
        "mood": random.choice(LABELS),
        "tags": [text() for _ in range(random.randint(3, 5))],
        "numbers": [random.randint(-5, 9) for _ in range(random.randint(3, 5))],
        "answers": {"text": [text() for _ in range(3)], "start": [1, 2, 3]},
        "author": {"name": text(), "country": random.choice([None, "DE"])},
        "scores": {key: random.random() for key in random.sample("abc", random.randint(0, 3))},
        "turns": [{"role": random.choice(["system", "user"]), "content": text()} for _ in range(3)],
    }
