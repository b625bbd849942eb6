"""What reading a value needs to know about its surroundings. `recipe_lang.check.names` is the one implementation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path as FilePath

    from recipe_lang.diagnostics.model import Diagnostic, Place
    from recipe_lang.source import Span
    from recipe_lang.syntax.tree import Block, Item, Path, Value


class Unreadable(Exception):
    """Ends the reading of a value whose mistake has been reported. `partial` is what could be read of a list."""

    def __init__(self, partial: object = None) -> None:
        self.partial = partial


@dataclass(eq=False)
class Named:
    """A block that a name stands for; `kind` is the word written, known or not."""

    kind: str
    name: str
    """Qualified, as seen from the main file."""
    node: Block


@dataclass(eq=False)
class Given:
    """An item of a body that was put there from elsewhere: by a variant, a sweep or the command line."""

    item: Item
    scope: Scope

    @property
    def span(self) -> Span:
        return self.item.span


class Scope(Protocol):
    """A file's names and places. Values keep to the scope that they are written in."""

    folder: FilePath
    """Relative paths start here."""
    home: FilePath
    """The main file's folder: paths in the plan are relative to it."""

    def place(self, span: Span) -> Place: ...

    def report(self, diagnostic: Diagnostic) -> None: ...

    def expected(self, span: Span, what: str) -> None:
        """What belongs where a value stands that the parser could not read, in words."""
        ...

    def block(self, path: Path) -> Named | None:
        """The block that a name stands for. `Unreadable` where the name hangs on a mistake already reported."""
        ...

    def task(self, path: Path) -> tuple[Named, tuple[str, ...]] | None:
        """The block that the longest beginning of a path stands for, and the parts after it."""
        ...

    def parameter(self, path: Path) -> tuple[Value, Scope] | None:
        """A parameter's value and the scope that it is written in. `Unreadable` as for `block`."""
        ...

    def parameters(self) -> Iterable[tuple[str, Place]]:
        """The parameters of the file, and where each is written."""
        ...

    def names(self, kinds: Iterable[str]) -> list[str]:
        """Names to suggest where a block of these kinds is wanted; no kinds: parameters alone."""
        ...

    def may_be_lost(self, path: Path, kinds: Sequence[str] = ()) -> bool:
        """Whether a name occurs in text that could not be parsed, or may be that of a block of one of these kinds
        which took another one's: then nothing is said about its absence."""
        ...

    def declares(self, word: str) -> bool:
        """Whether a dataset of the file declares a column or split of this name, which comes before a parameter."""
        ...
