"""From an annotation to a reader: types, the constraints that pydantic checks, and marks that say how a value is
written.

`bool`, `str`, `Literal["a", "b"]` (words), `list[…]`, `dict[…]` (a block of free names), calls, inner blocks, values
written without a word, `None`, unions of these, and whatever `recipe_lang.program.values` marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import MaxLen, MinLen
from pydantic.fields import FieldInfo

from recipe_lang.program import values
from recipe_lang.program.base import Mark
from recipe_lang.program.block import Bare, Call, Inner, Settings, settings_of
from recipe_lang.program.values import Measure
from recipe_lang.reading import forms
from recipe_lang.reading.bodies import Alone, Calls, Entries, Field, InnerBlock, Shape
from recipe_lang.reading.lists import Alternatives, Items, OneOrMany
from recipe_lang.reading.readers import (
    Amount,
    BlockName,
    Bool,
    Elsewhere,
    FileReader,
    FreeName,
    JinjaReader,
    Level,
    Nothing,
    Number,
    OneOf,
    OneText,
    PercentReader,
    RangeReader,
    Reader,
    ScalarReader,
    Text,
    Whole,
    Words,
)


@cache
def shape_of(model: type[Settings]) -> Shape:
    """A model as an author writes it."""
    return Shape(
        model,
        {written: _field(model, written, name) for written, name in settings_of(model).items()},
        _field(model, model.rest, model.rest).reader if model.rest else None,
    )


def _field(model: type[Settings], written: str, name: str) -> Field:
    info = model.model_fields[name]
    reader = reader_of(info.annotation, info.metadata)
    root = next((mark.root for mark in info.metadata if isinstance(mark, values.Rooted)), None)
    return Field(written, name, reader, info.is_required(), (root, reader.rooted) if root else None)


def reader_of(annotation: Any, metadata: Iterable[Any] = ()) -> Reader:
    """The reader for an annotation, or for a field's annotation and metadata."""
    marks = [*_flat(metadata)]
    while get_origin(annotation) is Annotated:
        annotation, *inner = get_args(annotation)
        marks = [*_flat(inner), *marks]
    marked = {type(mark): mark for mark in marks}
    origin, arguments = get_origin(annotation), get_args(annotation)
    if values.OwnForm in marked:
        return forms.FORMS[marked[values.OwnForm].name](annotation, reader_of, shape_of)
    if values.AnyScalar in marked:
        return ScalarReader()
    if values.Elsewhere in marked:
        return Elsewhere(marked[values.Elsewhere].phrase)
    if origin in (Union, UnionType):
        return _union(arguments, marked)
    if origin is Literal:
        return _literal(annotation, arguments, marked)
    if origin is list:
        return _items(reader_of(arguments[0]), marked)
    if origin is dict:
        least = marked[MinLen].min_length if MinLen in marked else 0
        return Entries(None if arguments[0] is str else reader_of(arguments[0]), reader_of(arguments[1]), least)
    if values.LowToHigh in marked:
        return RangeReader(annotation, marks)
    if issubclass(annotation, Measure):
        return _measure(annotation)
    if issubclass(annotation, Call):
        return Calls([annotation], shape_of)
    if issubclass(annotation, Bare):
        return _alone(annotation)
    if issubclass(annotation, Inner):
        return InnerBlock(annotation, shape_of)
    return _SIMPLE[annotation](annotation, marks, marked)


def _flat(metadata: Iterable[Any]) -> Iterable[Any]:
    """Marks and constraints, those inside `Field(…)` too."""
    for each in metadata:
        if isinstance(each, FieldInfo):
            yield from each.metadata
        else:
            yield each


def _text(annotation: Any, marks: Sequence[Any], marked: dict[type, Any]) -> Reader:
    for kind, mark in marked.items():
        if kind is values.Reference:
            return BlockName(*mark.kinds)
        if kind is values.Declared:
            return FreeName(mark.phrase)
        if kind is values.Jinja:
            return JinjaReader(mark.phrase, mark.around)
        if kind is values.FilePath:
            return FileReader(str, _constraints(marks), mark.phrase)
        if kind is values.Described:
            return Text(str, _constraints(marks), mark.phrase)
    return Text(str, _constraints(marks))


def _constraints(marks: Iterable[Any]) -> list[Any]:
    """What pydantic reads."""
    return [mark for mark in marks if not isinstance(mark, Mark)]


def _whole(annotation: Any, marks: Sequence[Any], marked: dict[type, Any]) -> Reader:
    if values.Unit in marked:
        return Amount(int, _constraints(marks), [marked[values.Unit].name])
    return Whole(int, _constraints(marks), _cure(marked))


def _number(annotation: Any, marks: Sequence[Any], marked: dict[type, Any]) -> Reader:
    if values.Percent in marked:
        kind = Level if marked[values.Percent].bare else PercentReader
        return kind(float, _constraints(marks), _cure(marked))
    return Number(float, _constraints(marks), _cure(marked))


def _cure(marked: dict[type, Any]) -> str | None:
    return marked[values.Cure].text if values.Cure in marked else None


def _nothing(annotation: Any, marks: Sequence[Any], marked: dict[type, Any]) -> Reader:
    return Words(marked[values.Word].text, value=None) if values.Word in marked else Nothing()


_SIMPLE: dict[Any, Any] = {
    str: _text,
    int: _whole,
    float: _number,
    NoneType: _nothing,
    None: _nothing,
    bool: lambda *_: Bool(),
}


def _literal(annotation: Any, words: Sequence[Any], marked: dict[type, Any]) -> Reader:
    if isinstance(words[0], int):
        return OneOf(annotation, *words)
    return OneText(annotation, *words) if values.InQuotes in marked else Words(*words)


def _items(item: Reader, marked: dict[type, Any]) -> Reader:
    least = marked[MinLen].min_length if MinLen in marked else 0
    most = marked[MaxLen].max_length if MaxLen in marked else None
    items = Items(item, least=least, most=most, distinct=values.Distinct in marked)
    return OneOrMany(items) if values.OneOrMany in marked else items


def _measure(model: type[Measure]) -> Reader:
    amount = model.model_fields["amount"]
    return Amount(amount.annotation, amount.metadata, get_args(model.model_fields["unit"].annotation), model)


def _alone(model: type[Bare]) -> Reader:
    (field,) = shape_of(model).known.values()
    return Alone(model, field.attribute, field.reader)


def _union(arguments: Sequence[Any], marked: dict[type, Any]) -> Reader:
    """Calls that stand beside each other are one reader, at the place of the first."""
    calls = [each for each in arguments if isinstance(each, type) and issubclass(each, Call)]
    described = marked[values.Described].phrase if values.Described in marked else None
    readers: list[Reader] = []
    for argument in arguments:
        if argument not in calls:
            readers += reader_of(argument).alternatives
        elif argument is calls[0]:
            readers.append(Calls(calls, shape_of, described))
    return readers[0] if len(readers) == 1 else Alternatives(readers)
