"""Every name of the template language; the checker and the renderer read this one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2.filters import FILTERS as STOCK
from jinja2.tests import TESTS as STOCK_TESTS

from recipe_lang.jinja import filters, methods
from recipe_lang.jinja.values import is_absent


def runnable_filters() -> dict[str, Callable[..., Any]]:
    return {
        "length": filters.length, "wordcount": filters.wordcount, "lower": filters.lower, "upper": filters.upper,
        "title": filters.title, "capitalize": filters.capitalize, "trim": filters.trim, "replace": filters.replace,
        "join": filters.join, "first": filters.first, "last": filters.last, "default": filters.default,
        "int": filters.integer, "float": filters.number, "string": filters.as_text, "list": filters.as_list,
        "sort": STOCK["sort"], "unique": filters.unique, "reverse": filters.reverse, "tojson": filters.tojson,
        "round": filters.rounded, "abs": abs, "sum": filters.total, "min": STOCK["min"], "max": STOCK["max"],
        "items": filters.items, "dictsort": STOCK["dictsort"], "map": filters.mapped, "select": filters.select,
        "reject": filters.reject, "selectattr": filters.selectattr, "rejectattr": filters.rejectattr,
        "pick": filters.pick, "position": filters.position,
    }  # fmt: skip


def runnable_tests() -> dict[str, Callable[..., Any]]:
    names = ("odd", "even", "divisibleby", "string", "number", "in", "eq", "ne", "gt", "ge", "lt", "le")
    tests = {name: STOCK_TESTS[name] for name in names}
    return {**tests, "defined": lambda value: not is_absent(value), "undefined": is_absent, "none": is_absent}


def runnable_functions() -> dict[str, Callable[..., Any]]:
    return {"range": methods.bounded_range, "zip": methods.zipped}
