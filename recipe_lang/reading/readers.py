"""Readers of single values: from a node of the tree to a plain Python value, every mistake reported where it stands."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from annotated_types import Ge, Gt, Le, Lt
from pydantic import AllowInfNan, ConfigDict, TypeAdapter, ValidationError

from recipe_lang.diagnostics.problems import names as names_problems
from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.program.values import LARGEST
from recipe_lang.reading.scope import Unreadable
from recipe_lang.source import relative_name
from recipe_lang.syntax import tree

if TYPE_CHECKING:
    from recipe_lang.diagnostics.model import Diagnostic, Place
    from recipe_lang.program.base import Model
    from recipe_lang.reading.scope import Scope

PERCENT = ("percent", "percents", "pct")
"""What some write for `%`."""

UNITS = {word: unit for unit in ("row", "example", "token", "step", "epoch") for word in (unit, unit + "s")}
STRICT = ConfigDict(strict=True)
WHOLE = "a whole number"
FINITE = AllowInfNan(False)


class Reader:
    """Reads one type of value. `phrase` says in messages and in the reference what may be written."""

    phrase: str = "a value"
    nodes: tuple[type, ...] = ()
    """The kinds of nodes that it reads."""
    words: tuple[str, ...] = ()
    """The bare words that it takes."""
    kinds: tuple[str, ...] = ()
    """The kinds of blocks that it takes names of."""
    only_words: bool = False
    """Whether a name can only be one of `words` here."""
    units: tuple[str, ...] = ()
    """What must stand behind a number; an empty text where nothing may."""
    item: Reader | None = None
    """Of a list, what reads its items."""
    inner: Mapping[str, Reader] | None = None
    """Of an inner block, what reads its settings."""

    @property
    def alternatives(self) -> Sequence[Reader]:
        return (self,)

    @property
    def rooted(self) -> Reader:
        """Reads paths as they are written, since they start from a folder that is named beside them."""
        return self

    def takes(self, path: tree.Path, scope: Scope) -> bool:
        """Whether a name means something here, so that no parameter is looked for."""
        return len(path.parts) == 1 and path.text in self.words

    def fits(self, node: Any) -> bool:
        return isinstance(node, self.nodes)

    def read(self, node: Any, scope: Scope, subject: str) -> Any:
        """The value of a node that `takes` or `fits`; reports and raises `Unreadable` where it is no such value."""
        raise NotImplementedError


def alone(reader: Reader, node: Any, scope: Scope) -> bool:
    """Whether a value can stand here by its form."""
    return reader.takes(node, scope) if isinstance(node, tree.Path) else reader.fits(node)


def lacks_unit(reader: Reader, node: Any) -> bool:
    bare = isinstance(node, tree.Quantity) and node.unit is None
    return bare and bool(reader.units) and "" not in reader.units


def in_percents(reader: Reader, node: Any) -> bool:
    """Whether the sign is written as a word."""
    united = isinstance(node, tree.Quantity) and node.unit
    return bool(united) and node.unit.text in PERCENT and "%" in reader.units


def is_item(reader: Reader, node: Any, scope: Scope) -> bool:
    """Whether a value is an item of a list that is wanted, and no such list."""
    items = [each.item for each in reader.alternatives if each.item and tree.ListValue in each.nodes]
    return not reader.fits(node) and any(alone(item, node, scope) for item in items)


def either(phrases: Iterable[str]) -> str:
    """`a`, `b` or `c`."""
    *most, last = phrases
    return f"{', '.join(most)} or {last}" if most else last


def in_words(reader: Reader) -> str:
    """The phrase of a reader that takes some words and nothing else."""
    return either(f"`{word}`" for word in reader.words) if reader.words else ""


# --- words -------------------------------------------------------------------------------------------------------


class Nothing(Reader):
    phrase = "`none`"
    nodes = (tree.NoneValue,)
    only_words = True

    def read(self, node: tree.NoneValue, scope: Scope, subject: str) -> None:
        return None


class Bool(Reader):
    phrase = "`true` or `false`"
    nodes = (tree.BoolValue,)

    def read(self, node: tree.BoolValue, scope: Scope, subject: str) -> bool:
        return node.value


class Words(Reader):
    """One of a closed set of words. With `value`, the word stands for that."""

    only_words = True

    def __init__(self, *words: str, **value: None) -> None:
        self.words, self.value = words, value
        self.phrase = either(f"`{word}`" for word in words)

    def read(self, node: tree.Path, scope: Scope, subject: str) -> Any:
        return self.value.get("value", node.text)


class BlockName(Reader):
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


class FreeName(Reader):
    """A name that something else than a block declares: a column, a split."""

    def __init__(self, phrase: str) -> None:
        self.phrase = phrase

    def takes(self, path: tree.Path, scope: Scope) -> bool:
        return len(path.parts) == 1 and (scope.declares(path.text) or scope.parameter(path) is None)

    def read(self, node: tree.Path, scope: Scope, subject: str) -> str:
        return node.text


class Elsewhere(Reader):
    """A value that is read as part of the setting that it replaces."""

    def __init__(self, phrase: str) -> None:
        self.phrase = phrase


# --- values that pydantic checks -----------------------------------------------------------------------------------


class Bounds:
    """The interval that constraints leave open, in words; the limit of all whole numbers is not one of theirs."""

    def __init__(self, constraints: Iterable[Any]) -> None:
        self.low = self.high = self.above = self.below = None
        for each in constraints:
            match each:
                case Ge(ge=ge) if ge != -LARGEST:
                    self.low = ge
                case Gt(gt=gt):
                    self.above = gt
                case Le(le=le) if le != LARGEST:
                    self.high = le
                case Lt(lt=lt):
                    self.below = lt

    def words(self, unit: str = "") -> str:
        """`at least 1`, `from 0% to 100%`, `above 0 and below 1`."""
        if self.low is not None and self.high is not None:
            return f"from {_shown(self.low, unit)} to {_shown(self.high, unit)}"
        ends = (("at least", self.low), ("above", self.above), ("at most", self.high), ("below", self.below))
        return " and ".join(f"{word} {_shown(number, unit)}" for word, number in ends if number is not None)


def _shown(number: float, unit: str) -> str:
    """A bound as messages have it, of a percentage in percent."""
    shown = round(number * 100, 9) if unit == "%" else number
    return f"{int(shown) if shown == int(shown) else shown:,}{unit}"


class Checked(Reader):
    """Reads what pydantic then checks, by the type and the constraints of the annotation."""

    def __init__(self, annotation: Any, constraints: Sequence[Any] = ()) -> None:
        self.annotation, self.constraints = annotation, constraints

    @cached_property
    def validate(self) -> Any:
        return _validator(self.annotation, self.constraints)

    def checked(self, value: Any, node: Any, scope: Scope, subject: str, validate: Any = None) -> Any:
        """The value as pydantic has it. `validate`: by another validator than the annotation's own."""
        try:
            return (validate or self.validate)(value)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            scope.report(self.problem(first["type"], first.get("ctx", {}), subject, scope.place(node.span)))
            raise Unreadable from None

    def problem(self, mistake: str, context: Mapping[str, Any], subject: str, place: Place) -> Diagnostic:
        """What is said of an error of this type."""
        raise NotImplementedError


def _validator(annotation: Any, constraints: Sequence[Any]) -> Any:
    typed = Annotated[annotation, *constraints] if constraints else annotation
    return TypeAdapter(typed, config=STRICT).validator.validate_python


class Text(Checked):
    """A text; `phrase` says what it must be."""

    nodes = (tree.TextValue,)

    def __init__(self, annotation: Any = str, constraints: Sequence[Any] = (), phrase: str = "a text") -> None:
        super().__init__(annotation, constraints)
        self.phrase = phrase

    def read(self, node: tree.TextValue, scope: Scope, subject: str) -> str:
        return self.checked(node.text, node, scope, subject) if self.constraints else node.text

    def problem(self, mistake: str, context: Mapping[str, Any], subject: str, place: Place) -> Diagnostic:
        if mistake == "broken_pattern":
            return problems.broken_pattern(subject, context["reason"], place)
        return problems.malformed_text(subject, self.phrase, place)


class OneText(Text):
    """One of a closed set of texts: words of another program, which need not be names of the language."""

    def __init__(self, annotation: Any, *texts: str) -> None:
        super().__init__(annotation, phrase="one of " + either(f'`"{text}"`' for text in texts))

    def read(self, node: tree.TextValue, scope: Scope, subject: str) -> str:
        return self.checked(node.text, node, scope, subject)


class JinjaReader(Text):
    """Jinja in quotes, which is where a column's name stands."""

    def __init__(self, phrase: str, around: tuple[str, str]) -> None:
        super().__init__(phrase=phrase)
        self.around = around

    def column(self, name: str) -> str:
        """A column as this takes it, quotes included."""
        return f'"{self.around[0]}{name}{self.around[1]}"'


class FileReader(Text):
    """A path, relative to the file that it is written in; the value is relative to the recipe's folder."""

    def read(self, node: tree.TextValue, scope: Scope, subject: str) -> str:
        path = super().read(node, scope, subject)
        if os.path.isabs(path):
            return path
        return relative_name(scope.folder / path, scope.home)

    @property
    def rooted(self) -> Reader:
        return Text(self.annotation, self.constraints, self.phrase)


class Number(Checked):
    """A number without a unit."""

    nodes = (tree.Quantity,)
    units = ("",)
    unit = ""
    named = "a number"

    def __init__(self, annotation: Any = float, constraints: Sequence[Any] = (), cure: str | None = None) -> None:
        super().__init__(annotation, constraints)
        self.bounds, self.cure = Bounds(constraints), cure

    @property
    def phrase(self) -> str:
        words = self.bounds.words(self.unit)
        return f"{self.named} {words}" if words else self.named

    def read(self, node: tree.Quantity, scope: Scope, subject: str) -> float:
        self.no_unit(node, scope, subject)
        return self.checked(float(node.number), node, scope, subject)

    def no_unit(self, node: tree.Quantity, scope: Scope, subject: str) -> None:
        if node.unit is not None:
            scope.report(problems.needless_unit(subject, node.unit.text, scope.place(node.unit.span)))
            raise Unreadable

    def problem(self, mistake: str, context: Mapping[str, Any], subject: str, place: Place) -> Diagnostic:
        if LARGEST in map(abs, filter(None, (context.get("le"), context.get("ge")))):
            return problems.out_of_range(subject, f"at most {LARGEST:,}", place)
        wanted = WHOLE if mistake == "int_type" else self.bounds.words(self.unit) or "finite"
        help = self.cure
        if mistake == "less_than" and (written := re.fullmatch(r"([\d._]+e)\+?(\d+)", place.source.slice(place.span))):
            help = f"did you mean `{written[1]}-{written[2]}`?"
        return problems.out_of_range(subject, wanted, place, None if mistake == "int_type" else help)


class Whole(Number):
    """A whole number without a unit."""

    named = WHOLE

    def read(self, node: tree.Quantity, scope: Scope, subject: str) -> int:
        self.no_unit(node, scope, subject)
        return self.whole(node.number, node, scope, subject)

    @cached_property
    def within(self) -> Any:
        """Holds a number to the bounds alone, whole or not."""
        return _validator(float, self.constraints)

    def whole(self, number: float, node: Any, scope: Scope, subject: str) -> int:
        """What is out of bounds is told before what is not whole."""
        is_whole = math.isfinite(number) and number == int(number)
        exact = int(number) if is_whole else float(number)
        value = self.checked(exact, node, scope, subject, None if is_whole else self.within)
        if isinstance(node, tree.Quantity) and re.fullmatch(r"-?\d{1,3}(\.\d{3})", node.text):
            text = node.text.replace(".", "_")
            help = f"{node.text} is a whole number and a fraction: write `{text}` for thousands"
            scope.report(problems.out_of_range(subject, WHOLE, scope.place(node.span), help))
            raise Unreadable
        return value if is_whole else self.checked(value, node, scope, subject)


class OneOf(Whole):
    """One of a few whole numbers."""

    def __init__(self, annotation: Any, *numbers: int) -> None:
        super().__init__(annotation)
        self.numbers = numbers

    @property
    def phrase(self) -> str:
        return either(f"`{number}`" for number in self.numbers)

    def problem(self, mistake: str, context: Mapping[str, Any], subject: str, place: Place) -> Diagnostic:
        return problems.out_of_range(subject, self.phrase, place)


class PercentReader(Number):
    """A percentage; the value is a fraction of one."""

    nodes = (tree.PercentValue,)
    units = ("%",)
    unit = "%"

    @property
    def phrase(self) -> str:
        words = self.bounds.words("%")
        return f"a percentage {words}, such as `5%`" if words else "a percentage, such as `5%`"

    def read(self, node: tree.PercentValue, scope: Scope, subject: str) -> float:
        return self.checked(node.share, node, scope, subject)


class Level(PercentReader):
    """A number, or a percentage of one."""

    phrase = "a number or a percentage"
    nodes = (tree.PercentValue, tree.Quantity)
    units = ("%", "")

    def read(self, node: tree.PercentValue | tree.Quantity, scope: Scope, subject: str) -> float:
        if isinstance(node, tree.PercentValue):
            return super().read(node, scope, subject)
        return Number(self.annotation, self.constraints).read(node, scope, subject)


class Amount(Whole):
    """A number with its unit; of several units, the value is a `Measure`."""

    EXAMPLES: ClassVar = {"row": 500, "example": 16, "token": 512, "step": 200, "epoch": 1}

    def __init__(
        self, annotation: Any, constraints: Sequence[Any], units: Sequence[str], model: type[Model] | None = None
    ) -> None:
        super().__init__(annotation, constraints)
        self.singular, self.model = tuple(units), model
        self.units = tuple(unit + "s" for unit in units)

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
        if unit == "epoch":
            amount = self.checked(float(node.number), node, scope, subject)
        else:
            amount = self.whole(node.number, node, scope, subject)
        return amount if self.model is None else self.model.model_construct(amount=amount, unit=unit)


class ScalarReader(Reader):
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
                number = Number(float, [FINITE]).read(node, scope, subject)
                return node.number if isinstance(node.number, int) else number
        return None


class RangeReader(Checked):
    """`low..high`, whole numbers, both ends included."""

    phrase = "a range, such as `1..5`"
    nodes = (tree.RangeValue,)

    def read(self, node: tree.RangeValue, scope: Scope, subject: str) -> tuple[int, int]:
        return self.checked((node.low, node.high), node, scope, subject)

    def problem(self, mistake: str, context: Mapping[str, Any], subject: str, place: Place) -> Diagnostic:
        if mistake == "empty_range":
            return problems.empty_range(subject, context["low"], context["high"], place)
        return problems.out_of_range(subject, WHOLE if mistake == "int_type" else f"at most {LARGEST:,}", place)
