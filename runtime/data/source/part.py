"""What a data set is read from: its files, or the splits that a hub's data set has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.program.dataset import Dataset, FileSource, HubSource, JsonSource
from runtime.data.source.columnar import arrow_splits, read_arrow, read_parquet
from runtime.data.source.delimited import read_csv, read_tsv
from runtime.data.source.document import read_json
from runtime.data.source.hub import load_splits, read_split, resolve
from runtime.data.source.lines import read_jsonl, read_text
from runtime.data.source.open import SourceFile, find_files, hash_file
from runtime.data.source.row import SourceRow

_READERS = {
    "csv": read_csv,
    "tsv": read_tsv,
    "jsonl": read_jsonl,
    "text": read_text,
    "parquet": read_parquet,
    "arrow": read_arrow,
}
_TEXTUAL = ("csv", "tsv", "text")
_COLUMNAR = ("parquet", "arrow")


@dataclass(frozen=True, slots=True)
class Part:
    """A file, or a split of a hub's data set. `read` gives its rows in their order and raises Stop where it cannot be
    read as a whole."""

    name: str
    """As messages show it."""
    split: str
    textual: bool
    """Every value is text: an empty one is absent where a column is optional."""
    read: Callable[[], Iterator[SourceRow]]
    filled: bool = False
    """Every row has every field: one that a row had not is null."""


@dataclass(frozen=True, slots=True)
class Parts:
    """`key` says what is read, by content; the parts themselves are only opened when they are asked for."""

    key: list[str]
    open: Callable[[], list[Part]]


def find_parts(name: str, dataset: Dataset, root: Path, fetch: bool, diagnostics: list[Diagnostic]) -> Parts:
    """Raises Stop where files are missing or a hub cannot be reached, NotAtHand where only fetching would do."""
    every: list[Parts] = []
    by_split = isinstance(dataset.source, dict)
    for split, source in (dataset.source if by_split else {"train": dataset.source}).items():  # type: ignore[union-attr]
        pointer = f"/datasets/{name}/source" + (f"/{split}" if by_split else "")
        if isinstance(source, HubSource):
            every.append(_hub(source, split if by_split else None, pointer, fetch, diagnostics))
        else:
            every.append(_files(source, root, split, pointer))
    return Parts([line for parts in every for line in parts.key], lambda: [p for parts in every for p in parts.open()])


def _files(source: FileSource | JsonSource, root: Path, split: str, pointer: str) -> Parts:
    files = _expand(find_files(source.paths, root, split, pointer, folders=source.kind == "arrow"), source)
    textual, filled = source.kind in _TEXTUAL, source.kind in _COLUMNAR
    parts = [Part(file.name, file.split, textual, partial(_read_file, file, source), filled) for file in files]
    return Parts([f"{file.split}\0{file.name}\0{hash_file(file)}" for file in files], lambda: parts)


def _expand(files: list[SourceFile], source: FileSource | JsonSource) -> list[SourceFile]:
    """A saved `DatasetDict` has splits of its own, each in a folder."""
    if source.kind != "arrow":
        return files
    expanded = []
    for file in files:
        splits = arrow_splits(file)
        if splits is None:
            expanded.append(file)
        for split in splits or []:
            expanded.append(SourceFile(file.path / split, f"{file.name}/{split}", split, file.pointer))
    return expanded


def _read_file(file: SourceFile, source: FileSource | JsonSource) -> Iterator[SourceRow]:
    return read_json(file, source.rows) if isinstance(source, JsonSource) else _READERS[source.kind](file)


def _hub(source: HubSource, split: str | None, pointer: str, fetch: bool, diagnostics: list[Diagnostic]) -> Parts:
    commit = resolve(source, pointer, fetch, diagnostics)

    def parts() -> list[Part]:
        splits = load_splits(source, commit, pointer)
        named = {f"{source.name}@{commit[:8]}/{name}": (split or name, data) for name, data in splits.items()}
        return [
            Part(name, of, False, partial(read_split, data, name, pointer), filled=True)
            for name, (of, data) in named.items()
        ]

    return Parts([f"{split}\0{source.name}\0{source.config}\0{source.split}\0{commit}"], parts)
