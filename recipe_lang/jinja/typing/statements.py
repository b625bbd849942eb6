"""Typing of what prints and of what sets names."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from jinja2 import nodes

from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.jinja.types import (
    PRINTABLE,
    UNKNOWN,
    Items,
    MacroType,
    alternatives,
    describe,
    element,
    fits,
    kind,
    plain,
)
from recipe_lang.jinja.typing.output import NOTHING_PRINTED, Output, body, executes
from recipe_lang.jinja.typing.walk import Local, Path, Scope, Value, Walk, Where, present_type, value_of


@executes(nodes.Output)
def _output(node: nodes.Output, walk: Walk, scope: Scope) -> Output:
    output = NOTHING_PRINTED
    for part in node.nodes:
        if isinstance(part, nodes.TemplateData):
            output = output.then(Output((part.data,)))
        else:
            output = output.then(_printed(part, walk, scope))
    return output


def _printed(node: nodes.Expr, walk: Walk, scope: Scope) -> Output:
    value = value_of(node, walk, scope)
    type_ = present_type(walk, node, value)
    if not fits(type_, PRINTABLE):
        shown = walk.shown(node)
        cure = {
            "list": f'write `{shown} | join(", ")`, or `{shown} | tojson`',
            "record": f"name a field: `{shown}.…`; or write `{shown} | tojson`",
            "map": f"write `{shown} | tojson`",
            "function": f"call it: `{shown}(…)`",
        }.get(kind(type_), "print one of its fields")
        walk.report(problems.printed_structure(shown, describe(type_), cure, walk.place(node)))
    for path in value.shows:
        if not walk.is_silent:
            walk.printed.setdefault(path, partial(walk.place, node))
    texts = alternatives(type_)
    return Output(texts, value.source, len(texts or ()) <= 1 or value.source is not None)


def assign(target: nodes.Expr, value: Value, walk: Walk, scope: Scope) -> None:
    """Binds the names of a target; those of a tuple take the elements of the value."""
    if isinstance(target, nodes.Name):
        _set(target, value, walk, scope)
    elif isinstance(target, nodes.Tuple):
        type_ = plain(value.type)
        known_items = isinstance(type_, Items) and len(type_.items) == len(target.items)
        if kind(type_) not in ("list", "unknown") or (isinstance(type_, Items) and not known_items):
            user, wanted = f"a target of {len(target.items)} names", f"a list of {len(target.items)}"
            place, found = walk.place(target), describe(type_)
            walk.report(problems.wrong_argument(user, wanted, "the value", found, None, place))
        for number, part in enumerate(target.items):
            item = type_.items[number] if known_items else UNKNOWN if isinstance(type_, Items) else element(type_)
            source = None if value.source is None else (*value.source, number)
            shows = value.shows if source is None else frozenset([source])
            assign(part, Value(item, None, source, shows), walk, scope)
    else:
        why = "values are never changed; set a name"
        walk.report(problems.forbidden_construct("setting a field", why, walk.place(target)))


@executes(nodes.Assign)
def _set_value(node: nodes.Assign, walk: Walk, scope: Scope) -> Output:
    assign(node.target, value_of(node.node, walk, scope), walk, scope)
    return NOTHING_PRINTED


def _set(target: nodes.Name, value: Value, walk: Walk, scope: Scope) -> None:
    if target.name.startswith("_"):
        why = "names do not begin with an underscore"
        walk.report(problems.forbidden_construct(f"`{target.name}`", why, walk.name_place(target)))
        return
    walk.lost.pop(target.name, None)
    scope.names[target.name] = Local(walk.fresh(value), walk.name_place(target))
    if target.name in scope.outside:
        scope.set_inside[target.name] = target


@executes(nodes.AssignBlock)
def _assign_block(node: nodes.AssignBlock, walk: Walk, scope: Scope) -> Output:
    value, _, _ = _through(node, walk, scope)
    assign(node.target, value, walk, scope)
    return NOTHING_PRINTED


@executes(nodes.FilterBlock)
def _filter_block(node: nodes.FilterBlock, walk: Walk, scope: Scope) -> Output:
    value, printed, exact = _through(node, walk, scope)
    for path in value.shows:
        walk.printed.setdefault(path, printed.get(path) or partial(walk.name_place, node.filter))
    type_ = value.type
    if not fits(type_, PRINTABLE):
        shown = node.filter.name
        walk.report(problems.printed_structure(shown, describe(type_), "add `join`", walk.name_place(node.filter)))
    return Output(alternatives(type_), value.source, exact)


def _through(
    node: nodes.AssignBlock | nodes.FilterBlock, walk: Walk, scope: Scope
) -> tuple[Value, dict[Path, Where], bool]:
    """A block's text through the filters of its tag; what the block prints, and whether all that is known exactly."""
    with walk.printing_aside() as printed:
        output = body(node.body, walk, scope.copy())
    value = Value(output.type, None, output.source, frozenset(printed))
    if node.filter is not None:
        before, walk.block = walk.block, value
        value = value_of(node.filter, walk, scope)
        walk.block = before
    return value, printed, output.exact


@executes(nodes.With)
def _with(node: nodes.With, walk: Walk, scope: Scope) -> Output:
    inner = scope.copy()
    values = [value_of(value, walk, scope) for value in node.values]
    for target, value in zip(node.targets, values, strict=True):
        assign(target, value, walk, inner)
    printed = body(node.body, walk, inner)
    walk.ended.update(inner.own)
    return printed


@executes(nodes.Macro)
def _macro(node: nodes.Macro, walk: Walk, scope: Scope) -> Output:
    place = walk.name_place(node)
    parameters = tuple(argument.name for argument in node.args)
    macro = MacroType(node.name, parameters, len(parameters) - len(node.defaults))
    inner = scope.copy()
    inner.names[node.name] = Local(Value(replace(macro, open=True)), place)
    for default in node.defaults:
        value_of(default, walk, inner)
    for argument in node.args:
        inner.names[argument.name] = Local(walk.fresh(Value(UNKNOWN)), walk.name_place(argument))
    body(node.body, walk, inner)
    walk.ended.update(parameters)
    scope.names[node.name] = Local(Value(macro), place)
    return NOTHING_PRINTED
