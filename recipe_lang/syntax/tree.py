"""The syntax tree of a recipe: what was written and where, before anything is known about its meaning.

Every node has a `span` in code points of `Source.text`, made from its first and last token. Nodes compare by identity.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from recipe_lang.source import Source, Span

if TYPE_CHECKING:
    from lark import Token


@dataclass(slots=True, eq=False)
class Name:
    """One word."""

    text: str
    span: Span


@dataclass(slots=True, eq=False)
class Path:
    """`a` or `a.b.c`; as a value, a bare name is a path of one part."""

    parts: tuple[Name, ...]
    span: Span

    @property
    def text(self) -> str:
        return ".".join(part.text for part in self.parts)


@dataclass(slots=True, eq=False)
class TextValue:
    """A text with its escapes resolved and, for a text block, its indentation removed.

    From index `starts[i]` in `text` on, which stands at `offsets[i]` in the source, both count together up to the next.
    """

    text: str
    block: bool
    span: Span
    starts: Sequence[int]
    offsets: Sequence[int]

    def host_offset(self, index: int) -> int:
        """Where character `index` of `text` is written; for `len(text)`, where the text ends in the source."""
        run = bisect_right(self.starts, index) - 1
        return self.offsets[run] + index - self.starts[run]

    def host_span(self, start: int, end: int) -> Span:
        """Where `text[start:end]` is written: an escape is covered whole, a line's indentation only between lines."""
        if end <= start:
            at = self.host_offset(start)
            return Span(at, at)
        last = self.host_offset(end - 1)
        after = self.host_offset(end)
        return Span(self.host_offset(start), last + 1 if self.block else after)


@dataclass(slots=True, eq=False)
class Quantity:
    """A number, with or without a unit; `text` is the number as written.

    `number` is an int exactly where no fraction and no exponent is written.
    """

    number: int | float
    unit: Name | None
    text: str
    span: Span


@dataclass(slots=True, eq=False)
class PercentValue:
    """`80%`: `number` is 80, `text` is the number as written, without the sign."""

    number: int | float
    text: str
    span: Span

    @property
    def share(self) -> float:
        """The fraction of one, rounded once: 0.333 for `33.3%`."""
        from decimal import Decimal

        return float(Decimal(self.text) / 100)


@dataclass(slots=True, eq=False)
class RangeValue:
    """`low..high`, both ends included; `texts` are the two numbers as written."""

    low: int | float
    high: int | float
    texts: tuple[str, str]
    span: Span


@dataclass(slots=True, eq=False)
class BoolValue:
    """`true` or `false`."""

    value: bool
    span: Span


@dataclass(slots=True, eq=False)
class NoneValue:
    """`none`."""

    span: Span


@dataclass(slots=True, eq=False)
class Argument:
    """One argument of a call; `name` is None where it is given by position."""

    name: Name | None
    value: Value
    span: Span


@dataclass(slots=True, eq=False)
class Call:
    """`path(arguments)`."""

    path: Path
    arguments: tuple[Argument, ...]
    span: Span


@dataclass(slots=True, eq=False)
class ListValue:
    """`[items]`."""

    items: tuple[Value, ...]
    span: Span


@dataclass(slots=True, eq=False)
class Comparison:
    """`left >= right`, with one of four operators."""

    left: Path | Call
    operator: str
    right: Quantity | PercentValue | Broken
    span: Span


@dataclass(slots=True, eq=False)
class Broken:
    """Stands for a value that could not be read and has been reported: later stages say nothing about it."""

    span: Span


Value: TypeAlias = (
    TextValue
    | Quantity
    | PercentValue
    | RangeValue
    | BoolValue
    | NoneValue
    | Path
    | Call
    | ListValue
    | Comparison
    | Broken
)


@dataclass(slots=True, eq=False)
class Import:
    """`import "path" as alias`."""

    path: TextValue | Broken
    alias: Name
    span: Span


@dataclass(slots=True, eq=False)
class Setting:
    """`path = value`."""

    path: Path
    value: Value
    span: Span


@dataclass(slots=True, eq=False)
class Block:
    """`kind name for target like another { body }`.

    `broken`: the header was mended after a report, say nothing more about it.
    """

    kind: Name
    name: Name | None
    target: Path | None
    body: Body
    span: Span
    like: Path | None = None
    broken: bool = False

    @property
    def header(self) -> Span:
        """From the kind to the last word before the brace."""
        last = self.like or self.target or self.name or self.kind
        return self.kind.span | last.span


Item: TypeAlias = Import | Setting | Block


@dataclass(slots=True, eq=False)
class Body:
    """The items of a file (its span is the whole text) or of a block (its span is the braces and what they hold).

    `complete` is False where an item was left out after a report: what seems to be missing may stand there.
    """

    items: tuple[Item, ...]
    span: Span
    complete: bool = True

    @property
    def settings(self) -> Iterator[Setting]:
        return (item for item in self.items if isinstance(item, Setting))

    @property
    def blocks(self) -> Iterator[Block]:
        return (item for item in self.items if isinstance(item, Block))


@dataclass(slots=True, eq=False)
class Comment:
    """A comment from its `#` to the end of its line."""

    text: str
    span: Span


@dataclass(slots=True, eq=False)
class File:
    """A parsed file. `tokens` are all of them, comments and line ends included, in the order of the text."""

    source: Source
    body: Body
    comments: tuple[Comment, ...] = ()
    tokens: tuple[Token, ...] = field(default=(), repr=False)
