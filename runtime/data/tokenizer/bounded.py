"""Keeps a chat template inside a budget: it comes with a model, from whoever published it.

The budget and the rewriting of loops, `~`, slices and comparisons are those of a recipe's templates
(`recipe_lang.jinja`); what a foreign template may do is not narrowed. Nothing is calculated while it is compiled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from math import prod
from typing import Any

from jinja2 import Template as CompiledTemplate
from jinja2 import TemplateError, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import _PassArg

from recipe_lang.jinja.bounds import ARITHMETIC, Bound, paced, read
from recipe_lang.jinja.limits import Refused, Run, at_most_characters, at_most_elements, whole

SOURCE = 1 << 20
"""Characters of a template."""
GROWTH = 100_000_000
"""The product of all that decides how large a result may become: sizes of texts and lists, and numbers."""

_GROWING = frozenset({"replace", "join", "center", "ljust", "rjust", "zfill", "expandtabs", "format", "format_map"})
_GROWING_FILTERS = _GROWING | {
    "string",
    "pprint",
    "urlencode",
    "indent",
    "wordwrap",
    "tojson",
    "batch",
    "slice",
    "xmlattr",
    "urlize",
    "truncate",
}
_WIDE = re.compile(r"\d{6}|\*")
"""A width in a pattern to format by."""

OUT_OF_BOUNDS = (Refused, OverflowError, MemoryError)


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """`render` gives each rendering a budget of its own, which grows with what it reads."""

    intercepted_binops = frozenset(ARITHMETIC)

    def __init__(self, filters: Mapping[str, Callable[..., Any]], **options: Any) -> None:
        super().__init__(**options, optimized=False, finalize=_printed)
        known = self.filters | filters
        self.filters = {name: _charged(name, run) for name, run in known.items()} | _PRIVATE

    def compiled(self, source: str) -> CompiledTemplate:
        """Raises TemplateError."""
        if len(source) > SOURCE:
            raise TemplateError(f"it has more than {SOURCE:,} characters")
        try:
            tree = _Bound().visit(self.parse(source).set_environment(self)).set_environment(self)
            code = compile(self._generate(tree, None, None), "<template>", "exec")
        except (ValueError, RecursionError, SyntaxError, MemoryError) as error:
            raise TemplateError(f"it cannot be compiled ({type(error).__name__})") from error
        return CompiledTemplate.from_code(self, code, self.make_globals(None), None)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        run: Run = context["_run"]
        if isinstance(left, (int, float)) and isinstance(right, (int, float)):
            if operator == "**" and abs(right) > 64:
                raise Refused("a power above 64 is taken")
            return whole(ARITHMETIC[operator](left, right))
        if operator == "*":
            at_most_characters(prod(_size(value) for value in (left, right)))
        if operator == "%" and isinstance(left, str):
            _verify_growth("format", left, right if isinstance(right, tuple) else [right], {})
        run.spend_reading(left, right)
        result = ARITHMETIC[operator](left, right)
        run.spend_on(result)
        return result

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        run: Run = __context["_run"]
        run.spend_steps(1)
        # `format` is one that the sandbox has wrapped.
        owner = getattr(getattr(__obj, "__wrapped__", __obj), "__self__", None)
        run.spend_reading(owner, *args)
        if isinstance(owner, str) and __obj.__name__ in _GROWING:
            _verify_growth(__obj.__name__, owner, args, kwargs)
        result = super().call(__context, __obj, *args, **kwargs)
        run.spend_on(result)
        return result


def run_for(given: Mapping[str, Any]) -> Run:
    """A budget for what a conversation of this size may take."""
    run, size = Run(seed=0), sum(_size(message.get("content")) for message in given["messages"])
    run.characters += 8 * size
    run.read += 64 * size
    return run


class _Bound(Bound):
    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:
        return self.generic_visit(node)


def _size(value: Any) -> int:
    if isinstance(value, (str, list, tuple, dict)):
        return max(1, len(value))
    return max(1, abs(value)) if isinstance(value, int) else 1


def _verify_growth(name: str, value: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Before the method or filter `name` is called on `value`."""
    # What is replaced makes nothing longer.
    given = [value, *(args[1:] if name == "replace" else args), *kwargs.values()]
    if prod(_size(each) for each in given) > GROWTH:
        raise Refused(f"a text would grow to more than {GROWTH:,} characters")
    if name.startswith("format") and isinstance(value, str) and _WIDE.search(value):
        raise Refused("a text is formatted to a width beyond all bounds")
    _verify_printed(given)


def _verify_printed(values: Iterable[Any]) -> None:
    """A list that holds one text a million times is small until it is printed."""
    stack, elements, size = list(values), 0, 0
    while stack:
        value = stack.pop()
        elements, size = elements + 1, size + (len(value) if isinstance(value, str) else 0)
        at_most_elements(elements)
        at_most_characters(size)
        if isinstance(value, (list, tuple)):
            stack.extend(value)
        elif isinstance(value, dict):
            stack.extend((*value, *value.values()))


def _charged(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    wants = _PassArg.from_obj(function)

    @pass_context
    @wraps(function)
    def filter_(context: Context, *args: Any, **kwargs: Any) -> Any:
        run: Run = context["_run"]
        run.spend_steps(1)
        run.spend_reading(*args)
        if name in _GROWING_FILTERS and args:
            _verify_growth(name, args[0], args[1:], kwargs)
        passed = {_PassArg.context: context, _PassArg.environment: context.environment, None: None}
        first = () if wants is None else (passed.get(wants, context.eval_ctx),)
        result = function(*first, *args, **kwargs)
        run.spend_on(result)
        return result

    filter_.jinja_pass_arg = _PassArg.context
    return filter_


@pass_context
def _printed(context: Context, value: Any) -> str:
    if not isinstance(value, str):
        _verify_printed([value])
    text = str(value)
    context["_run"].spend_characters(len(text))
    return text


@pass_context
def _concat(context: Context, values: list[Any]) -> str:
    _verify_printed(values)
    texts = [str(value) for value in values]
    context["_run"].spend_characters(sum(map(len, texts)))
    return "".join(texts)


@pass_context
def _slice(context: Context, value: Any, start: Any, stop: Any, step: Any) -> Any:
    part = value[start:stop:step]
    context["_run"].spend_on(part)
    return part


@pass_context
def _sized(context: Context, value: Any) -> Any:
    at_most_elements(len(value))
    context["_run"].spend_on(value)
    return value


_PRIVATE = {"_each": paced, "_concat": _concat, "_slice": _slice, "_sized": _sized, "_read": read}
