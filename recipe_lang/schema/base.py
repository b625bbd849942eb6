"""What all parts of the schema are made of: blocks, inner blocks and calls, as closed and frozen pydantic models.

A model's fields are the settings of the language: the annotation says what may be written (`readers.py` turns it
into a reader), the default what holds where nothing is written, the docstring below it what it means. Where a
setting was misread its attribute is absent: reading it raises `Unresolved`, which ends the rule that asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from recipe_lang.diagnostics.model import Place
    from recipe_lang.schema.scope import Scope
    from recipe_lang.syntax.tree import Block as Node

Affected = Literal["training", "evaluation", "nothing"]


@dataclass(frozen=True, slots=True)
class Affects:
    """Marks a field whose changes touch something else than its class says."""

    what: Affected


TRAINING = Affects("training")
EVALUATION = Affects("evaluation")
NOTHING = Affects("nothing")


class Unresolved(AttributeError):
    """A value that hangs on a mistake which has been reported."""


class Model(BaseModel):
    """Something with fields that an author writes."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, arbitrary_types_allowed=True)

    affects: ClassVar[Affected] = "training"
    """What a change of a field touches, unless the field is marked otherwise."""
    rest: ClassVar[str | None] = None
    """The field that takes settings or arguments of any other name (a dict), or by position (a list)."""
    known_elsewhere: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Names that other trainers have: the setting that is meant, and how it is written."""
    _written: ClassVar[frozenset[str]] = frozenset()
    _partial: ClassVar[dict[str, Any]] = {}

    def know(self, **facts: Any) -> None:
        """Keeps what reading found out beside the fields: plain attributes, since pydantic's private ones are slow."""
        self.__dict__.update({f"_{name}": value for name, value in facts.items()})

    def written(self, name: str) -> bool:
        """Whether a setting stands in the recipe (or was given on the command line) instead of being a default."""
        return name in self._written

    def lacks(self, name: str) -> bool:
        """Whether a setting is `none`, written or by default; what was misread is something."""
        return self.__dict__.get(name, self) is None

    def readable(self, name: str) -> list[Any]:
        """The items of a list, without those that were misread."""
        return self.__dict__.get(name, self._partial.get(name)) or []

    def plain(self) -> Any:
        """The value as plain data in the shape of `recipe_lang.program`."""
        return {field.alias or name: plain(getattr(self, name)) for name, field in type(self).model_fields.items()}

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name in type(self).model_fields:
                raise Unresolved(name)
            return super().__getattr__(name)


class Inner(Model):
    """A block inside a block."""


class Call(Model):
    """A word with arguments, `cosine(floor = 10%)`; without arguments the word alone."""

    calls: ClassVar[tuple[str, ...]]
    """The words that make this call."""
    positional: ClassVar[tuple[str, ...]] = ()
    """Fields that may be given without their name, in this order."""
    _call: ClassVar[str] = ""

    @property
    def call(self) -> str:
        """The word that was written; for a default, the first."""
        return self._call or self.calls[0]

    def plain(self) -> Any:
        return {"kind": self.call, **super().plain()}


class Block(Model):
    """A top-level block."""

    block_kind: ClassVar[str]
    named: ClassVar[Literal["always", "maybe", "never"]] = "always"
    single: ClassVar[bool] = False
    """Whether a file may hold only one (of `evaluate`: only one without a name)."""
    target: ClassVar[str | None] = None
    """The kind of block that must stand after `for`."""
    root: ClassVar[bool] = False
    """Used without being named anywhere."""
    _node: ClassVar[Any]
    _scope: ClassVar[Any]
    _name: ClassVar[str] = ""
    _target: ClassVar[str | None] = None

    @property
    def name(self) -> str:
        """The qualified name: `hellaswag`, or `commonsense.hellaswag` from an import; empty where it has none."""
        return self._name

    @property
    def subject(self) -> str:
        """The block as messages call it, by the name that it has in its own file."""
        kind, name = self.block_kind, self._name.rpartition(".")[2]
        return f"{kind} `{name}`" if name else f"`{kind}`"

    @property
    def node(self) -> "Node":
        return self._node

    @property
    def scope(self) -> "Scope":
        """The file that the block stands in: its source, its names, its folder."""
        return self._scope

    def inspect(self) -> None:
        """Reports what is wrong between settings of this block alone. Ends at the first value that was misread."""

    def place(self, *path: str | int) -> "Place":
        """Where a value is written: `place("method", "rank")`, `place("metrics", 0)`, `place("split", "train")`.

        What is not written gives the last part of the path that is: an argument's call, the word of an inner block,
        in the end the block's own name (or kind). A parameter gives the place of its value.
        """
        from recipe_lang.schema.places import place

        return place(self, self._node, self._scope, path)

    def key_place(self, *path: str | int) -> "Place":
        """As `place`, for the name before the `=` (or of the argument, or of the inner block)."""
        from recipe_lang.schema.places import key_place

        return key_place(self, self._node, self._scope, path)

    def text_place(self, start: int, end: int, *path: str | int) -> "Place":
        """Where characters `start` to `end` of a text setting are written, escapes and indentation counted."""
        from recipe_lang.schema.places import text_place

        return text_place(self, self._node, self._scope, path, start, end)


def identity(value: Any) -> str | None:
    """What two equal values have in common; None where a part was misread, so that nobody can tell."""
    try:
        return repr(plain(value))
    except Unresolved:
        return None


def plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.plain()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value
