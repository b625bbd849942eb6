"""Types of columns, as a dataset declares them."""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field

from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.program import columns
from recipe_lang.schema.base import Call
from recipe_lang.schema.readers import Alternatives, Calls, Items, Nothing, Reader
from recipe_lang.schema.scope import Scope, Unreadable
from recipe_lang.schema.types import Range, Text
from recipe_lang.syntax import tree


class ColumnReader(Reader):
    """A column type. Inside another one it takes no `from`."""

    def __init__(self, *, nested: bool = True) -> None:
        self.nested = nested

    @property
    def words(self) -> tuple[str, ...]:
        return every_type().words

    phrase = "a column type, such as `text` or `int(1..5)`"
    only_words = True

    def fits(self, node: Any) -> bool:
        return every_type().fits(node)

    def read(self, node: Any, scope: Scope, subject: str) -> "ColumnCall":
        column = every_type().read(node, scope, subject)
        if self.nested and isinstance(node, tree.Call) and column.origin is not None:
            argument = next(a for a in node.arguments if a.name and a.name.text == "from")
            scope.report(problems.nested_from(scope.place(argument.span)))
            raise Unreadable
        return column


Nested = Annotated[Call, ColumnReader()]


class ColumnCall(Call):
    from_: Annotated[str | None, Text()] = Field(None, alias="from")
    """The column's name in the data, where it is another one."""

    @property
    def origin(self) -> str | None:
        return self.from_

    def type(self) -> columns.ColumnType:
        raise NotImplementedError


class TextColumn(ColumnCall):
    """Text; dates, leading zeros and "NA" stay what they are."""

    calls = ("text",)

    def type(self) -> columns.ColumnType:
        return columns.Text()


class IntColumn(ColumnCall):
    """A whole number, within a range where one is given."""

    calls = ("int",)
    positional = ("range",)

    range: Annotated[tuple[int, int] | None, Range()] = None
    """Least and greatest value, both included."""

    def type(self) -> columns.ColumnType:
        return columns.Int(*(self.range or (None, None)))


class FloatColumn(ColumnCall):
    """A number."""

    calls = ("float",)

    def type(self) -> columns.ColumnType:
        return columns.Float()


class BoolColumn(ColumnCall):
    """True or false."""

    calls = ("bool",)

    def type(self) -> columns.ColumnType:
        return columns.Bool()


class LabelColumn(ColumnCall):
    """One of a closed set of texts. Whole numbers in the data are positions in the set."""

    calls = ("label",)
    rest = "names"

    names: Annotated[list[str], Items(Text(), distinct=True)]
    """The labels, in order."""

    def type(self) -> columns.ColumnType:
        return columns.LabelType(tuple(self.names))


class ListColumn(ColumnCall):
    """A list of values of one type."""

    calls = ("list",)
    positional = ("item",)

    item: Nested
    """The type of each value."""

    def type(self) -> columns.ColumnType:
        return columns.ListType(self.item.type())


class RecordColumn(ColumnCall):
    """Named fields."""

    calls = ("record",)
    rest = "fields"

    from_: Annotated[Any, Alternatives([Text(), ColumnReader(), Nothing()])] = Field(None, alias="from")
    """The column's name in the data, where it is another one; with a type: a field of this name."""
    fields: dict[str, Nested]
    """The fields and their types."""

    @property
    def origin(self) -> str | None:
        return self.from_ if isinstance(self.from_, str) else None

    def type(self) -> columns.ColumnType:
        extra = {"from": self.from_} if isinstance(self.from_, ColumnCall) else {}
        return columns.Record({name: field.type() for name, field in {**extra, **self.fields}.items()})


class MapColumn(ColumnCall):
    """Free keys with values of one type."""

    calls = ("map",)
    positional = ("value",)

    value: Nested
    """The type of each value."""

    def type(self) -> columns.ColumnType:
        return columns.Map(self.value.type())


class MessagesColumn(ColumnCall):
    """A conversation: turns with a role and a content."""

    calls = ("messages",)

    format: Literal["chatml", "sharegpt"] = "chatml"
    """How the data writes turns."""

    def type(self) -> columns.ColumnType:
        return columns.Messages(self.format)


class OptionalColumn(ColumnCall):
    """A value that may be absent; templates must guard it."""

    calls = ("optional",)
    positional = ("item",)

    item: Nested
    """The type where there is a value."""

    def type(self) -> columns.ColumnType:
        return columns.Optional(self.item.type())


TYPES = (
    TextColumn,
    IntColumn,
    FloatColumn,
    BoolColumn,
    LabelColumn,
    ListColumn,
    RecordColumn,
    MapColumn,
    MessagesColumn,
    OptionalColumn,
)


@cache
def every_type() -> Calls:
    return Calls(TYPES)
