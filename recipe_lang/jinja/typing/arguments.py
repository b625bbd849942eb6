"""Arguments of filters, tests, functions and macros, against their parameters."""

from __future__ import annotations

from jinja2 import nodes

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.jinja.table import Kinds, Operation, Parameter
from recipe_lang.jinja.types import UNKNOWN, Type, fits, followed, joined, members
from recipe_lang.jinja.typing.walk import Scope, Value, Walk, present_type, value_of

_WORDS = {
    "text": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "map": "a map",
    "record": "a record",
}


def in_words(kinds: Kinds) -> str:
    """`a text, a list or a map`."""
    if kinds >= {"text", "int", "float", "bool"} and "list" not in kinds:
        return "a text or a number"
    words = [_WORDS[name] for name in _WORDS if name in kinds and not (name == "int" and "float" in kinds)]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def signature(name: str, parameters: tuple[Parameter, ...]) -> str:
    words = [p.name if p.required else f"{p.name} = …" for p in parameters]
    return f"{name}({', '.join(words)})" if words else name


Call = nodes.Filter | nodes.Test | nodes.Call
Bound = dict[str, tuple[nodes.Expr, Value]]


def bind(node: Call, name: str, parameters: tuple[Parameter, ...], walk: Walk, scope: Scope) -> Bound | None:
    """Arguments by parameter name; None where the call itself is wrong, which is reported."""
    written = signature(name, parameters)
    bound: Bound = {}
    given = [(None, argument) for argument in node.args]
    given += [(pair.key, pair.value) for pair in node.kwargs]
    mistake: Diagnostic | None = None
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        why = "write the arguments one by one"
        mistake = problems.forbidden_construct("`*` in a call", why, walk.place(node.dyn_args or node.dyn_kwargs))
    names = [parameter.name for parameter in parameters]
    for number, (key, argument) in enumerate(given):
        value = value_of(argument, walk, scope)
        slot = key if key is not None else names[number] if number < len(names) else None
        if mistake is not None:
            continue
        if slot is None:
            most = f"no more than {len(names)} argument{'s' * (len(names) != 1)}" if names else "no arguments"
            mistake = problems.wrong_call(name, f"takes {most}", written, walk.place(argument))
        elif slot not in names:
            place = walk.name_place(node.kwargs[number - len(node.args)])
            mistake = problems.wrong_call(name, f"has no argument `{slot}`", written, place)
        elif slot in bound:
            mistake = problems.wrong_call(name, f"is given `{slot}` twice", written, walk.place(argument))
        else:
            bound[slot] = (argument, value)
    missing = [p.name for p in parameters if p.required and p.name not in bound]
    if missing and mistake is None:
        mistake = problems.wrong_call(name, f"is called without `{missing[0]}`", written, _callee(node, walk))
    if mistake is not None:
        walk.report(mistake)
        return None
    return bound


def _callee(node: Call, walk: Walk) -> Place:
    if not isinstance(node, nodes.Call):
        return walk.name_place(node)
    return walk.name_place(node.node) if isinstance(node.node, nodes.Getattr) else walk.place(node.node)


def operate(node: Call, entry: Operation, base: Type, walk: Walk, scope: Scope) -> tuple[Type, list[Value]]:
    """The type that a filter, method or function gives, unknown after a mistake in its arguments; and these."""
    parameters = entry.parameters or ()
    bound = bind(node, entry.name, parameters, walk, scope)
    if bound is None:
        return UNKNOWN, []
    types: dict[str, Type] = {}
    right = True
    for parameter in parameters:
        if parameter.name in bound:
            argument, value = bound[parameter.name]
            type_ = types[parameter.name] = present_type(walk, argument, value)
            if not fits(type_, parameter.takes):
                user = f"`{parameter.name}` of `{entry.name}`"
                walk.wrong(user, in_words(parameter.takes), argument, type_)
                right = False
    values = [value for _, value in bound.values()]
    result = joined(*(entry.gives(each, types) for each in members(base))) if right else UNKNOWN
    return followed(result), values
