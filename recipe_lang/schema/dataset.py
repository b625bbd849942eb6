"""`dataset NAME`: rows, where they come from, and which of them are used."""

from typing import Annotated, Any, Literal

from recipe_lang.program.columns import ColumnType
from recipe_lang.schema.base import NOTHING, Block, Call
from recipe_lang.schema.columns import ColumnCall, ColumnReader
from recipe_lang.schema.model import HUB_NAME
from recipe_lang.schema.readers import Items
from recipe_lang.schema.split import Split
from recipe_lang.schema.types import COLUMN, Amount, Expression, FilePath, OneOrMany, Rows

Paths = Annotated[list[str], OneOrMany(FilePath())]


class FileData(Call):
    """Local files of one format: paths or globs, compressed (gz, zst) or not."""

    calls = ("csv", "tsv", "jsonl", "parquet", "text", "arrow")
    positional = ("paths",)

    paths: Paths
    """Files or globs, relative to the file that they are written in."""

    def plain(self) -> Any:
        return {"kind": "files", "format": self.call, "paths": self.paths, "rows": None}


class JsonData(FileData):
    """JSON files that hold one list of rows."""

    calls = ("json",)

    rows: str | None = None
    """The key under which the list of rows stands, where it is not the whole file."""

    def plain(self) -> Any:
        return {**super().plain(), "rows": self.rows}


class HubData(Call):
    """A dataset on the Hugging Face hub; the revision is resolved once and pinned in the lock."""

    calls = ("hub",)
    positional = ("name", "config")

    name: Annotated[str, HUB_NAME]
    """`"org/name"`."""
    config: str | None = None
    """The configuration, where the dataset has several."""
    revision: str | None = None
    """Branch, tag or commit. Without it: the main branch, pinned in the lock."""
    split: str | None = None
    """One split of it. Without it: every split that it has."""


class Dataset(Block):
    """Rows: where they come from, what their columns hold, which are used, and how they are split.

    In this order: source, columns, keep_if, unique_by, split, limit. The same seed and data give the same rows on every
    machine, in whatever order the files are read.
    """

    block_kind = "dataset"

    source: FileData | JsonData | HubData | dict[str, FileData | JsonData | HubData]
    """One source, or a block of `split = source`."""
    columns: dict[str, Annotated[ColumnCall, ColumnReader(nested=False)]] | None = None
    """The columns that are read, and their types. Without it: all, with the types that the lock or the data gives."""
    keep_if: Expression | None = None
    """Rows for which this holds are kept; the number dropped is reported."""
    unique_by: Annotated[list[str], Items(COLUMN, empty=False, distinct=True)] | None = None
    """Of rows that agree in these columns (white space and case aside) one is kept."""
    limit: Rows | None = None
    """A seeded sample, within each split; never the first rows."""
    split: Split | None = None
    """How rows are divided. Without it: the source's own splits; a single source is one split, `train`."""
    purpose: Literal["training", "evaluation"] = "training"
    """Data for evaluation must not be trained on: benchmarks are declared with it."""
    max_bad_rows: Annotated[int, Amount("row", low=0)] = 0
    """Broken rows that are left out, each listed, before the run is refused."""
    control_tokens: Literal["error", "as_text"] = "error"
    """Special tokens of the model that stand inside the data."""
    on_overlap: Literal["error", "drop_from_train", "report"] = "report"
    """Rows that stand in two splits, or in an evaluation of the recipe."""
    license: Annotated[str | None, NOTHING] = None
    """Carried into the model card."""
    citation: Annotated[str | None, NOTHING] = None
    """Carried into the model card."""

    @property
    def column_types(self) -> dict[str, ColumnType] | None:
        """Columns by the name that templates use; None where they are not declared."""
        return self.columns and {name: column.type() for name, column in self.columns.items()}

    @property
    def split_names(self) -> list[str] | None:
        """The splits; None where only the data knows them."""
        if self.split is not None:
            return list(self.split.parts)
        if isinstance(self.source, dict):
            return list(self.source)
        return None if isinstance(self.source, HubData) else ["train"]

    def plain(self) -> Any:
        columns = self.columns and {
            name: {"type": column.type(), "from": column.origin or name} for name, column in self.columns.items()
        }
        return {**super().plain(), "columns": columns}
