"""The language's value types: Python's own, with bounds that pydantic checks and marks that say how they are written.

A mark means nothing to pydantic. `recipe_lang.reading` makes a reader of type and mark together, and words for messages
and reference of type and bounds.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from recipe_lang.program.base import Mark, Model

LARGEST = 10**15
"""Whole numbers above this are slips: beyond it, arithmetic on figures stops being exact."""


# --- how values are written --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unit(Mark):
    """A whole number with its unit, such as `16 examples`."""

    name: Literal["row", "example", "token", "step"]


@dataclass(frozen=True, slots=True)
class Percent(Mark):
    """A percentage, which stands for a fraction of one. `bare`: a number may stand too."""

    bare: bool = False


@dataclass(frozen=True, slots=True)
class Cure(Mark):
    """How to mend a number that is out of bounds."""

    text: str


@dataclass(frozen=True, slots=True)
class Described(Mark):
    """What a text must be, in words."""

    phrase: str


@dataclass(frozen=True, slots=True)
class InQuotes(Mark):
    """Words of another program, which are written as texts since they need not be names of the language."""


@dataclass(frozen=True, slots=True)
class Jinja(Mark):
    """Jinja in quotes, which is where a column's name stands: in braces inside a text, alone as an expression."""

    phrase: str
    around: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class FilePath(Mark):
    """A path, relative to the file that it is written in; the value is relative to the recipe's folder."""

    phrase: str = "the path of a file or folder, in quotes"


@dataclass(frozen=True, slots=True)
class Rooted(Mark):
    """Paths that start from the folder which another argument of the call names, where that is given."""

    root: str


@dataclass(frozen=True, slots=True)
class Reference(Mark):
    """The name of a block of one of these kinds; the value is its qualified name."""

    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Declared(Mark):
    """A name that something else than a block declares: a column, a split."""

    phrase: str


@dataclass(frozen=True, slots=True)
class Word(Mark):
    """A word that stands for another value than itself."""

    text: str


@dataclass(frozen=True, slots=True)
class OneOrMany(Mark):
    """A value, or a list of them."""


@dataclass(frozen=True, slots=True)
class AnyScalar(Mark):
    """A text, a number, `true`, `false` or `none`, as a program outside the language takes it."""


@dataclass(frozen=True, slots=True)
class LowToHigh(Mark):
    """`low..high`, both ends included."""


@dataclass(frozen=True, slots=True)
class Elsewhere(Mark):
    """A value that is read as part of the setting that it replaces."""

    phrase: str


@dataclass(frozen=True, slots=True)
class OwnForm(Mark):
    """A value that is written in a form of its own, which `recipe_lang.reading.forms` reads."""

    name: str


def _distinct(values: list[Any]) -> list[Any]:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise PydanticCustomError("repeated_item", "{value} stands twice", {"value": repr(value)})
    return values


@dataclass(frozen=True, slots=True)
class Distinct:
    """Items of a list that differ."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return AfterValidator(_distinct).__get_pydantic_core_schema__(source, handler)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        return {**handler(schema), "uniqueItems": True}


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise PydanticCustomError("broken_pattern", "{reason}", {"reason": str(error)}) from None
    return pattern


def _ascending(ends: tuple[int, int]) -> tuple[int, int]:
    if ends[0] > ends[1]:
        raise PydanticCustomError("empty_range", "{low} is above {high}", {"low": ends[0], "high": ends[1]})
    return ends


# --- numbers -----------------------------------------------------------------------------------------------------

Finite = Annotated[float, Field(allow_inf_nan=False)]
Whole = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
Count = Annotated[Whole, Field(ge=1)]
Positive = Annotated[Finite, Field(gt=0)]
Rows = Annotated[Count, Unit("row")]
Examples = Annotated[Count, Unit("example")]
Tokens = Annotated[Count, Unit("token")]
Share = Annotated[Finite, Percent(), Field(ge=0, le=1)]
"""0% to 100%."""
Range = Annotated[tuple[Whole, Whole], LowToHigh(), AfterValidator(_ascending)]


class Measure(Model):
    """An amount of one of several units."""

    amount: Positive
    unit: str

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Only epochs come in parts."""
        if self.unit != "epoch" and self.amount != int(self.amount):
            raise PydanticCustomError("int_from_float", "{unit}s come whole", {"unit": self.unit})
        return self


class Cadence(Measure):
    """`1 epoch`, `200 steps`."""

    unit: Literal["epoch", "step"]


# --- texts and names ---------------------------------------------------------------------------------------------

File = Annotated[str, FilePath(), Field(pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
JinjaText = Annotated[str, Jinja("a Jinja text", ("{{ ", " }}"))]
Expression = Annotated[str, Jinja("a Jinja expression in quotes, without braces")]
NotEmpty = Annotated[str, Described("a text that is not empty"), Field(min_length=1)]
Pattern = Annotated[
    str,
    Described("a regular expression of at most 1,000 characters"),
    Field(min_length=1, max_length=1000),
    AfterValidator(_compiles),
]
Column = Annotated[str, Declared("the name of a column")]
Columns = Annotated[list[Column], Distinct()]
Role = Annotated[str, Declared("the name of a role")] | NotEmpty
SplitName = Annotated[str, Declared("the name of a split")]
Auto = Annotated[None, Word("auto")]
Scalar = Annotated[str | int | float | bool | None, AnyScalar()]


def ref(*kinds: str) -> Any:
    """The type of a block's name."""
    return Annotated[str, Reference(kinds)]


def refs(*kinds: str, least: int = 1) -> Any:
    """The type of a list of blocks' names, each once."""
    return Annotated[list[ref(*kinds)], Distinct(), Field(min_length=least)]
