"""`dataset NAME`: rows, where they come from, and which of them are used."""

import posixpath
from typing import Annotated, Literal, Self

from pydantic import Field

from recipe_lang.program.block import FILLED, NOTHING, Block, Call
from recipe_lang.program.columns import ColumnCall, ColumnType
from recipe_lang.program.model import HubName
from recipe_lang.program.split import Part, Split
from recipe_lang.program.values import Column, Distinct, Expression, File, OneOrMany, OwnForm, Rooted, Rows, Unit, Whole

Paths = Annotated[list[File], OneOrMany(), Distinct(), Field(min_length=1), Rooted("root")]


class LocalSource(Call):
    """Files of this machine."""

    positional = ("paths",)

    paths: Paths
    """Files or globs, relative to `root`."""
    root: File | None = None
    """The folder that `paths` start from, best a parameter: then `--set` moves all data at once. Without it: that of
    the file that they are written in. The plan has the whole paths."""

    def settled(self) -> Self:
        """With whole paths, and no root beside them."""
        if self.root is None:
            return self
        paths = [posixpath.normpath(posixpath.join(self.root, path)) for path in self.paths]
        return self.model_copy(update={"paths": paths, "root": None})


class FileSource(LocalSource):
    """Local files of one format: paths or globs, compressed (gz, zst) or not."""

    kind: Literal["csv", "tsv", "jsonl", "parquet", "text", "arrow"] = "csv"


class JsonSource(LocalSource):
    """JSON files that hold one list of rows."""

    kind: Literal["json"] = "json"

    rows: str | None = None
    """The key under which the list of rows stands, where it is not the whole file."""


class HubSource(Call):
    """A dataset on the Hugging Face hub; the revision is resolved once and pinned in the lock."""

    kind: Literal["hub"] = "hub"
    positional = ("name", "config")

    name: HubName
    """`"org/name"`."""
    config: str | None = None
    """The configuration, where the dataset has several."""
    revision: str | None = None
    """Branch, tag or commit. Without it: the main branch, pinned in the lock."""
    commit: Annotated[str | None, FILLED] = None
    """What the lock holds the revision to."""
    split: str | None = None
    """One split of it. Without it: every split that it has."""


DataSource = Annotated[FileSource | JsonSource | HubSource, Field(discriminator="kind")]


class Dataset(Block):
    """Rows: where they come from, what their columns hold, which are used, and how they are split.

    In this order: source, columns, keep_if, unique_by, split, limit. The same seed and data give the same rows on every
    machine, in whatever order the files are read.
    """

    block_kind = "dataset"

    source: DataSource | dict[str, DataSource]
    """One source, or a block of `split = source`."""
    columns: dict[str, Annotated[ColumnCall, OwnForm("column")]] | None = None
    """The columns that are read, and their types. Without it: all, with the types that the lock or the data gives."""
    keep_if: Expression | None = None
    """Rows for which this holds are kept; the number dropped is reported."""
    unique_by: Annotated[list[Column], Distinct(), Field(min_length=1)] | None = None
    """Of rows that agree in these columns (white space and case aside) one is kept."""
    limit: Rows | Part | None = None
    """A seeded sample, within each split; never the first rows. A number of rows, or a share of them."""
    split: Split | None = None
    """How rows are divided. Without it: the source's own splits; a single source is one split, `train`."""
    purpose: Literal["training", "evaluation"] = "training"
    """Data for evaluation must not be trained on: benchmarks are declared with it."""
    max_bad_rows: Annotated[Whole, Unit("row"), Field(ge=0)] = 0
    """Broken rows that are left out, each listed, before the run is refused."""
    control_tokens: Literal["error", "as_text"] = "error"
    """Control tokens that stand inside the data: the model's special tokens, and those that its chat template writes
    around turns. What it writes within the assistant's turn, such as `<think>`, an answer may hold."""
    on_overlap: Literal["error", "drop_from_train", "report"] = "report"
    """Rows that stand in two splits, or in an evaluation of the recipe."""
    license: Annotated[str | None, NOTHING] = None
    """Carried into the model card."""
    citation: Annotated[str | None, NOTHING] = None
    """Carried into the model card."""

    @property
    def column_types(self) -> dict[str, ColumnType] | None:
        """Columns by the name that templates use; None where they are not declared."""
        return self.columns and {name: column.type for name, column in self.columns.items()}

    @property
    def split_names(self) -> list[str] | None:
        """The splits; None where only the data knows them."""
        if self.split is not None:
            return list(self.split.parts)
        if isinstance(self.source, dict):
            return list(self.source)
        return None if isinstance(self.source, HubSource) else ["train"]
