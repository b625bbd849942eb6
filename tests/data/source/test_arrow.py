"""Arrow and parquet of other programs: what was written is what is read, and nothing in a file is believed."""

from __future__ import annotations

import decimal
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from runtime.base import expansion
from tests.data import programs
from tests.data.source.test_source import problems, read, values

TEXT = programs.columns(q="text")
MONEY = pa.array([decimal.Decimal("19.90"), decimal.Decimal("0"), None], pa.decimal128(20, 8))
NOT_UTF8 = pa.array([b"good", b"b\xffd", b"fine"])


def write(path: Path, *columns: pa.Array | pa.ChunkedArray, names: list[str] | None = None) -> None:
    table = pa.table(list(columns), names=names or ["q", "r", "s"][: len(columns)])
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    else:
        with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table)


def texts(folder: Path, column: pa.Array, suffix: str = "arrow", type_: str = "optional(text)") -> list[Any]:
    write(folder / f"data.{suffix}", column)
    found = read(folder, f"data.{suffix}", format=suffix, columns=programs.columns(q=type_))
    return [row["q"] for row in values(found)]


def broken(folder: Path, column: pa.Array, suffix: str = "arrow", type_: str = "optional(text)") -> str:
    write(folder / f"data.{suffix}", column)
    (found,) = problems(folder, f"data.{suffix}", format=suffix, columns=programs.columns(q=type_))
    assert found.code == "IFT554"
    return found.message


# --- what was written -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["arrow", "parquet"])
def test_numbers_are_those_that_were_written(tmp_path: Path, suffix: str):
    assert texts(tmp_path, pa.array([19.99, 0.1, None], pa.float32()), suffix) == ["19.99", "0.1", None]
    assert texts(tmp_path, pa.array(np.array([19.98, 0.1], np.float16)), suffix) == ["19.98", "0.1"]
    assert texts(tmp_path, MONEY, suffix) == ["19.90000000", "0.00000000", None]
    assert texts(tmp_path, pa.array([2**63], pa.uint64()), suffix) == [str(2**63)]


def test_numbers_are_those_that_were_written_at_any_depth(tmp_path: Path):
    row = {"price": 19.99, "per": [0.1, None], "by": [("a", 0.3)]}
    of = [("price", pa.float32()), ("per", pa.large_list(pa.float32())), ("by", pa.map_(pa.string(), pa.float32()))]
    write(tmp_path / "data.parquet", pa.array([None, row, row], pa.struct(of)).slice(1))
    found = read(tmp_path, "data.parquet", format="parquet")

    assert values(found) == [{"q": {"price": 19.99, "per": [0.1, None], "by": {"a": 0.3}}}] * 2


@pytest.mark.parametrize(
    "type_",
    [pa.list_(pa.float32()), pa.list_(pa.float32(), 2), pa.list_view(pa.float32()), pa.large_list_view(pa.float32())],
)
def test_lists_of_every_layout_are_lists(tmp_path: Path, type_: pa.DataType):
    column = pa.array([[1, 1], None, [0.1, 2]], type_).slice(1)

    assert texts(tmp_path, column, type_="optional(list(float))") == [None, [0.1, 2]]


def test_a_decimal_without_a_fraction_is_a_whole_number(tmp_path: Path):
    column = pa.array([decimal.Decimal("7.00")], pa.decimal128(5, 2))

    assert texts(tmp_path, column, type_="int") == [7]
    assert "a number where a whole number is declared" in broken(tmp_path, MONEY.slice(0, 1), type_="int")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_no_text(tmp_path: Path, number: float):
    column = pa.array([1.5, number], pa.float32())

    assert f"data.arrow, row 2: `q`: '{number}' where text is declared" in broken(tmp_path, column)


def test_json_numbers_are_texts_as_they_were_written(tmp_path: Path):
    (tmp_path / "data.jsonl").write_text('{"q": 19.90}\n{"q": 1e5}\n{"q": 12345678901234567890.25}')
    found = read(tmp_path, "data.jsonl", format="jsonl", columns=TEXT)
    (tmp_path / "huge.jsonl").write_text('{"q": 1e999}')

    assert [row["q"] for row in values(found)] == ["19.90", "1e5", "12345678901234567890.25"]
    assert "'inf' where text is declared" in problems(tmp_path, "huge.jsonl", format="jsonl", columns=TEXT)[0].message


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["a", "b", "a"]).dictionary_encode(),
        pa.array(["a", "b", "a"], pa.large_string()),
        pa.array(["a", "b", "a"], pa.string_view()),
    ],
)
def test_texts_of_every_layout_are_texts(tmp_path: Path, column: pa.Array):
    assert texts(tmp_path, column) == ["a", "b", "a"]


@pytest.mark.parametrize(
    ("count", "type_", "text"),
    [
        (1, pa.timestamp("s"), "1970-01-01T00:00:01"),
        (-1, pa.timestamp("us"), "1969-12-31T23:59:59.999999"),
        (2**60 + 1, pa.timestamp("ns"), "2006-07-14T23:58:24.606846977"),
        (0, pa.timestamp("ms", "UTC"), "1970-01-01T00:00:00+00:00"),
        (0, pa.timestamp("s", "Europe/Berlin"), "1970-01-01T01:00:00+01:00"),
        (0, pa.timestamp("s", "-03:30"), "1969-12-31T20:30:00-03:30"),
        (19_000, pa.date32(), "2022-01-08"),
        (86_400_000, pa.date64(), "1970-01-02"),
        (3_600, pa.time32("s"), "01:00:00"),
        (1, pa.time64("ns"), "00:00:00.000000001"),
    ],
)
def test_times_are_exact_texts(tmp_path: Path, count: int, type_: pa.DataType, text: str):
    column = pa.array([count, None], pa.int32() if type_.bit_width == 32 else pa.int64()).view(type_)

    assert texts(tmp_path, column) == [text, None]


# --- what no column holds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (pa.array([2**60]).view(pa.timestamp("s")), "a time that no calendar has"),
        (pa.array([2**60]).view(pa.timestamp("s", "Europe/Berlin")), "a time that no calendar has"),
        (pa.array([-(10**11)]).view(pa.timestamp("s")), "a time that no calendar has"),
        (pa.array([2**31 - 1], pa.int32()).view(pa.date32()), "a time that no calendar has"),
        (pa.array([0]).view(pa.timestamp("s", "Mars/Phobos")), "a time in the unknown zone 'Mars/Phobos'"),
        (pa.array([2**60]).view(pa.duration("s")), "a duration"),
        (pa.array([b"\x89PNG"]), "bytes"),
        (
            pa.array([b"\1" + bytes(15)], pa.binary(16)).view(pa.decimal128(12, 999)),
            "a value of the Arrow type decimal",
        ),
        (pa.array([b"\xff"]).view(pa.string()), "text that is not UTF-8"),
    ],
)
def test_what_no_column_holds_breaks_its_row_where_the_column_is_read(tmp_path: Path, column: pa.Array, reason: str):
    assert f"data.arrow, row 1: `q`: {reason}" in broken(tmp_path, column)

    write(tmp_path / "data.arrow", column, pa.array(["read"]))
    assert values(read(tmp_path, "data.arrow", format="arrow", columns=programs.columns(r="text"))) == [{"r": "read"}]
    assert [d.code for d in problems(tmp_path, "data.arrow", format="arrow")] == ["IFT554"]


@pytest.mark.parametrize(
    ("column", "type_"),
    [
        (NOT_UTF8.view(pa.string()), "text"),
        (NOT_UTF8.cast(pa.large_binary()).view(pa.large_string()), "text"),
        (pa.DictionaryArray.from_arrays(pa.array([0, 1, 2]), NOT_UTF8.view(pa.string())), "text"),
        (pa.ListArray.from_arrays(pa.array([0, 1, 2, 3], pa.int32()), NOT_UTF8.view(pa.string())), "list(text)"),
        (pa.StructArray.from_arrays([NOT_UTF8.view(pa.string())], ["t"]), "record(t = text)"),
    ],
    ids=["text", "large", "dictionary", "list", "struct"],
)
def test_a_text_that_is_not_utf8_breaks_its_own_row(tmp_path: Path, column: pa.Array, type_: str):
    write(tmp_path / "data.arrow", column)
    found = read(tmp_path, "data.arrow", format="arrow", columns=programs.columns(q=type_), max_bad_rows=1)

    assert found.count == 2
    assert found.bad[0].startswith("data.arrow, row 2: `q`: ")
    assert found.bad[0].endswith("text that is not UTF-8 where text is declared")


# --- what a file says of itself ---------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["arrow", "parquet"])
def test_a_column_stands_once(tmp_path: Path, suffix: str):
    column, inner = pa.array(["a"]), pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], ["n", "n"])
    for columns, names, repeated in (([column, column], ["q", "q"], "q"), ([inner], ["q"], "q.n")):
        write(tmp_path / f"data.{suffix}", *columns, names=names)
        (found,) = problems(tmp_path, f"data.{suffix}", format=suffix, columns=TEXT)

        assert found.code == "IFT551"
        assert f"`data.{suffix}` has the column `{repeated}` twice" in found.message


def patched(path: Path, old: bytes, new: bytes) -> None:
    """Writes other numbers where the file's own stand."""
    stored = path.read_bytes()
    assert stored.count(old) == 1
    path.write_bytes(stored.replace(old, new))


@pytest.mark.parametrize(
    ("column", "format"),
    [
        (pa.array(["a" * 7, "b" * 6]), "iii"),
        (pa.array(["a" * 7, "b" * 6], pa.large_string()), "qqq"),
        (pa.array([["x"] * 7, ["y"] * 6]), "iii"),
        (pa.array([{"in": ["x"] * 7}, {"in": ["y"] * 6}]), "iii"),
        (pa.array([[("k", 1)] * 7, [("k", 2)] * 6], pa.map_(pa.string(), pa.int8())), "iii"),
    ],
    ids=["text", "large", "list", "nested", "map"],
)
def test_an_offset_never_leads_out_of_its_buffer(tmp_path: Path, column: pa.Array, format: str):
    for offset in (2**30, -5, 5_000):
        write(tmp_path / "data.arrow", column)
        patched(tmp_path / "data.arrow", struct.pack(format, 0, 7, 13), struct.pack(format, 0, offset, 13))
        (found,) = problems(tmp_path, "data.arrow", format="arrow")

        assert found.code == "IFT551"


def test_an_index_never_leads_out_of_its_dictionary(tmp_path: Path):
    column = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1, 0], pa.int16()), pa.array(["a", "b"]))
    write(tmp_path / "data.arrow", column)
    patched(tmp_path / "data.arrow", struct.pack("4h", 0, 1, 1, 0), struct.pack("4h", 0, 1, 9999, 0))

    assert [d.code for d in problems(tmp_path, "data.arrow", format="arrow")] == ["IFT551"]


@pytest.mark.parametrize("suffix", ["arrow", "parquet"])
def test_a_file_that_is_cut_is_unreadable(tmp_path: Path, suffix: str):
    whole = tmp_path / f"whole.{suffix}"
    write(whole, pa.array(["text"] * 500))
    stored = whole.read_bytes()
    for size in (0, 1, 8, len(stored) // 2, len(stored) - 1):
        (tmp_path / f"data.{suffix}").write_bytes(stored[:size])

        assert [d.code for d in problems(tmp_path, f"data.{suffix}", format=suffix, columns=TEXT)] == ["IFT551"]


def test_columns_are_nested_as_deep_as_data_is(tmp_path: Path):
    type_ = pa.int8()
    for _ in range(70):
        type_ = pa.struct([("in", type_)])
    write(tmp_path / "data.parquet", pa.array([None], type_))

    assert "nested deeper than 64 levels" in problems(tmp_path, "data.parquet", format="parquet")[0].message


def test_a_list_is_not_longer_than_memory(tmp_path: Path):
    count = 2**28 + 1
    items = pa.ListArray.from_arrays(pa.array([0, count], pa.int32()), pa.nulls(count))
    write(tmp_path / "data.arrow", items)

    assert "lists of more than" in problems(tmp_path, "data.arrow", format="arrow")[0].message


@pytest.mark.parametrize("suffix", ["jsonl.gz", "jsonl.zst", "parquet"])
def test_a_file_that_grows_beyond_measure_is_refused(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(expansion, "_ROOM", 10_000)
    path = tmp_path / f"data.{suffix}"
    if suffix == "parquet":
        write(path, pa.array(["x" * 100_000] * 100).dictionary_encode().cast(pa.string()))
    else:
        with pa.CompressedOutputStream(str(path), "gzip" if suffix.endswith("gz") else "zstd") as out:
            for _ in range(50):
                out.write(b" " * 1_000_000)
    (found,) = problems(tmp_path, path.name, format=suffix.split(".")[0], columns=TEXT)

    assert "it grows to more than 1,000 times its size" in found.message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("state.json", "{}"),
        ("state.json", "[1"),
        ("state.json", json.dumps({"_data_files": [{"filename": "../secret.arrow"}]})),
        ("dataset_dict.json", "[]"),
        ("dataset_dict.json", json.dumps({"splits": ["../.."]})),
    ],
)
def test_a_listing_names_what_stands_beside_it(tmp_path: Path, name: str, content: str):
    write(tmp_path / "secret.arrow", pa.array(["secret"]))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).write_text(content)

    assert f"`{name}` in it is not what" in problems(tmp_path, "data", format="arrow")[0].message
