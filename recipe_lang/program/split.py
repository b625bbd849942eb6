"""`split { … }` of a dataset."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Literal

from pydantic import Field

from recipe_lang.program.block import Bare, Call, Inner
from recipe_lang.program.values import Column, Columns, Finite, OwnForm, Percent, Rows, Share, SplitName

Part = Annotated[Finite, Percent(), Field(gt=0, le=1)]


class ShareOfRows(Bare):
    """A fraction of the rows that no count, part or source split has taken."""

    kind: Literal["fraction"] = "fraction"
    share: Part


class CountOfRows(Bare):
    """So many rows."""

    kind: Literal["rows"] = "rows"
    rows: Rows


class PartOf(Call):
    """A share taken out of another split."""

    kind: Literal["share"] = "share"
    positional = ("share",)

    share: Part
    """How much of the other split."""
    of: SplitName
    """The other split."""


class SourceSplit(Bare):
    """A split that the source itself has."""

    kind: Literal["source"] = "source"
    name: Annotated[str, OwnForm("split of the source")]


class RandomSplit(Call):
    """Rows are sorted by a hash keyed with the seed, and cut: shares are exact to one row or group."""

    kind: Literal["random"] = "random"


class HashSplit(Call):
    """A row's place hangs on one column alone, so that it stays where it is when the data grows."""

    kind: Literal["hash"] = "hash"
    positional = ("column",)

    column: Column
    """The column, such as an id."""


class Split(Inner):
    """Names of splits are free: train, validation, test, exemplars … Each is a share of the rows (shares add up to
    100%), a number of rows, a part of another split, or a split of the source. Splits are disjoint by row and by
    normalised content; groups never break, then counts hold, then strata. Rows that no split takes are left out and
    counted. While a task is trained, loss and token
    accuracy are measured between steps on its validation split: on 256 rows of it where it has more.
    """

    rest = "parts"

    parts: dict[str, Annotated[ShareOfRows | CountOfRows | PartOf | SourceSplit, Field(discriminator="kind")]]
    """The splits: `80%`, `500 rows`, `share(10%, of = train)` or `source.test`."""
    group_by: Columns = []
    """Rows that agree in these columns stay together."""
    stratify_by: Column | None = None
    """Every split gets the same mix of this column's values."""
    by: Annotated[RandomSplit | HashSplit, Field(discriminator="kind")] = RandomSplit.model_construct()
    """What decides a row's place."""
    tolerance: Share = 0.01
    """Largest difference between a declared and a realised share."""
