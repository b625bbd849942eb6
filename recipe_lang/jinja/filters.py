"""What the filters of the template language do to values.

Jinja's own where they are pure and bounded; ours where Jinja gives a generator, a silent default, HTML or an
unbounded result. Filters return lists, never generators, so that `| map("lower") | length` works.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from jinja2 import filters as stock
from jinja2 import pass_context, pass_environment
from jinja2.environment import Environment
from jinja2.runtime import Context, Undefined

from recipe_lang.jinja.limits import Refused, Run, at_most_characters, at_most_elements, leaves, whole
from recipe_lang.jinja.values import Label, Missing, as_text, is_absent, kind_in_words, unfit


def default(value: object, otherwise: object = "") -> object:
    """Stands in for what is absent: a column without a value, a missing key, the first of an empty list."""
    return otherwise if is_absent(value) else value


def length(value: Sequence) -> int:
    if not isinstance(value, (str, list, tuple, dict)):
        raise unfit("length", "a text or a list", value)
    return len(value)


def wordcount(value: str) -> int:
    return len(text_of(value, "wordcount").split())


def text_of(value: object, name: str) -> str:
    if isinstance(value, str):
        return value
    raise unfit(name, "a text", value)


def list_of(value: object, name: str) -> Sequence:
    if isinstance(value, (list, tuple)):
        return value
    raise unfit(name, "a list", value)


def lower(value: str) -> str:
    return text_of(value, "lower").lower()


def upper(value: str) -> str:
    return text_of(value, "upper").upper()


def title(value: str) -> str:
    return stock.do_title(text_of(value, "title"))


def capitalize(value: str) -> str:
    return text_of(value, "capitalize").capitalize()


def trim(value: object, characters: str | None = None) -> str:
    """As Jinja's, also of a number, which it prints."""
    return as_text(value).strip(characters)


def replace(value: str, old: str, new: str, count: int = -1) -> str:
    value, old, new = text_of(value, "replace"), text_of(old, "replace"), text_of(new, "replace")
    times = value.count(old)
    at_most_characters(len(value) + (times if count < 0 else min(times, count)) * max(len(new) - len(old), 0))
    return value.replace(old, new, count)


def remove_between(value: str, start: str, end: str) -> str:
    """Without what stands between two marks on one line, marks included: each from a `start` to the next `end`.

    >>> remove_between("Use [1] it. [step] Go [on", "[", "]")
    'Use  it.  Go [on'
    """
    value, start, end = (text_of(each, "remove_between") for each in (value, start, end))
    if not start or not end:
        raise Refused("`remove_between` needs two marks that are not empty")
    return "\n".join(_without(line, start, end) for line in value.split("\n"))


def _without(line: str, start: str, end: str) -> str:
    kept, at = [], 0
    while (opened := line.find(start, at)) >= 0 and (closed := line.find(end, opened + len(start))) >= 0:
        kept.append(line[at:opened])
        at = closed + len(end)
    return "".join([*kept, line[at:]])


def drop(value: Sequence, count: int) -> object:
    """`value[count:]`, for use in `map`."""
    if not isinstance(value, (str, list, tuple)):
        raise unfit("drop", "a text or a list", value)
    return value[max(count, 0) :]


def fill(value: str, placeholder: str, fillings: Sequence) -> list[str]:
    """The text once for each filling, every placeholder replaced: the choices of a cloze question."""
    return [replace(value, placeholder, as_text(filling)) for filling in list_of(fillings, "fill")]


@pass_environment
def join(environment: Environment, value: Iterable, separator: str = "", attribute: str | None = None) -> str:
    values: Iterable = list_of(value, "join")
    if attribute is not None:
        values = map(stock.make_attrgetter(environment, attribute), values)
    texts = [as_text(each) for each in values]
    at_most_characters(sum(map(len, texts)) + len(separator) * len(texts))
    return text_of(separator, "join").join(texts)


def first(value: Sequence) -> object:
    return value[0] if len(value) else _nothing("first", value)


def last(value: Sequence) -> object:
    return value[-1] if len(value) else _nothing("last", value)


def _nothing(name: str, value: object) -> Undefined:
    return Missing(f"`{name}` of an empty {'text' if isinstance(value, str) else 'list'} is nothing")


_NO_DEFAULT = object()


def integer(value: object, default: object = _NO_DEFAULT) -> object:
    """A whole number; a text that is none is refused unless `default` says what to take."""
    try:
        return whole(int(value if not isinstance(value, str) or "." not in value else float(value)))
    except (TypeError, ValueError, OverflowError):
        return _otherwise(value, default, "int", "whole number")


def number(value: object, default: object = _NO_DEFAULT) -> object:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return _otherwise(value, default, "float", "number")


def _otherwise(value: object, default: object, name: str, what: str) -> object:
    if default is not _NO_DEFAULT:
        return default
    shown = f"`{value[:40]}`" if isinstance(value, str) else kind_in_words(value)
    raise Refused(f"{shown} is not a {what}; `{name}(default = …)` says what to take instead")


def string(value: object) -> str:
    return as_text(value)


def as_list(value: Iterable) -> list:
    if not isinstance(value, (str, list, tuple, dict)):
        raise unfit("list", "a list or a text", value)
    at_most_elements(len(value))
    return list(value)


def reverse(value: Sequence) -> object:
    if isinstance(value, str):
        return value[::-1]
    return list(list_of(value, "reverse"))[::-1]


@pass_environment
def unique(
    environment: Environment, value: Iterable, case_sensitive: bool = False, attribute: str | None = None
) -> list:
    return list(stock.sync_do_unique(environment, list_of(value, "unique"), case_sensitive, attribute))


@pass_environment
def total(environment: Environment, value: Iterable, attribute: str | None = None, start: float = 0) -> object:
    return whole(stock.sync_do_sum(environment, list_of(value, "sum"), attribute, start))


def items(value: Mapping) -> list[tuple]:
    if not isinstance(value, Mapping):
        raise unfit("items", "a record or a map", value)
    return list(value.items())


def rounded(value: float, precision: int = 0, method: str = "common") -> float:
    if not -20 <= precision <= 20 or method not in ("common", "ceil", "floor"):
        raise Refused('`round` takes a precision up to 20 and "common", "ceil" or "floor"')
    if method == "common":
        return round(value, precision)
    result = getattr(math, method)(value * (10**precision)) / (10**precision)
    return float(result)


def tojson(value: object, indent: int | None = None) -> str:
    """Plain JSON, as Hugging Face's chat templates write it: nothing is escaped for HTML."""
    if isinstance(value, Undefined):
        raise unfit("tojson", "a value", value)
    leaves([value])
    if indent is not None and not 0 <= indent <= 16:
        raise Refused("`tojson` takes an indent up to 16")
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent)
    except TypeError:
        raise Refused("`tojson` needs texts, numbers, lists and records") from None


def _listed(name: str) -> Callable[..., list]:
    """Jinja's own filter of that name, of a list to a list."""
    given = getattr(stock, f"sync_do_{name}")

    @pass_context
    def filter_(context: Context, value: Iterable, *args: Any, **kwargs: Any) -> list:
        return list(given(context, list_of(value, name), *args, **kwargs))

    return filter_


mapped, select, reject, selectattr, rejectattr = map(_listed, ("map", "select", "reject", "selectattr", "rejectattr"))


@pass_context
def pick(context: Context, value: Sequence) -> object:
    """One element, drawn by the seed of row and template.

    The n-th choice from an equal list is the same one in every text that is rendered with that seed, so prompt and
    completion agree; a second choice from the same list is drawn anew.
    """
    values = list_of(value, "pick")
    if not values:
        raise Refused("`pick` needs a list that is not empty")
    run: Run = context["_run"]
    content = tojson(values)
    draw = run.draws[content] = run.draws.get(content, -1) + 1
    digest = hashlib.sha256(f"{run.seed}\n{draw}\n{content}".encode()).digest()
    return values[int.from_bytes(digest[:8]) % len(values)]


def position(value: object) -> int:
    """The number of a label: 0 for the first name of its column."""
    if isinstance(value, Label):
        return value.position
    raise unfit("position", "a label", value)
