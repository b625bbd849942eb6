"""The formats for programs."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from recipe_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Place
from recipe_lang.diagnostics.render import render
from recipe_lang.diagnostics.render.json import Document
from recipe_lang.source import Source, Span
from tests.diagnostics.examples import place, simple, unknown_column

SARIF_SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-schema-2.1.0.json").read_text())
"""The OASIS schema, errata 01, unchanged."""

CODED = [Diagnostic("IFT001", "error", "a", help="h"), simple(Source("ä b.ift", "x\ny\n"), 0, 4, "two lines")]


def test_concise_is_a_line_a_diagnostic():
    expected = (
        "recipes/clinical.ift:9:8: error[IFT403]: template `brief` uses `dialog`, which dataset `visits` does not "
        "have\nerror[IFT001]: a\n"
    )

    assert expected == render("concise", [unknown_column(), CODED[0]])


def test_github_escapes_and_leaves_columns_out_of_ranges_over_lines():
    hard = simple(Source("a,b:c%.ift", "x\ny\n"), 0, 4)
    properties = "title=ift IFT101,file=a%2Cb%3Ac%25.ift,line=1,endLine=3"
    expected = f"::error {properties}::a,b:c%25.ift:1:1: IFT101: something is wrong\n"

    assert expected == render("github", [hard])


def test_github_marks_notes_as_notices_and_adds_the_help():
    source = Source("a.ift", "x = 1\n")
    note = Diagnostic("IFT101", "note", "100%", place("x", source), help="do\nthat")
    properties = "title=ift IFT101,file=a.ift,line=1,endLine=1,col=1,endColumn=2"
    expected = f"::notice {properties}::a.ift:1:1: IFT101: 100%25%0Ado%0Athat\n"

    assert expected == render("github", [note])


def test_json_is_one_versioned_object():
    at = {"file": "recipes/clinical.ift", "line": 9, "column": 8, "end_line": 9, "end_column": 14}
    offsets = {"offset": 106, "end_offset": 112}
    label = Label(place("brief"), "the template")
    expected = {
        "format_version": 1,
        "files": 3,
        "errors": 1,
        "warnings": 0,
        "diagnostics": [
            {
                "code": "IFT403",
                "severity": "error",
                "message": "template `brief` uses `dialog`, which dataset `visits` does not have",
                **at,
                **offsets,
                "help": "did you mean `dialogue`? (text, declared at line 3)",
                "related": [
                    {
                        "file": "recipes/clinical.ift",
                        "line": 7,
                        "column": 10,
                        "end_line": 7,
                        "end_column": 15,
                        "message": "the template",
                    }
                ],
                "fix": {
                    "title": "write `dialogue`",
                    "safe": True,
                    "edits": [{"file": "recipes/clinical.ift", **offsets, "text": "dialogue"}],
                },
            }
        ],
    }

    assert expected == json.loads(render("json", [unknown_column(label, fix=True)], files=3))


def test_json_offsets_and_edits_are_those_of_the_file_as_stored():
    source = Source.from_file_text("a.ift", "\ufeffa = 1\r\nb = 2\r\n")
    at = place("b", source)
    fix = Fix("split", (Edit(at, "b\nc"),))
    found = json.loads(render("json", [Diagnostic("IFT101", "error", "m", at, fix=fix)]))["diagnostics"][0]

    assert (found["line"], found["column"]) == (2, 1)
    assert (found["offset"], found["end_offset"]) == (8, 9)
    assert found["fix"]["edits"][0] == {"file": "a.ift", "offset": 8, "end_offset": 9, "text": "b\r\nc"}


def test_json_has_null_for_what_has_no_place():
    found = json.loads(render("json", [CODED[0]]))["diagnostics"][0]

    assert {None} == {found[key] for key in ("file", "line", "column", "end_line", "end_column", "offset")}


DIAGNOSTICS = st.builds(
    lambda text, start, end, severity, message, code, related, fixed: Diagnostic(
        code,
        severity,
        message,
        at := Place(Source("dir/ü.ift", text), Span(min(start, end), max(start, end))),
        "label",
        (Label(at, message),) if related else (),
        help=message or None,
        fix=Fix("fix", (Edit(at, message),)) if fixed else None,
    ),
    st.text(max_size=30),
    st.integers(0, 30),
    st.integers(0, 30),
    st.sampled_from(["error", "warning", "note"]),
    st.text(max_size=20),
    st.just("IFT001"),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(DIAGNOSTICS, max_size=3))
def test_sarif_is_valid_against_the_standard_schema(diagnostics):
    document = json.loads(render("sarif", diagnostics))

    jsonschema.Draft4Validator(SARIF_SCHEMA).validate(document)
    assert len(diagnostics) == len(document["runs"][0]["results"])


@given(st.lists(DIAGNOSTICS, max_size=3))
def test_json_is_valid_against_the_schema_of_its_types(diagnostics):
    from pydantic import TypeAdapter

    schema = TypeAdapter(Document).json_schema()

    jsonschema.validate(json.loads(render("json", diagnostics, files=1)), schema)


@given(st.lists(DIAGNOSTICS, max_size=3))
def test_github_and_concise_stay_on_one_line_each(diagnostics):
    for format in ("github", "concise"):
        assert len(diagnostics) == render(format, diagnostics).count("\n")
