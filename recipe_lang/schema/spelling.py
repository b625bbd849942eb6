"""Values as an author writes them: the way back from what `readers.py` reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from recipe_lang.schema.base import Call, Model
from recipe_lang.schema.bodies import fields, rest
from recipe_lang.schema.columns import ColumnReader, every_type
from recipe_lang.schema.readers import Calls, Entries, Items, Reader, Words, alternatives
from recipe_lang.schema.types import Amount, Measure, OneOrMany, Percent
from recipe_lang.syntax.leaves import quoted
from recipe_lang.syntax.tree import TextValue


@dataclass(frozen=True, slots=True)
class Called:
    """A call as data: its word, and values by the names of its arguments; where those are free, `rest` holds them."""

    word: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    rest: Mapping[str, Any] | list[Any] = ()


def spell(value: Any, reader: Reader) -> str | None:
    """A value as an author would write it; None where nothing can be written for it."""
    readers = alternatives(reader)
    match value:
        case None:
            words = [each for each in readers if isinstance(each, Words) and getattr(each, "value", "") is None]
            return words[0].words[0] if words else None
        case bool():
            return str(value).lower()
        case Measure():
            return _amount(value.amount, value.unit)
        case Called():
            return _call(value, readers)
        case Call():
            return value.call
        case Model() | dict():
            return None
        case tuple():
            return "..".join(map(str, value))
        case list():
            item = next(each.item for each in readers if isinstance(each, Items | OneOrMany))
            spelt = [spell(each, item) or "none" for each in value]
            single = any(isinstance(each, OneOrMany) for each in readers) and len(spelt) == 1
            return spelt[0] if single else f"[{', '.join(spelt)}]"
        case str():
            texts = any(TextValue in each.nodes for each in readers)
            return quoted(value) if texts and not any(value in each.words for each in readers) else value
    if isinstance(value, float) and any(isinstance(each, Percent) for each in readers):
        return f"{_number(round(value * 100, 12))}%"
    units = [each.singular[0] for each in readers if isinstance(each, Amount)]
    return _amount(value, units[0]) if units else _number(value)


def _call(called: Called, readers: list[Reader]) -> str:
    """With all arguments that something can be written for, those by position first."""
    takers = [every_type() if isinstance(each, ColumnReader) else each for each in readers]
    model = next(
        each.classes[called.word] for each in takers if isinstance(each, Calls) and called.word in each.classes
    )
    known = {name: each.reader for name, each in fields(model).items()}
    spelt = {name: spell(called.arguments[name], known[name]) for name in known if name in called.arguments}
    first = [spelt.pop(name) for name in model.positional if spelt.get(name) is not None]
    free = rest(model)
    if isinstance(free, Items):
        first += [spell(each, free.item) or "none" for each in called.rest]
    elif isinstance(free, Entries) and called.rest:
        spelt |= {name: spell(each, free.value) or "none" for name, each in called.rest.items()}
    arguments = [*first, *(f"{name} = {text}" for name, text in spelt.items() if text is not None)]
    return f"{called.word}({', '.join(arguments)})" if arguments else called.word


def _amount(number: float, unit: str) -> str:
    return f"{_number(number)} {unit}{'' if number == 1 else 's'}"


def _number(number: float) -> str:
    """The shortest text that gives the same number: `5e-5`, `0.1`, `3000`."""
    short = str(number) if isinstance(number, int) else f"{number:g}"
    exact = short if float(short) == number else repr(number)
    return exact.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
