"""Values as an author writes them: the way back from what readers read."""

from __future__ import annotations

from typing import Any

from recipe_lang.program.block import Bare, Call
from recipe_lang.program.metrics import MetricName, Requirement
from recipe_lang.program.values import Measure
from recipe_lang.reading.annotations import shape_of
from recipe_lang.reading.bodies import Alone, Entries
from recipe_lang.reading.forms import SourceSplitReader
from recipe_lang.reading.lists import Items, OneOrMany
from recipe_lang.reading.readers import Amount, PercentReader, Reader, Words
from recipe_lang.syntax.leaves import quoted
from recipe_lang.syntax.tree import TextValue


def spell(value: Any, reader: Reader) -> str | None:
    """A value as an author would write it; None where nothing can be written for it."""
    readers = reader.alternatives
    match value:
        case None:
            words = [each for each in readers if isinstance(each, Words) and each.value]
            return words[0].words[0] if words else None
        case bool():
            return str(value).lower()
        case Measure():
            return _amount(value.amount, value.unit)
        case Requirement():
            return value.expression
        case MetricName():
            return value.key if value.metric else value.task
        case Call():
            return getattr(value, "spelling", "") or _call(value)
        case Bare():
            alone = next(each for each in readers if isinstance(each, Alone) and isinstance(value, each.model))
            return spell(getattr(value, alone.field), alone.reader)
        case tuple():
            return "..".join(map(str, value))
        case list():
            listing = next(each for each in readers if isinstance(each, Items | OneOrMany))
            spelt = [spell(each, listing.item) or "none" for each in value]
            single = isinstance(listing, OneOrMany) and len(spelt) == 1
            return spelt[0] if single else f"[{', '.join(spelt)}]"
        case str():
            if any(isinstance(each, SourceSplitReader) for each in readers):
                return f"source.{value}"
            texts = any(TextValue in each.nodes for each in readers)
            return quoted(value) if texts and not any(value in each.words for each in readers) else value
        case int() | float():
            return _quantity(value, readers)
    return None


def _quantity(value: float, readers: Any) -> str:
    if isinstance(value, float) and any(isinstance(each, PercentReader) for each in readers):
        return f"{_number(round(value * 100, 12))}%"
    units = [each.singular[0] for each in readers if isinstance(each, Amount)]
    return _amount(value, units[0]) if units else _number(value)


def _call(call: Call) -> str:
    """With all arguments that something can be written for, those by position first."""
    shape = shape_of(type(call))
    spelt = {name: spell(getattr(call, field.attribute), field.reader) for name, field in shape.known.items()}
    first = [spelt.pop(name) for name in call.positional if spelt.get(name) is not None]
    free = getattr(call, shape.model.rest) if shape.model.rest else None
    if isinstance(shape.rest, Items):
        first += [spell(each, shape.rest.item) or "none" for each in free]
    elif isinstance(shape.rest, Entries):
        spelt |= {name: spell(each, shape.rest.value) or "none" for name, each in free.items()}
    arguments = [*first, *(f"{name} = {text}" for name, text in spelt.items() if text is not None)]
    return f"{call.kind}({', '.join(arguments)})" if arguments else call.kind


def _amount(number: float, unit: str) -> str:
    return f"{_number(number)} {unit}{'' if number == 1 else 's'}"


def _number(number: float) -> str:
    """The shortest text that gives the same number: `5e-5`, `0.1`, `3000`."""
    short = str(number) if isinstance(number, int) else f"{number:g}"
    exact = short if float(short) == number else repr(number)
    return exact.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
