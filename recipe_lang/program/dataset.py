"""The data sets of a program: sources, columns, splits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from recipe_lang.program.base import Model
from recipe_lang.program.columns import ColumnType


class FileSource(Model):
    """Local files: paths or globs, compressed or not."""

    kind: Literal["files"] = "files"
    format: Literal["csv", "tsv", "jsonl", "json", "parquet", "text", "arrow"]
    paths: list[str]
    rows: str | None
    """json only: the key under which the list of rows stands."""


class HubSource(Model):
    kind: Literal["hub"] = "hub"
    name: str
    config: str | None
    revision: str | None
    commit: str | None = None
    """What the lock holds the revision to."""
    split: str | None
    """None: every split the dataset has."""


DataSource = Annotated[FileSource | HubSource, Field(discriminator="kind")]


class Column(Model):
    type: ColumnType = Field(discriminator="kind")
    from_: str = Field(alias="from", serialization_alias="from")
    """The name in the data."""


class SplitShare(Model):
    """A fraction of the rows that no count, part or source split has taken."""

    kind: Literal["share"] = "share"
    share: float


class SplitCount(Model):
    kind: Literal["rows"] = "rows"
    rows: int


class SplitPart(Model):
    """A fraction taken out of another split."""

    kind: Literal["part"] = "part"
    share: float
    of: str


class SplitSource(Model):
    """A split that the source itself has."""

    kind: Literal["source"] = "source"
    name: str


class Split(Model):
    parts: dict[str, Annotated[SplitShare | SplitCount | SplitPart | SplitSource, Field(discriminator="kind")]]
    group_by: list[str]
    stratify_by: str | None
    by: Literal["random", "hash"]
    hash_column: str | None
    tolerance: float
    """Largest difference between a declared and a realised share."""


class Dataset(Model):
    source: DataSource | dict[str, DataSource]
    """One source, or one a split."""
    columns: dict[str, Column] | None
    """None: every column of the data, with the types that the lock or the data gives."""
    keep_if: str | None
    unique_by: list[str] | None
    limit: int | None
    """Rows; a seeded prefix within each split."""
    split: Split | None
    """None: the source's own splits; a single source is one split called `train`."""
    purpose: Literal["training", "evaluation"]
    max_bad_rows: int
    control_tokens: Literal["error", "as_text"]
    on_overlap: Literal["error", "drop_from_train", "report"]
    license: str | None
    citation: str | None
