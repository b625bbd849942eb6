"""The language's value types: readers for what Python's own types do not say, and short names for the usual ones."""

from __future__ import annotations

import math
import os
import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from recipe_lang.diagnostics.problems import names as names_problems
from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.schema.base import Model
from recipe_lang.schema.readers import Items, Reader, Word, either
from recipe_lang.schema.scope import Unreadable
from recipe_lang.syntax import tree

if TYPE_CHECKING:
    from recipe_lang.schema.scope import Scope

UNITS = {word: unit for unit in ("row", "example", "token", "step", "epoch") for word in (unit, unit + "s")}
LARGEST = 10**15
"""Whole numbers above this are slips: beyond it, arithmetic on figures stops being exact."""


class Text(Reader):
    """A text; `form` is a pattern that the whole of it must match, and its description."""

    nodes = (tree.TextValue,)

    def __init__(self, form: str | None = None, described: str = "a text") -> None:
        self.form, self.phrase = form and re.compile(form), described

    def read(self, node: tree.TextValue, scope: Scope, subject: str) -> str:
        if self.form and not self.form.fullmatch(node.text):
            scope.report(problems.malformed_text(subject, self.phrase, scope.place(node.span)))
            raise Unreadable
        return node.text


class JinjaReader(Text):
    """Jinja in quotes, which is where a column's name stands: in braces inside a text, alone as an expression."""

    def __init__(self, described: str, around: tuple[str, str] = ("", "")) -> None:
        super().__init__(described=described)
        self.around = around

    def column(self, name: str) -> str:
        """A column as this takes it, quotes included."""
        return f'"{self.around[0]}{name}{self.around[1]}"'


class OneText(Text):
    """One of a closed set of texts: words of another program, which need not be names of the language."""

    def __init__(self, *texts: str) -> None:
        super().__init__("|".join(map(re.escape, texts)), "one of " + either(f'`"{text}"`' for text in texts))


class FilePath(Text):
    """A path, relative to the file that it is written in; the value is relative to the recipe's folder."""

    def __init__(self) -> None:
        super().__init__(r"[^\0]*[^\0\s][^\0]*", "the path of a file or folder, in quotes")

    def read(self, node: tree.TextValue, scope: Scope, subject: str) -> str:
        path = super().read(node, scope, subject)
        if os.path.isabs(path):
            return path
        return os.path.relpath(scope.folder / path, scope.home).replace(os.sep, "/")


class Version(Text):
    """Versions of the language, as comparisons joined by commas."""

    def __init__(self) -> None:
        one = r"\s*(>=|<=|==|!=|>|<)\s*\d{1,6}(\.\d{1,6}){0,3}\s*"
        super().__init__(f"{one}(,{one}){{0,9}}", 'a range of versions, such as `">=0.1"` or `">=0.1, <2"`')


class Pattern(Text):
    """A regular expression of Python's `re`."""

    def __init__(self) -> None:
        super().__init__(r"(?s).{1,1000}", "a regular expression of at most 1,000 characters")

    def read(self, node: tree.TextValue, scope: Scope, subject: str) -> str:
        pattern = super().read(node, scope, subject)
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            scope.report(problems.broken_pattern(subject, str(error), scope.place(node.span)))
            raise Unreadable from None
        return pattern


class Bounds:
    """An interval of numbers; `above` and `below` leave the end itself out."""

    def __init__(
        self,
        low: float | None = None,
        high: float | None = None,
        *,
        above: float | None = None,
        below: float | None = None,
    ) -> None:
        self.low, self.high, self.above, self.below = low, high, above, below

    def __contains__(self, number: float) -> bool:
        return (
            math.isfinite(number)
            and (self.low is None or number >= self.low)
            and (self.high is None or number <= self.high)
            and (self.above is None or number > self.above)
            and (self.below is None or number < self.below)
        )

    def words(self, unit: str = "") -> str:
        """`at least 1`, `from 0% to 100%`, `above 0 and below 1`."""
        if self.low is not None and self.high is not None:
            return f"from {self.low:,}{unit} to {self.high:,}{unit}"
        ends = (("at least", self.low), ("above", self.above), ("at most", self.high), ("below", self.below))
        return " and ".join(f"{word} {number:,}{unit}" for word, number in ends if number is not None)


class Number(Reader):
    """A number without a unit."""

    nodes = (tree.Quantity,)
    units = ("",)

    def __init__(self, *args: float, hint: str | None = None, **kwargs: float) -> None:
        """`hint`: the cure for a number that is out of bounds."""
        self.bounds, self.hint = Bounds(*args, **kwargs), hint

    @property
    def phrase(self) -> str:
        words = self.bounds.words()
        return f"a number {words}" if words else "a number"

    def read(self, node: tree.Quantity, scope: Scope, subject: str) -> float:
        if node.unit is not None:
            scope.report(problems.needless_unit(subject, node.unit.text, scope.place(node.unit.span)))
            raise Unreadable
        return float(_bounded(node.number, self.bounds, node, scope, subject, help=self.hint))


class Whole(Number):
    """A whole number without a unit."""

    @property
    def phrase(self) -> str:
        words = self.bounds.words()
        return f"a whole number {words}" if words else "a whole number"

    def read(self, node: tree.Quantity, scope: Scope, subject: str) -> int:
        super().read(node, scope, subject)
        return _whole(node.number, node, scope, subject)


class OneOf(Whole):
    """One of a few whole numbers."""

    def __init__(self, *numbers: int) -> None:
        super().__init__()
        self.numbers = numbers

    @property
    def phrase(self) -> str:
        return either(f"`{number}`" for number in self.numbers)

    def read(self, node: tree.Quantity, scope: Scope, subject: str) -> int:
        number = super().read(node, scope, subject)
        if number not in self.numbers:
            scope.report(problems.out_of_range(subject, self.phrase, scope.place(node.span)))
            raise Unreadable
        return number


class Percent(Reader):
    """A percentage; the value is a fraction of one."""

    nodes = (tree.PercentValue,)
    units = ("%",)

    def __init__(self, *args: float, **kwargs: float) -> None:
        """Bounds are in percent."""
        self.bounds = Bounds(*args, **kwargs)

    @property
    def phrase(self) -> str:
        words = self.bounds.words("%")
        return f"a percentage {words}, such as `5%`" if words else "a percentage, such as `5%`"

    def read(self, node: tree.PercentValue, scope: Scope, subject: str) -> float:
        _bounded(node.number, self.bounds, node, scope, subject, "%")
        return node.share


class Measure(Model):
    """An amount of one of several units."""

    amount: float
    unit: str


class Amount(Reader):
    """A number with a unit. With one unit the value is the number, with several a `Measure`."""

    nodes = (tree.Quantity,)
    EXAMPLES: ClassVar = {"row": 500, "example": 16, "token": 512, "step": 200, "epoch": 1}

    def __init__(self, *units: str, fractions: bool = False, **bounds: float) -> None:
        self.singular, self.fractions = units, fractions
        self.units = tuple(unit + "s" for unit in units)
        self.bounds = Bounds(**(bounds or {"low": 1}))

    @property
    def phrase(self) -> str:
        samples = either(f"`{self.EXAMPLES[u]} {u}{'s' * (self.EXAMPLES[u] != 1)}`" for u in self.singular)
        return f"a number with its unit, such as {samples}"

    def read(self, node: tree.Quantity, scope: Scope, subject: str) -> Any:
        assert node.unit is not None
        unit = UNITS.get(node.unit.text)
        if unit is None or unit not in self.singular:
            scope.report(problems.wrong_unit(subject, node.unit.text, self.units, scope.place(node.unit.span)))
            raise Unreadable
        _bounded(node.number, self.bounds, node, scope, subject)
        if self.fractions and unit == "epoch":
            return Measure.model_construct(amount=float(node.number), unit=unit)
        number = _whole(node.number, node, scope, subject)
        return number if len(self.singular) == 1 else Measure.model_construct(amount=number, unit=unit)


class Elsewhere(Reader):
    """A value that is read as part of the setting that it replaces."""

    def __init__(self, phrase: str) -> None:
        self.phrase = phrase


class ScalarValue(Reader):
    """A text, a number, `true`, `false` or `none`, as a program outside the language takes it."""

    phrase = "a text, a number, `true`, `false` or `none`"
    nodes = (tree.TextValue, tree.Quantity, tree.BoolValue, tree.NoneValue)
    units = ("",)

    def read(self, node: Any, scope: Scope, subject: str) -> str | int | float | bool | None:
        match node:
            case tree.TextValue():
                return node.text
            case tree.BoolValue():
                return node.value
            case tree.Quantity():
                number = Number().read(node, scope, subject)
                return node.number if isinstance(node.number, int) else number
        return None


class OneOrMany(Reader):
    """A value, or a list of them; always read as a list."""

    def __init__(self, item: Reader) -> None:
        self.item, self.items = item, Items(item, empty=False, distinct=True)
        self.words, self.kinds, self.units = item.words, item.kinds, item.units
        self.phrase = f"{item.phrase}, or a list of them"

    def takes(self, path: tree.Path, scope: Scope) -> bool:
        return self.item.takes(path, scope)

    def fits(self, node: Any) -> bool:
        return self.item.fits(node) or self.items.fits(node)

    def read(self, node: Any, scope: Scope, subject: str) -> list[Any]:
        reader = self.items if isinstance(node, tree.ListValue) else self.item
        value = reader.read(node, scope, subject)
        return value if reader is self.items else [value]


class Range(Reader):
    """`low..high`, whole numbers, both ends included."""

    phrase = "a range, such as `1..5`"
    nodes = (tree.RangeValue,)

    def read(self, node: tree.RangeValue, scope: Scope, subject: str) -> tuple[int, int]:
        low, high = (_whole(number, node, scope, subject) for number in (node.low, node.high))
        if low > high:
            scope.report(problems.empty_range(subject, low, high, scope.place(node.span)))
            raise Unreadable
        return low, high


class Ref(Reader):
    """The name of a block; the value is its qualified name."""

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds
        self.phrase = "the name of " + either(f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}" for kind in kinds)

    def takes(self, path: tree.Path, scope: Scope) -> bool:
        return scope.block(path) is not None

    def read(self, node: tree.Path, scope: Scope, subject: str) -> str:
        named = scope.block(node)
        assert named is not None
        if named.kind not in self.kinds:
            scope.report(names_problems.wrong_kind(node.text, named.kind, subject, self.phrase, scope.place(node.span)))
            raise Unreadable
        return named.name


class Refs(Items):
    """Names of blocks, at least one, each once."""

    def __init__(self, *kinds: str, empty: bool = False) -> None:
        super().__init__(Ref(*kinds), empty=empty, distinct=True)


class FreeName(Reader):
    """A name that something else than a block declares: a column, a split."""

    def __init__(self, phrase: str) -> None:
        self.phrase = phrase

    def takes(self, path: tree.Path, scope: Scope) -> bool:
        return len(path.parts) == 1 and (scope.declares(path.text) or scope.parameter(path) is None)

    def read(self, node: tree.Path, scope: Scope, subject: str) -> str:
        return node.text


def _bounded(
    number: float, bounds: Bounds, node: Any, scope: Scope, subject: str, unit: str = "", help: str | None = None
) -> float:
    if number not in bounds:
        scope.report(problems.out_of_range(subject, bounds.words(unit) or "finite", scope.place(node.span), help))
        raise Unreadable
    return number


def _whole(number: float, node: Any, scope: Scope, subject: str) -> int:
    if isinstance(node, tree.Quantity) and re.fullmatch(r"-?\d{1,3}(\.\d{3})", node.text):
        thousands = f"{node.text} is a whole number and a fraction: write `{node.text.replace('.', '_')}` for thousands"
        scope.report(problems.out_of_range(subject, "a whole number", scope.place(node.span), thousands))
        raise Unreadable
    if abs(number) > LARGEST or number != int(number):
        wanted = "a whole number" if abs(number) <= LARGEST else f"at most {LARGEST:,}"
        scope.report(problems.out_of_range(subject, wanted, scope.place(node.span)))
        raise Unreadable
    return int(number)


COLUMN = FreeName("the name of a column")
SPLIT = FreeName("the name of a split")

Rows = Annotated[int, Amount("row")]
Examples = Annotated[int, Amount("example")]
Tokens = Annotated[int, Amount("token")]
Steps = Annotated[int, Amount("step")]
Column = Annotated[str, COLUMN]
Columns = Annotated[list[str], Items(COLUMN, distinct=True)]
SplitName = Annotated[str, SPLIT]
Share = Annotated[float, Percent(0, 100)]
Positive = Annotated[float, Number(above=0)]
Count = Annotated[int, Whole(1)]
Auto = Annotated[None, Word("auto")]
Cadence = Annotated[Measure, Amount("epoch", "step", fractions=True, above=0)]
File = Annotated[str, FilePath()]
JinjaText = Annotated[str, JinjaReader("a Jinja text", ("{{ ", " }}"))]
Expression = Annotated[str, JinjaReader("a Jinja expression in quotes, without braces")]
Scalar = Annotated[str | int | float | bool | None, ScalarValue()]
