"""Columns under another name, where promptsource's data has one that the template language gives to the choices."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from recipe_lang.importers.promptsource.read import Library, NotConvertible
from recipe_lang.importers.promptsource.segments import tree

TAKEN = "choices"
INSTEAD = "options"
_OWN = frozenset({"answer_choices", "range", "zip", "loop"})


def renamed_columns(library: Library) -> dict[str, str]:
    """A column `choices` is called `options`: in templates, `choices` is their closed set of answers."""
    used = set().union(*(_names(text) for text in _texts(library)))
    return {TAKEN: INSTEAD} if TAKEN in used else {}


def declared_columns(library: Library, renamed: dict[str, str]) -> dict[str, str]:
    """Types of all columns that the templates read, for a dataset that has to declare them; by name in the recipe."""
    if not renamed:
        return {}
    names: dict[str, None] = {}
    fields: dict[str, set[str]] = {}
    lists: set[str] = set()
    for text in _texts(library):
        tree = _parsed(text)
        names |= dict.fromkeys(sorted(_names(text)))
        lists |= set(_lists(tree))
        called = {id(call.node) for call in tree.find_all(nodes.Call)}
        for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
            field = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
            known = isinstance(node.node, nodes.Name) and isinstance(field, str) and id(node) not in called
            if known and node.node.name in renamed:
                fields.setdefault(node.node.name, set()).add(field)
    return {renamed.get(name, name): _type(name, fields.get(name), lists, renamed) for name in names}


def _lists(tree: nodes.Template) -> Iterator[str]:
    """Columns that are looked through, joined, or asked for a place."""
    for node in tree.find_all((nodes.For, nodes.Filter, nodes.Call)):
        match node:
            case nodes.For(iter=nodes.Name(name=name)) | nodes.Filter(node=nodes.Name(name=name), name="join"):
                yield name
            case nodes.Call(node=nodes.Getattr(node=nodes.Name(name=name), attr="index")):
                yield name


def _type(name: str, fields: set[str] | None, lists: set[str], renamed: dict[str, str]) -> str:
    """Lists of texts, alone or in a record, as multiple-choice data has them; anything else is text."""
    origin = [f'from = "{name}"'] if name in renamed else []
    if fields:
        return f"record({', '.join([*(f'{field} = list(text)' for field in sorted(fields)), *origin])})"
    if name in lists:
        return f"list({', '.join(['text', *origin])})"
    return f"text({origin[0]})" if origin else "text"


def _texts(library: Library) -> list[str]:
    return [text for prompt in library.prompts for text in (prompt.jinja, prompt.answer_choices) if text is not None]


def _parsed(text: str) -> nodes.Template:
    """Its tree; an empty one for a text that cannot be read, which is left out later."""
    try:
        return tree(text).tree  # type: ignore[return-value]
    except NotConvertible:
        return nodes.Template([])


def _names(text: str) -> set[str]:
    """Names that a text reads and does not set."""
    found = list(_parsed(text).find_all(nodes.Name))
    stored = {node.name for node in found if node.ctx != "load"}
    return {node.name for node in found if node.ctx == "load"} - stored - _OWN
