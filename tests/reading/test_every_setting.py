"""What holds of every setting and argument of the language, whatever it is called: the schema is walked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recipe_lang.check.load import Unit
from recipe_lang.check.names import Program, Scope, Table
from recipe_lang.check.reports import Reports
from recipe_lang.program.block import Settings
from recipe_lang.program.kinds import KINDS, model_of
from recipe_lang.reading.annotations import shape_of
from recipe_lang.reading.bodies import Entries
from recipe_lang.reading.lists import read
from recipe_lang.reading.readers import Reader
from recipe_lang.reading.scope import Unreadable
from recipe_lang.schema import reference
from recipe_lang.schema.reference import Part, Setting
from recipe_lang.source import Source
from recipe_lang.syntax import parse, parse_value, tree

SAMPLES = (
    '"some text"',
    "7",
    "0.5",
    "7 rows",
    "7 examples",
    "7 tokens",
    "7 steps",
    "7 epochs",
    "7%",
    "1..3",
    "true",
    "none",
    "[]",
    "[7, true]",
    "no_such_name",
    "no.such.path",
    "no_such_call(7)",
    "a.b >= 7",
)


def parts() -> Iterator[Part]:
    """Every block, inner block and call, each once."""
    seen: set[type[Settings]] = set()
    waiting = reference.blocks()
    while waiting:
        part = waiting.pop()
        if part.model not in seen:
            seen.add(part.model)
            yield part
            for setting in (*part.settings, *([part.rest] if part.rest else [])):
                waiting += reference.inside(setting.reader)


PARTS = sorted(parts(), key=lambda part: part.model.__name__)
SETTINGS = [(part, setting) for part in PARTS for setting in part.settings]
NAMES = [f"{part.model.__name__}.{setting.name}" for part, setting in SETTINGS]


def scope_of(source: Source, report: Reports) -> Scope:
    folder = Path("/nowhere")
    unit = Unit(source, parse(source)[0], folder)
    table = Table(unit, Program(folder, report))
    table.declare(tree.Body((), unit.tree.body.span))
    return Scope(source, table, folder)


def reading(reader: Reader, text: str) -> tuple[Any, list[Any]]:
    source = Source("sample", text)
    value, found = parse_value(source)
    assert value is not None and not found
    report = Reports()
    try:
        return read(reader, value, scope_of(source, report), "`setting`"), list(report)
    except Unreadable:
        return Unreadable, list(report)


@pytest.mark.parametrize(("part", "setting"), SETTINGS, ids=NAMES)
def test_a_wrong_value_is_reported_inside_itself(part: Part, setting: Setting):
    for sample in SAMPLES:
        value, found = reading(setting.reader, sample)

        assert (value is Unreadable) == bool(found), sample
        for diagnostic in found:
            assert diagnostic.severity == "error"
            assert diagnostic.code[3] in "23"
            assert diagnostic.place is not None
            assert diagnostic.place.source.slice(diagnostic.place.span).strip(), sample


@pytest.mark.parametrize(("part", "setting"), SETTINGS, ids=NAMES)
def test_some_sample_is_of_the_wrong_type(part: Part, setting: Setting):
    results = {reading(setting.reader, sample)[0] is Unreadable for sample in SAMPLES}

    assert True in results


@pytest.mark.parametrize(("part", "setting"), SETTINGS, ids=NAMES)
def test_a_default_is_what_its_spelling_reads_as(part: Part, setting: Setting):
    if setting.default is None:
        return
    field = shape_of(part.model).known[setting.name]
    expected = part.model.model_fields[field.attribute].get_default(call_default_factory=True)

    value, found = reading(setting.reader, setting.default)

    assert found == []
    assert value == expected


@pytest.mark.parametrize(("part", "setting"), SETTINGS, ids=NAMES)
def test_a_setting_says_what_it_means(part: Part, setting: Setting):
    assert setting.doc.endswith((".", "…")) or setting.doc.endswith("`."), setting.doc
    assert setting.type


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.model.__name__)
def test_a_block_or_call_says_what_it_is(part: Part):
    assert part.doc.endswith(".")


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_its_own_module(kind: str):
    model = model_of(kind)

    assert model.block_kind == kind
    assert model.__module__ == f"recipe_lang.program.{kind}"
    assert shape_of(model).rest is None or isinstance(shape_of(model).rest, Entries)


def test_the_reference_is_up_to_date(repository: Path):
    written = (repository / "grammar" / "README.md").read_text(encoding="utf-8")

    assert written == reference.page(), "run `python -m recipe_lang.schema.reference`"
