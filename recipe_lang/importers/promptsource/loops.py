"""Loops that `.append` to a list as filters over the list that they go through."""

from __future__ import annotations

from jinja2 import nodes

from recipe_lang.importers.promptsource.read import NotConvertible
from recipe_lang.importers.promptsource.segments import Segment, cut, joined, tree
from recipe_lang.jinja.positions import Parsed

_METHODS = {"lower": "lower", "upper": "upper", "title": "title", "strip": "trim", "replace": "replace"}


def without_append(segments: list[Segment], report: list[str]) -> list[Segment]:
    """Raises: NotConvertible where a list is appended to in a way that filters cannot follow."""
    result = list(segments)
    while (found := _next(result)) is not None:
        start, end, name, value = found
        if not all(segment.blank or segment.tag == "set" for segment in result[:start]):
            raise NotConvertible(f"`{name}.append` prints white space in the middle of the text")
        before = [segment for segment in result[:start] if not _empties(segment, name)]
        if len(before) == start:
            raise NotConvertible(f"`{name}` does not begin as an empty list")
        result = [*before, *cut(f"{{% set {name} = {value} %}}"), *result[end:]]
        report.append(f"the loop that appends to `{name}` became filters: `{value}`")
    return result


def _next(segments: list[Segment]) -> tuple[int, int, str, str] | None:
    """The first loop that appends: where it begins and ends, the list's name, and what it comes to hold."""
    for number, segment in enumerate(segments):
        if any(word.text == "append" for word in segment.words):
            start = next((at for at in range(number, -1, -1) if segments[at].tag == "for"), None)
            end = next((at for at in range(number, len(segments)) if segments[at].tag == "endfor"), None)
            if start is None or end is None:
                raise NotConvertible("`.append` stands outside a loop")
            body = [each for each in segments[start + 1 : end] if not each.blank]
            if len(body) != 1 or body[0].kind != "print":
                raise NotConvertible("a loop that appends does more than that")
            name, value = _appended(segments[start], body[0])
            return start, end + 1, name, value
    return None


def _empties(segment: Segment, name: str) -> bool:
    return segment.tag == "set" and [word.text for word in segment.words] == ["set", name, "=", "[", "]"]


def _appended(loop: Segment, body: Segment) -> tuple[str, str]:
    parsed = tree(f"{joined([loop])}{joined([body])}{{% endfor %}}")
    for_ = next(parsed.tree.find_all(nodes.For))
    call = next(
        (
            call
            for call in parsed.tree.find_all(nodes.Call)
            if isinstance(call.node, nodes.Getattr) and call.node.attr == "append" and len(call.args) == 1
        ),
        None,
    )
    plain = isinstance(for_.target, nodes.Name) and for_.test is None and not for_.recursive
    if call is None or not plain or not isinstance(call.node.node, nodes.Name):
        raise NotConvertible("a loop that appends has a form that filters cannot follow")
    source = parsed.text[slice(*parsed.range(for_.iter))]
    return call.node.node.name, " | ".join([source, *_steps(call.args[0], for_.target.name, parsed)])


def _steps(node: nodes.Expr, item: str, parsed: Parsed) -> list[str]:
    """What is done to each element, one `map` a step."""
    match node:
        case nodes.Name(name=name) if name == item:
            return []
        case nodes.Filter(node=inner, name=name, kwargs=[], dyn_args=None, dyn_kwargs=None) if inner is not None:
            return [*_steps(inner, item, parsed), _map(name, node.args, parsed)]
        case nodes.Call(node=nodes.Getattr(node=inner, attr=name), kwargs=[]) if name in _METHODS:
            return [*_steps(inner, item, parsed), _map(_METHODS[name], node.args, parsed)]
        case nodes.Getitem(node=inner, arg=nodes.Slice(start=nodes.Const() as start, stop=None, step=None)):
            return [*_steps(inner, item, parsed), _map("drop", [start], parsed)]
    raise NotConvertible(f"`{parsed.shown(node)}` cannot be done by filters over a list")


def _map(name: str, arguments: list[nodes.Expr], parsed: Parsed) -> str:
    if not all(isinstance(argument, nodes.Const) for argument in arguments):
        raise NotConvertible(f"`{name}` has arguments that change from element to element")
    words = [f'"{name}"', *(parsed.text[slice(*parsed.range(argument))] for argument in arguments)]
    return f"map({', '.join(words)})"
