"""Every format gives the same rows; what cannot be read says where."""

from __future__ import annotations

import bz2
import gzip
import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.program.columns import Float, Int, ListType, Map, Optional, Record, Text
from runtime.data import NotAtHand
from runtime.data.rows.read import read_dataset
from runtime.data.rows.rows import Rows
from runtime.revisions import revisions_of
from tests.compiled import changed
from tests.data import programs

VALUES = [{"q": 'say "hi",\nplease', "n": "004"}, {"q": "two\ttabs", "n": "NA"}, {"q": "漢 ", "n": "2024-01-01"}]
CSV = 'q,n\r\n"say ""hi"",\nplease",004\r\ntwo\ttabs,NA\r\n漢 ,2024-01-01\r\n'
JSONL = "".join(json.dumps(row) + "\n" for row in VALUES)


def read(folder: Path, *paths: str, format: str, rows: str | None = None, **fields: Any) -> Rows:
    source = programs.files(*paths, format=format, rows=rows)
    return read_dataset("data", programs.dataset(source, **fields), folder, [])


def values(found: Rows) -> list[dict[str, Any]]:
    return [row for _, batch in found.batches() for row in batch]


def problems(folder: Path, *paths: str, **fields: Any) -> list[Diagnostic]:
    with pytest.raises(Stop) as error:
        read(folder, *paths, **fields)
    return list(error.value.diagnostics)


def zstd(data: bytes) -> bytes:
    return pa.Codec("zstd").compress(data).to_pybytes()


@pytest.mark.parametrize(
    ("suffix", "pack"), [("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress), (".zst", zstd)]
)
def test_compressed_files_are_their_content(tmp_path: Path, suffix: str, pack):
    (tmp_path / f"data.csv{suffix}").write_bytes(pack(CSV.encode()))
    (tmp_path / f"data.jsonl{suffix}").write_bytes(pack(JSONL.encode()))

    assert values(read(tmp_path, f"data.csv{suffix}", format="csv")) == VALUES
    assert values(read(tmp_path, f"data.jsonl{suffix}", format="jsonl")) == VALUES


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path):
    for name, text in (("data.csv", CSV), ("data.jsonl", JSONL)):
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.encode())
        assert values(read(tmp_path, name, format=name[5:])) == VALUES


def test_tsv_knows_no_quotes(tmp_path: Path):
    (tmp_path / "data.tsv").write_text('q\tn\n"half a quote\t1\nwhole "quotes"\t2\n')

    assert values(read(tmp_path, "data.tsv", format="tsv")) == [
        {"q": '"half a quote', "n": "1"},
        {"q": 'whole "quotes"', "n": "2"},
    ]


def test_text_has_a_row_a_line(tmp_path: Path):
    (tmp_path / "data.txt").write_bytes("one\r\n\ntwo\u2028still two".encode())

    assert values(read(tmp_path, "data.txt", format="text")) == [
        {"text": "one"},
        {"text": ""},
        {"text": "two\u2028still two"},
    ]


@pytest.mark.parametrize(("document", "rows"), [(VALUES, None), ({"x": {"y": VALUES}}, "x.y")])
def test_json_has_its_rows_at_the_top_or_under_a_key(tmp_path: Path, document, rows):
    (tmp_path / "data.json").write_text(json.dumps(document))

    assert values(read(tmp_path, "data.json", format="json", rows=rows)) == VALUES


def test_parquet_and_arrow(tmp_path: Path):
    table = pa.Table.from_pylist(VALUES)
    pq.write_table(table, tmp_path / "data.parquet")
    for name, writer in (("file", pa.ipc.new_file), ("stream", pa.ipc.new_stream)):
        with pa.OSFile(str(tmp_path / f"{name}.arrow"), "wb") as out, writer(out, table.schema) as sink:
            sink.write_table(table)

    assert values(read(tmp_path, "data.parquet", format="parquet")) == VALUES
    assert values(read(tmp_path, "file.arrow", format="arrow")) == VALUES
    assert values(read(tmp_path, "stream.arrow", format="arrow")) == VALUES


def test_saved_data_sets_have_their_own_splits(tmp_path: Path):
    from datasets import Dataset, DatasetDict, disable_progress_bars

    disable_progress_bars()
    parts = {"train": Dataset.from_list(VALUES[:2]), "test": Dataset.from_list(VALUES[2:])}
    DatasetDict(parts).save_to_disk(tmp_path / "saved")
    parts["train"].save_to_disk(tmp_path / "alone")
    found = read(tmp_path, "saved", format="arrow")

    assert [found.splits[place] for place in found.split_of] == ["train", "train", "test"]
    assert values(found) == VALUES
    assert values(read(tmp_path, "alone", format="arrow")) == VALUES[:2]


def test_patterns_give_files_in_the_order_of_their_names(tmp_path: Path):
    for name in ("b/2", "a/3", "b/1"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"q": name}))
    found = read(tmp_path, "**/*.jsonl", "b/1.jsonl", format="jsonl")

    assert [row["q"] for row in values(found)] == ["a/3", "b/1", "b/2"]
    assert found.place(2) == "b/2.jsonl, row 1"


def test_a_split_may_have_a_source_of_its_own(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"q": name}))
    sources = {"train": programs.files("one.jsonl"), "held_out": programs.files("two.jsonl")}
    found = read_dataset("data", programs.dataset(sources), tmp_path, [])

    assert found.splits == ["train", "held_out"]
    assert found.split_of.tolist() == [0, 1]


def test_changed_files_are_read_again(tmp_path: Path):
    path = tmp_path / "data.jsonl"
    path.write_text('{"q": 1}')
    first = read(tmp_path, "data.jsonl", format="jsonl")
    stamp = path.stat()
    path.write_text('{"q": 2}')
    import os

    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    second = read(tmp_path, "data.jsonl", format="jsonl")

    assert (values(first), values(second)) == ([{"q": 1}], [{"q": 2}])
    assert first.hash != second.hash


# --- types ------------------------------------------------------------------------------------------------------


def test_types_are_inferred_from_every_row(tmp_path: Path):
    rows = [
        {"i": 1, "f": 1, "s": "004", "l": [], "m": None, "r": {"a": 1}},
        {"i": 2, "f": 1.5, "s": "2024-01-01", "l": ["x"], "m": "y", "r": {"a": 2, "b": "c"}, "late": True},
    ]
    programs.write_jsonl(tmp_path / "data.jsonl", rows)
    columns = read(tmp_path, "data.jsonl", format="jsonl").columns

    assert (columns["i"], columns["f"], columns["s"]) == (Int(), Float(), Text())
    assert (columns["l"], columns["m"]) == (ListType(Text()), Optional(Text()))
    assert columns["r"] == Record({"a": Int(), "b": Optional(Text())})
    assert isinstance(columns["late"], Optional)


def test_an_object_of_ever_new_keys_is_a_map(tmp_path: Path):
    rows = [{"by": {f"key {row} {place}": 1 for place in range(200)}} for row in range(3)]
    programs.write_jsonl(tmp_path / "data.jsonl", [*rows, {"by": {"last": 0.5}}])

    assert read(tmp_path, "data.jsonl", format="jsonl").columns == {"by": Map(Float())}


def test_text_formats_infer_text(tmp_path: Path):
    (tmp_path / "data.csv").write_text("q,n\n1,true\n")

    assert read(tmp_path, "data.csv", format="csv").columns == {"q": Text(), "n": Text()}


@pytest.mark.parametrize("second", ['"text"', "true", "[1]"])
def test_mixed_types_have_to_be_declared(tmp_path: Path, second: str):
    (tmp_path / "data.jsonl").write_text(f'{{"q": 1}}\n{{"q": {second}}}')

    assert [d.code for d in problems(tmp_path, "data.jsonl", format="jsonl")] == ["IFT553"]


def test_declared_types_convert(tmp_path: Path):
    (tmp_path / "data.csv").write_text('a,b,c,d,e\n3, 4.0,pos,"[""x""]",\n')
    columns = programs.columns(a="text", b="int(0..5)", c='label("neg", "pos")', d="list(text)", e="optional(float)")
    (row,) = values(read(tmp_path, "data.csv", format="csv", columns=columns))

    assert row == {"a": "3", "b": 4, "c": "pos", "d": ["x"], "e": None}
    assert row["c"].position == 1


def test_truth_is_a_label_as_text_has_it(tmp_path: Path):
    (tmp_path / "data.jsonl").write_text('{"q": true}\n{"q": false}\n')
    columns = programs.columns(q='label("false", "true")')

    assert [row["q"] for row in values(read(tmp_path, "data.jsonl", format="jsonl", columns=columns))] == [
        "true",
        "false",
    ]


def test_numbers_stay_exact(tmp_path: Path):
    (tmp_path / "data.jsonl").write_text('{"n": 123456789012345678901234567890, "m": {"k": 1}}')
    columns = programs.columns(n="int", m="map(int)")

    assert values(read(tmp_path, "data.jsonl", format="jsonl", columns=columns)) == [
        {"n": 123456789012345678901234567890, "m": {"k": 1}}
    ]


@pytest.mark.parametrize(
    ("type_", "value", "reason"),
    [
        ("int(1..5)", "6", "6 is outside 1..5"),
        ("int", "1.5", "'1.5' is not a whole number"),
        ("int", "true", "'true' is not a whole number"),
        ("float", "nan", "'nan' is not a finite number"),
        ('label("neg", "pos")', "posi", "'posi' is no label; did you mean 'pos'?"),
        ('label("neg", "pos")', "2", "2 is no position among 2 labels"),
        ("list(int)", '[1, "x"]', "at [1]: 'x' is not a whole number"),
        ("record(a = int)", "{}", "the record has no `a`"),
    ],
)
def test_wrong_values_are_named(tmp_path: Path, type_, value: str, reason: str):
    quoted = value.replace('"', '""')
    (tmp_path / "data.csv").write_text(f'q\n"{quoted}"\n')
    (found,) = problems(tmp_path, "data.csv", format="csv", columns=programs.columns(q=type_))

    assert found.code == "IFT554"
    assert f"data.csv, row 1 (line 2): `q`: {reason}" in found.message


@pytest.mark.parametrize("value", ['"\\ud800"', '["\\ud800"]', '"\\ufdd2"', '{"k": "\\ufdd0"}'])
def test_what_is_no_text_is_a_broken_row(tmp_path: Path, value: str):
    (tmp_path / "data.jsonl").write_text(f'{{"q": {value}}}')

    assert [d.code for d in problems(tmp_path, "data.jsonl", format="jsonl")] == ["IFT554"]


# --- what cannot be read ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"q": 1, "q": 2}', "the key 'q' stands twice"),
        ('{"q": NaN}', "NaN is not a JSON value"),
        ("[" * 100_000, "nested deeper than 64 levels"),
        ("{'q': 1}", "Expecting property name enclosed in double quotes at character 2"),
        ("\udcff", "not UTF-8"),
    ],
)
def test_broken_json_is_named(tmp_path: Path, line: str, reason: str):
    (tmp_path / "data.jsonl").write_bytes(b'{"q": 1}\n' + line.encode("utf-8", "surrogateescape"))
    (found,) = problems(tmp_path, "data.jsonl", format="jsonl", columns=programs.columns(q="int"))

    assert reason in found.message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('q,n\n1\n"2",3', "row 1 (line 2): 1 values where the header has 2"),
        ('q,n\n1,"never closed\n2,3\n4,5', "row 1 (line 4): not valid csv: unexpected end of data"),
        ('q,n\n"a"b,2\n', "row 1 (line 2): not valid csv"),
    ],
)
def test_broken_csv_is_named(tmp_path: Path, text: str, reason: str):
    (tmp_path / "data.csv").write_text(text)
    (found,) = problems(tmp_path, "data.csv", format="csv")

    assert (found.code, reason in found.message) == ("IFT554", True)


@pytest.mark.parametrize(
    ("name", "content", "format", "reason"),
    [
        ("data.csv", b"", "csv", "it has no header"),
        ("data.csv", b"q,q\n1,2", "csv", "has the column `q` twice"),
        ("data.csv", b"q\n\xff\xfe", "csv", "it is not UTF-8"),
        ("data.csv.gz", gzip.compress(CSV.encode() * 50, mtime=0)[:-30], "csv", "cannot be read"),
        ("data.csv.gz", b"plain", "csv", "cannot be read"),
        ("data.json", b"{", "json", "not valid JSON"),
        ("data.json", b'{"x": [1]}', "json", "has no list of rows at its top"),
        ("data.parquet", b"PAR1", "parquet", "cannot be read"),
        ("data.arrow", b"no", "arrow", "cannot be read"),
    ],
)
def test_files_that_are_not_what_they_should_be(tmp_path: Path, name: str, content: bytes, format: str, reason: str):
    (tmp_path / name).write_bytes(content)
    (found,) = problems(tmp_path, name, format=format)

    assert (found.code, found.pointer) == ("IFT551", "/datasets/data/source/paths/0")
    assert reason in found.message


def test_a_pattern_without_files(tmp_path: Path):
    assert [d.code for d in problems(tmp_path, "*.csv", format="csv")] == ["IFT550"]


def test_a_folder_is_no_file(tmp_path: Path):
    (tmp_path / "parts").mkdir()

    assert [d.help for d in problems(tmp_path, "parts", format="jsonl")] == [
        "name its files with a pattern, as `parts/*`"
    ]


# --- the hub ----------------------------------------------------------------------------------------------------

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache of `datasets` as it is after `org/visits` was loaded once, and no network."""
    import datasets
    from datasets.arrow_writer import ArrowWriter

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hub")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    folder = tmp_path / "hub" / "org___visits" / "default" / "0.0.0" / COMMIT
    folder.mkdir(parents=True)
    features = datasets.Features({"q": datasets.Value("string"), "kind": datasets.ClassLabel(names=["neg", "pos"])})
    splits = datasets.SplitDict(dataset_name="visits")
    for name, count in (("train", 3), ("test", 1)):
        with ArrowWriter(features=features, path=str(folder / f"visits-{name}.arrow")) as writer:
            for number in range(count):
                writer.write({"q": f"{name} {number}", "kind": number % 2})
            writer.finalize()
        splits[name] = datasets.SplitInfo(name=name, num_bytes=1, num_examples=count, dataset_name="visits")
    info = datasets.DatasetInfo(
        features=features, splits=splits, dataset_name="visits", config_name="default", version="0.0.0"
    )
    info.write_to_directory(str(folder))


def from_hub(folder: Path, *, fetch: bool = True, notes: list[Diagnostic] | None = None, **fields: Any) -> Rows:
    source = changed(programs.source('hub("org/visits")'), **fields)
    columns = programs.columns(q="text", kind='label("neg", "pos")')
    return read_dataset("data", programs.dataset(source, columns=columns), folder, notes or [], fetch=fetch)


def test_the_hub_is_read_from_its_cache_offline(hub, tmp_path: Path):
    found = from_hub(tmp_path)

    assert values(found)[1] == {"q": "train 1", "kind": "pos"}
    assert [found.splits[place] for place in found.split_of] == ["train", "train", "train", "test"]
    assert found.place(0) == "org/visits@01234567/train, row 1"


def test_reading_from_the_cache_is_said(hub, tmp_path: Path):
    source = programs.source('hub("org/visits", split = "train")')
    notes: list[Diagnostic] = []
    found = read_dataset("data", programs.dataset(source), tmp_path, notes)

    assert ([d.code for d in notes], found.count) == (["IFT583"], 3)


def test_a_pinned_revision_is_not_another_one(hub, tmp_path: Path):
    assert from_hub(tmp_path, revision=COMMIT).count == 4
    with pytest.raises(Stop) as error:
        from_hub(tmp_path, revision="f" * 40)
    assert [d.code for d in error.value.diagnostics] == ["IFT582"]


def test_a_locked_commit_is_read_whatever_the_branch_has_become(hub, tmp_path: Path):
    assert from_hub(tmp_path, revision="main", commit=COMMIT).count == 4
    with pytest.raises(Stop) as error:
        from_hub(tmp_path, commit="f" * 40)
    assert [d.code for d in error.value.diagnostics] == ["IFT582"]


def test_what_a_name_stood_for_is_known_afterwards(hub, tmp_path: Path):
    from_hub(tmp_path)
    sources = [programs.source(f'hub("org/visits"{revision})') for revision in ("", f', revision = "{COMMIT}"')]
    datasets = {f"data{number}": programs.dataset(source) for number, source in enumerate(sources)}

    assert revisions_of(programs.program(datasets=datasets), {}) == {"datasets/org/visits": COMMIT}


@pytest.mark.parametrize(("fields", "code"), [({"name": "org/other"}, "IFT582"), ({"split": "trian"}, "IFT559")])
def test_what_the_hub_does_not_have(hub, tmp_path: Path, fields: dict[str, Any], code: str):
    with pytest.raises(Stop) as error:
        from_hub(tmp_path, **fields)
    assert [d.code for d in error.value.diagnostics] == [code]


def test_nothing_is_fetched_unasked(tmp_path: Path):
    with pytest.raises(NotAtHand):
        from_hub(tmp_path, fetch=False, name="org/never_asked_for")


def test_a_pattern_matches_nothing_behind_a_link_that_leads_out_of_the_repository(tmp_path: Path):
    """What the recipe names itself may stand anywhere."""
    own, other = tmp_path / "repository", tmp_path / "other"
    for folder in (own / ".git", own / "data", other):
        folder.mkdir(parents=True)
    (other / "rows.jsonl").write_text(JSONL)
    (own / "data/linked.jsonl").symlink_to(other / "rows.jsonl")
    (own / "far").symlink_to(other)

    assert "a link that leads out" in problems(own, "data/*.jsonl", format="jsonl")[0].message
    assert values(read(own, "far/*.jsonl", format="jsonl")) == VALUES
    assert values(read(own, "data/linked.jsonl", format="jsonl")) == VALUES


def test_no_pipe_is_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "rows.jsonl")

    assert "no regular file" in problems(tmp_path, "rows.jsonl", format="jsonl")[0].message
