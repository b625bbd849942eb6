"""What is said where a value cannot be read: what is wanted instead, and how it may have been meant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recipe_lang.diagnostics.problems import names as names_problems
from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.diagnostics.problems.names import shown
from recipe_lang.diagnostics.problems.sources import source_call
from recipe_lang.diagnostics.suggest import closest, same_word
from recipe_lang.program import elsewhere
from recipe_lang.reading.readers import JinjaReader, Reader, alone, either, in_percents, is_item, lacks_unit
from recipe_lang.reading.scope import Unreadable
from recipe_lang.resources import library_blocks
from recipe_lang.source import Source
from recipe_lang.syntax import tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recipe_lang.reading.scope import Scope

_FOUND = {
    tree.TextValue: "a text",
    tree.PercentValue: "a percentage",
    tree.RangeValue: "a range",
    tree.BoolValue: "`true` or `false`",
    tree.NoneValue: "`none`",
    tree.ListValue: "a list",
    tree.Comparison: "a comparison",
    tree.Block: "a block",
    tree.Path: "a name",
}
_CONSTANTS = {tree.BoolValue: ("true", "false"), tree.NoneValue: ("none",)}
_FEW = 5
"""Names that are listed where one of them is wanted."""


def misfit(reader: Reader, node: Any, scope: Scope, subject: str) -> Unreadable:
    """Reports a value that a reader does not take; returns what is to be raised."""
    if isinstance(node, tree.Path):
        _unknown_name(reader, node, scope, subject)
    elif isinstance(node, tree.Broken):
        scope.expected(node.span, f"{subject} is {reader.phrase}{_here(reader, scope)}")
    elif lacks_unit(reader, node):
        problem = problems.missing_unit(subject, node.text, reader.units, scope.place(node.span))
        scope.report(replace(problem, help=f"{problem.help}{_in_parts(reader, subject)}"))
    elif in_percents(reader, node):
        scope.report(problems.percent_in_words(subject, node.text, node.unit.text, scope.place(node.span)))
    elif isinstance(node, tree.Call) and reader.words:
        word, place = node.path.text, scope.place(node.path.span)
        scope.report(problems.unknown_word(word, reader.words, subject, place, "(…)", elsewhere.left_out(word)))
    else:
        _wrong_type(reader, node, scope, subject)
    return Unreadable()


def _found(node: Any) -> str:
    """What a node is, in words."""
    if isinstance(node, tree.Quantity):
        return f"`{node.text} {node.unit.text}`" if node.unit else f"the number {node.text}"
    if isinstance(node, tree.Call):
        return f"`{node.path.text}(…)`"
    if isinstance(node, tree.BoolValue):
        return f"`{str(node.value).lower()}`"
    return _FOUND[type(node)]


def _inner(reader: Reader) -> Mapping[str, Reader] | None:
    """The settings of the block that may stand in place of a value."""
    return next((each.inner for each in reader.alternatives if each.inner), None)


def _in_parts(reader: Reader, subject: str) -> str:
    """The block that may stand in place of a value: the two limits of an encoder-decoder model."""
    parts = ", ".join(f"{name} = …" for name in _inner(reader) or ())
    return f", or `{subject.strip('`')} {{ {parts} }}`" if parts else ""


def _here(reader: Reader, scope: Scope) -> str:
    """The names that a reader takes, where they are few."""
    names = [f"`{name}`" for name in scope.names(reader.kinds)] if reader.kinds else []
    return f", here {either(names)}" if 0 < len(names) <= _FEW else ""


def _unknown_name(reader: Reader, path: tree.Path, scope: Scope, subject: str) -> None:
    place = scope.place(path.span)
    if is_item(reader, path, scope):
        scope.report(problems.not_a_list(subject, reader.phrase, path.text, place))
    elif reader.words and reader.only_words:
        left_out = elsewhere.left_out(path.text)
        words = [*reader.words, *(["none"] if tree.NoneValue in _nodes(reader) else [])]
        scope.report(problems.unknown_word(path.text, words, subject, place, left_out=left_out))
    elif (written := _as_column(reader, path, scope)) is not None:
        scope.report(names_problems.bare_column(path.text, written, subject, place))
    elif not scope.may_be_lost(path, reader.kinds):
        nodes = _nodes(reader)
        constants = [word for node, words in _CONSTANTS.items() if node in nodes for word in words]
        candidates = [*reader.words, *constants, *scope.names(reader.kinds)]
        quoted = tree.TextValue in nodes
        wanted = f"{reader.phrase}{_here(reader, scope)}"
        library = library_blocks(path.parts[-1].text) if reader.kinds else []
        problem = names_problems.unknown_name(
            path.text, candidates, subject, wanted, place, may_be_text=quoted, library=library
        )
        scope.report(problem)


def _as_column(reader: Reader, path: tree.Path, scope: Scope) -> str | None:
    """A column's name as the Jinja that is wanted here takes it."""
    jinja = next((each for each in reader.alternatives if isinstance(each, JinjaReader)), None)
    return jinja.column(path.text) if jinja and scope.declares(path.parts[0].text) else None


def _wrong_type(reader: Reader, node: Any, scope: Scope, subject: str) -> None:
    place = scope.place(node.header if isinstance(node, tree.Block) else node.span)
    word = _without_quotes(reader, node, scope) if isinstance(node, tree.TextValue) else None
    if word not in reader.words and is_item(reader, node, scope):
        scope.report(problems.not_a_list(subject, reader.phrase, place.source.slice(place.span), place))
    else:
        problem = problems.wrong_type(subject, reader.phrase, _found(node), place, word=word)
        scope.report(problem if problem.help else replace(problem, help=_other_form(reader, node, scope, subject)))


def _without_quotes(reader: Reader, node: tree.TextValue, scope: Scope) -> str | None:
    """A text that is itself a value which can stand here: `"5e-4"`, `"true"`, `"cosine"`, `"all-linear"`."""
    from recipe_lang.syntax import parse_value

    value, found = parse_value(Source("", node.text))
    if (word := same_word(node.text, reader.words)) is not None:
        return word
    if value is None or found or isinstance(value, tree.TextValue):
        return None
    return node.text if alone(reader, value, scope) else None


def _as_block(inner: Mapping[str, Reader], node: Any, scope: Scope, subject: str) -> str:
    """The block with what was written as the first of its settings that takes such a value."""
    place = scope.place(node.span)
    takers = [name for name, reader in inner.items() if alone(reader, node, scope)]
    inside = f"{takers[0]} = {shown(place.source.slice(place.span))}" if takers else "…"
    return f"write `{subject.strip('`')} {{ {inside} }}`"


def _other_form(reader: Reader, node: Any, scope: Scope, subject: str) -> str | None:
    """How a value of another form is written here: a path as the call that its ending names, a list as a block."""
    if isinstance(node, tree.TextValue):
        ending = node.text.rpartition(".")[2]
        if as_list := _as_list(reader, node, scope):
            return f"write `{as_list}`"
        if "hub" in reader.words and (source := source_call(node.text, reader.words)):
            return f"write `{source}`"
        if reader.kinds and tree.TextValue not in _nodes(reader):
            return f"declare it in a `{reader.kinds[0]}` block, and write the name of that block here"
        if ending in reader.words:
            return f'write `{ending}("{shown(node.text)}")`'
        return _meant_word(node.text, reader.words)
    if isinstance(node, tree.ListValue) and len(node.items) == 1 and alone(reader, node.items[0], scope):
        item = scope.place(node.items[0].span)
        return f"write `{shown(item.source.slice(item.span))}`, without brackets"
    if isinstance(node, tree.ListValue) and subject.startswith("each argument of") and node.items:
        written = scope.place(node.items[0].span | node.items[-1].span)
        return f"write `{shown(written.source.slice(written.span))}`, without brackets"
    bare = isinstance(node, tree.Quantity | tree.PercentValue | tree.BoolValue)
    if bare and tree.TextValue in _nodes(reader):
        return f'write `"{shown(scope.place(node.span).source.slice(node.span))}"`'
    if isinstance(node, tree.Quantity) and tree.BoolValue in _nodes(reader) and node.number in (0, 1):
        return f"write `{'true' if node.number else 'false'}`"
    inner = _inner(reader)
    if inner is not None and not isinstance(node, tree.Block):
        return _as_block(inner, node, scope, subject)
    setting = subject.strip("`")
    if isinstance(node, tree.ListValue) and f"`{setting}`" == subject and tree.Block in _nodes(reader):
        return f"write it as a block: `{setting} {{ … }}`"
    return None


def _as_list(reader: Reader, node: tree.TextValue, scope: Scope) -> str | None:
    """The list of names that a text holds: `"question"`, `"a, b"`."""
    from recipe_lang.syntax import parse_value

    written = f"[{node.text}]"
    value, found = parse_value(Source("", written))
    if value is None or found or any(isinstance(item, tree.TextValue) for item in getattr(value, "items", ())):
        return None
    return shown(written) if tree.ListValue in _nodes(reader) and _all_items(reader, value, scope) else None


def _all_items(reader: Reader, value: tree.ListValue, scope: Scope) -> bool:
    items = [each.item for each in reader.alternatives if each.item and tree.ListValue in each.nodes]
    return bool(value.items) and any(all(alone(item, node, scope) for node in value.items) for item in items)


def bare_texts(reader: Reader, values: Sequence[Any], scope: Scope, subject: str) -> bool:
    """Reports, once, several values without the quotes that their list wants around each."""

    def is_bare(node: Any) -> bool:
        if isinstance(node, tree.Path):
            return len(node.parts) == 1 and scope.parameter(node) is None and not scope.may_be_lost(node)
        return isinstance(node, tree.Quantity | tree.PercentValue | tree.BoolValue)

    bare = [node for node in values if not alone(reader, node, scope) and is_bare(node)]
    if len(bare) < 2 or len(bare) < len(values) or tree.TextValue not in _nodes(reader) or reader.kinds:
        return False
    place = scope.place(values[0].span | values[-1].span)
    written = ", ".join(f'"{scope.place(node.span).source.slice(node.span)}"' for node in values)
    scope.report(problems.without_quotes(subject, shown(written), place))
    return True


def _meant_word(text: str, words: Sequence[str]) -> str | None:
    """What is said of a word in quotes that is none of those that may stand here."""
    reason, guess = elsewhere.left_out(text), closest(text, words)
    if words and reason:
        return f"write {either(f'`{word}`' for word in words)}; `{text}` is left out on purpose: {reason}"
    return f"write `{guess}` without quotes" if guess else None


def _nodes(reader: Reader) -> list[type]:
    return [node for each in reader.alternatives for node in each.nodes]
