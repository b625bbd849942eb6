"""What a recipe is made of: blocks, inner blocks and calls, as closed and frozen pydantic models.

A field is a setting of the language, and this is the only place where it is declared: the annotation says what may be
written and within which bounds, the default what holds where nothing is written, the docstring below it what it means.
`recipe_lang.reading` reads an author's text into these models; the plan holds them, and is validated by them when it is
loaded. Where a setting was misread its attribute is absent: reading it raises `Unresolved`, which ends the rule that
asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, get_args

from recipe_lang.program.base import Mark, Model

Affected = Literal["training", "evaluation", "nothing"]


@dataclass(frozen=True, slots=True)
class Affects(Mark):
    """Marks a field whose changes touch something else than its class says."""

    what: Affected


TRAINING = Affects("training")
EVALUATION = Affects("evaluation")
NOTHING = Affects("nothing")


@dataclass(frozen=True, slots=True)
class Filled(Mark):
    """Marks a field that no author writes: the compiler fills it in."""


FILLED = Filled()


class Unresolved(AttributeError):
    """A value that hangs on a mistake which has been reported."""


@dataclass(eq=False, slots=True)
class Side:
    """What reading found out beside the values. `recipe_lang.reading` adds where each of them stands."""

    written: frozenset[str] = frozenset()
    """The settings that stand in the recipe or were given on the command line."""
    partial: Mapping[str, list[Any]] = field(default_factory=dict)
    """Of lists with a misread item: what could be read."""


class Settings(Model):
    """Something with fields that an author writes."""

    affects: ClassVar[Affected] = "training"
    """What a change of a field touches, unless the field is marked otherwise."""
    rest: ClassVar[str | None] = None
    """The field that takes settings or arguments of any other name (a dict), or by position (a list)."""
    _side: ClassVar[Any] = Side()

    def know(self, side: Side) -> None:
        """Keeps what reading found out: a plain attribute, since pydantic's private ones are slow."""
        self.__dict__["_side"] = side

    def written(self, name: str) -> bool:
        """Whether a setting stands in the recipe (or was given on the command line) instead of being a default."""
        return name in self._side.written

    @property
    def idle(self) -> frozenset[str]:
        """Settings in whose place another one holds."""
        return frozenset()

    def lacks(self, name: str) -> bool:
        """Whether a setting is `none`, written or by default; what was misread is something."""
        return self.__dict__.get(name, self) is None

    def readable(self, name: str) -> list[Any]:
        """The items of a list, without those that were misread."""
        return self.__dict__.get(name, self._side.partial.get(name)) or []

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name in type(self).model_fields:
                raise Unresolved(name)
            return super().__getattr__(name)


class Inner(Settings):
    """A block inside a block."""


class Call(Settings):
    """A word with arguments, `cosine(floor = 10%)`; without arguments the word alone.

    Its field `kind` holds the word, of those that its type lists.
    """

    positional: ClassVar[tuple[str, ...]] = ()
    """Fields that may be given without their name, in this order."""

    def settled(self) -> Self:
        """The call as the program has it, once all of it is read."""
        return self

    @classmethod
    def calls(cls) -> tuple[str, ...]:
        """The words that make this call."""
        return get_args(cls.model_fields["kind"].annotation)


class Bare(Settings):
    """A value that is written without a word: its one field alone, `80%` or `500 rows`."""


class Block(Settings):
    """A top-level block."""

    block_kind: ClassVar[str]
    named: ClassVar[Literal["always", "maybe", "never"]] = "always"
    single: ClassVar[bool] = False
    """Whether a file may hold only one (of `evaluate`: only one without a name)."""
    target: ClassVar[str | None] = None
    """The kind of block that must stand after `for`, and the field that holds its name."""
    rivals: ClassVar[frozenset[str]] = frozenset()
    """Settings of which one stands alone: a block that is like another one and sets one of them takes over no other."""
    root: ClassVar[bool] = False
    """Used without being named anywhere."""

    name: Annotated[str, FILLED, NOTHING] = ""
    """The qualified name: `hellaswag`, or `commonsense.hellaswag` from an import; empty where it has none."""

    @property
    def subject(self) -> str:
        """The block as messages call it, by the name that it has in its own file."""
        name = (self.name or "").rpartition(".")[2]
        return f"{self.block_kind} `{name}`" if name else f"`{self.block_kind}`"

    @property
    def text(self) -> Any:
        """The block as a node of its file's tree."""
        return self._side.node

    @property
    def scope(self) -> Any:
        """The file that the block stands in: its source, its names, its folder."""
        return self._side.scope

    def place(self, *path: str | int) -> Any:
        """Where a value is written: `place("method", "rank")`, `place("metrics", 0)`, `place("split", "train")`.

        What is not written gives the last part of the path that is: an argument's call, the word of an inner block,
        in the end the block's own name (or kind). A parameter gives the place of its value.
        """
        return self._side.place(self, path)

    def key_place(self, *path: str | int) -> Any:
        """As `place`, for the name before the `=` (or of the argument, or of the inner block)."""
        return self._side.key_place(self, path)

    def text_place(self, start: int, end: int, *path: str | int) -> Any:
        """Where characters `start` to `end` of a text setting are written, escapes and indentation counted."""
        return self._side.text_place(self, path, start, end)


def settings_of(model: type[Settings]) -> dict[str, str]:
    """What an author writes in a block or call, each name with its field: `except` → `except_`.

    Neither what the compiler fills in nor the word of a call is a setting; nor is the field `rest`, whose names are
    free.
    """
    worded = ("kind",) if issubclass(model, Call | Bare) else ()
    return {
        info.alias or name: name
        for name, info in model.model_fields.items()
        if name not in (model.rest, *worded) and not any(isinstance(mark, Filled) for mark in info.metadata)
    }
