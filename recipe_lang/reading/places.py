"""Where a value is written: from a path of names and indices to a place, through parameters and overrides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recipe_lang.program.block import Call, Settings, Side
from recipe_lang.reading.bodies import arguments, key, value
from recipe_lang.reading.scope import Given, Unreadable
from recipe_lang.syntax import tree

if TYPE_CHECKING:
    from recipe_lang.diagnostics.model import Place
    from recipe_lang.reading.scope import Scope
    from recipe_lang.source import Span

Part = str | int


@dataclass(eq=False, slots=True, kw_only=True)
class Places(Side):
    """The side table of a block: its text, through which places are found when they are asked for."""

    node: tree.Block
    scope: Scope
    """The file that the block stands in: its source, its names, its folder."""

    def place(self, owner: Settings, path: Sequence[Part]) -> Place:
        """The place of the value at `path`, or of the last part of the path that is written."""
        found, at, _ = walk(owner, self.node, self.scope, path)
        return at.place(_head(found))

    def key_place(self, owner: Settings, path: Sequence[Part]) -> Place:
        """The place of the name at `path`; where that is not written, as `place`."""
        found, at, name = walk(owner, self.node, self.scope, path)
        return name or at.place(_head(found))

    def text_place(self, owner: Settings, path: Sequence[Part], start: int, end: int) -> Place:
        """The place of `text[start:end]`, where the value at `path` is a text."""
        found, at, _ = walk(owner, self.node, self.scope, path)
        return at.place(found.host_span(start, end) if isinstance(found, tree.TextValue) else _head(found))


def walk(owner: Any, node: Any, scope: Scope, path: Sequence[Part]) -> tuple[Any, Scope, Place | None]:
    """The node that a path leads to, its scope, and the place of its name where the whole path is written.

    `owner` is the value that was read from `node`: it knows which argument stands at which position.
    """
    name: Place | None = None
    for part in path:
        step = _step(owner, node, scope, part)
        if step is None:
            return node, scope, None
        node, scope, name = step
        owner = _part(owner, part)
        while isinstance(node, tree.Path) and (parameter := _quietly(scope.parameter, node)):
            node, scope = parameter
    return node, scope, name


def _step(owner: Any, node: Any, scope: Scope, part: Part) -> tuple[Any, Scope, Place | None] | None:
    match node:
        case tree.Block():
            for item in node.body.items:
                item, at = (item.item, item.scope) if isinstance(item, Given) else (item, scope)
                if not isinstance(item, tree.Import) and _means(key(item), part, at):
                    return value(item), at, at.place(key(item).span)
        case tree.ListValue() if isinstance(part, int) and part < len(node.items):
            return node.items[part], scope, None
        case tree.Call():
            written = list(arguments(node, scope))
            for argument, at in written:
                if argument.name and argument.name.text == part:
                    return argument.value, at, at.place(argument.name.span)
            positions = owner.positional if isinstance(owner, Call) else ()
            at_position = positions.index(part) if part in positions else part
            given = [(argument.value, at) for argument, at in written if not argument.name]
            if isinstance(at_position, int) and at_position < len(given):
                return *given[at_position], None
    return None


def _means(name: tree.Path | tree.Name, part: Part, scope: Scope) -> bool:
    """Whether a name is `part`, as it is written or as the qualified name of a block."""
    if name.text == part:
        return True
    if not isinstance(part, str) or not part.endswith("." + name.text):
        return False
    path = name if isinstance(name, tree.Path) else tree.Path((name,), name.span)
    named = _quietly(scope.block, path)
    return named is not None and named.name == part


def _part(owner: Any, part: Part) -> Any:
    if isinstance(owner, Settings):
        fields = type(owner).model_fields
        name = part if part in fields else next((n for n, info in fields.items() if info.alias == part), part)
        return getattr(owner, str(name), None)
    try:
        return owner[part]
    except (TypeError, LookupError):
        return None


def _quietly(look_up: Callable[[tree.Path], Any], path: tree.Path) -> Any:
    try:
        return look_up(path)
    except Unreadable:
        return None


def _head(node: Any) -> Span:
    """The text that stands for a node: of a block its word, or its name."""
    return (node.name or node.kind).span if isinstance(node, tree.Block) else node.span
