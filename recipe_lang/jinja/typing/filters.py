"""Typing of filters."""

from __future__ import annotations

from jinja2 import nodes

from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.jinja.table import FILTERS, Operation
from recipe_lang.jinja.types import (
    NUMBER_KINDS,
    UNKNOWN,
    Items,
    Type,
    Unknown,
    describe,
    element,
    fits,
    kind,
    label_of,
    plain,
)
from recipe_lang.jinja.typing.arguments import in_words, operate
from recipe_lang.jinja.typing.elements import field_or_self, over_elements
from recipe_lang.jinja.typing.walk import Scope, Value, Walk, evaluates, present_type, value_of
from recipe_lang.jinja.words import FILTER_CURES, NOT_DETERMINISTIC


@evaluates(nodes.Filter)
def _filter(node: nodes.Filter, walk: Walk, scope: Scope, guarded: bool) -> Value:
    # `{% filter upper %}` has no expression in front of it, but the text that its block prints.
    base = walk.block if node.node is None else value_of(node.node, walk, scope, guarded or node.name == "default")
    return filtered(node, base, walk, scope)


def filtered(node: nodes.Filter, base: Value, walk: Walk, scope: Scope) -> Value:
    if node.name in NOT_DETERMINISTIC:
        walk.report(problems.not_deterministic(node.name, NOT_DETERMINISTIC[node.name], walk.name_place(node)))
    elif node.name not in FILTERS:
        cure = FILTER_CURES.get(node.name)
        walk.report(problems.unknown_filter(node.name, list(FILTERS), cure, walk.name_place(node)))
    if node.name not in FILTERS:
        for argument in (*node.args, *(pair.value for pair in node.kwargs)):
            value_of(argument, walk, scope)
        return Value(UNKNOWN, shows=base.shows)
    entry = FILTERS[node.name]
    walk.draws |= entry.name == "pick"
    absence_is_fine = "optional" in entry.takes or node.node is None
    type_ = plain(base.type) if absence_is_fine else present_type(walk, node.node, base)
    right = _takes(node, entry, type_, walk)
    if entry.parameters is None:
        return over_elements(node, entry, base, type_ if right else UNKNOWN, walk, scope)
    result, _ = operate(node, entry, type_, walk, scope)
    if not right:
        result = UNKNOWN
    by_attribute = any(pair.key == "attribute" for pair in node.kwargs)
    if entry.name in ("first", "last") and base.source is not None:
        source = (*base.source, 0 if entry.name == "first" else -1)
        return Value(result, None, source, frozenset([source]))
    if not entry.keeps or by_attribute:
        return Value(result)
    return Value(result, None, base.source, base.shows)


def _takes(node: nodes.Filter, entry: Operation, type_: Type, walk: Walk) -> bool:
    """Whether a filter can be applied to a value of a type; reported where not."""
    wanted = None
    if not fits(type_, entry.takes):
        wanted = in_words(entry.takes)
    elif entry.name == "position" and label_of(type_) is None and not isinstance(type_, Unknown):
        wanted = "a label column"
    elif entry.elements is not None and kind(type_) == "list":
        items = [
            field_or_self(node, item, walk) for item in (type_.items if isinstance(type_, Items) else (element(type_),))
        ]
        found = {kind(item) for item in items}
        mixed = "text" in found and bool(NUMBER_KINDS & found) and entry.name != "join"
        if mixed or not all(fits(item, entry.elements) for item in items):
            wanted = f"a list of {'texts or of numbers' if 'text' in entry.elements else 'numbers'}"
    if wanted is None:
        return True
    shown = walk.shown(node.node) if node.node is not None else "the block"
    cure = None
    if kind(type_) == "text" and entry.takes == {"list"}:
        cure = f'`{shown}.split(",")` makes a list of a text'
    elif kind(type_) in NUMBER_KINDS and entry.takes == {"text"}:
        cure = f"write `{shown} | string` before it"
    elif "optional" in (kind(element(type_)),):
        cure = 'some elements may be absent: `select("defined")` keeps the others'
    walk.report(problems.wrong_argument(f"`{entry.name}`", wanted, shown, describe(type_), cure, walk.name_place(node)))
    return False
