"""`split { … }` of a dataset."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Any

from recipe_lang.schema import elsewhere
from recipe_lang.schema.base import Call, Inner
from recipe_lang.schema.readers import Alternatives, Calls, Reader
from recipe_lang.schema.scope import Scope
from recipe_lang.schema.types import Amount, Column, Columns, Percent, Share, SplitName
from recipe_lang.syntax import tree


class PartOf(Call):
    """A share taken out of another split."""

    calls = ("share",)
    positional = ("share",)

    share: Annotated[float, Percent(above=0, high=100)]
    """How much of the other split."""
    of: SplitName
    """The other split."""

    def plain(self) -> Any:
        return {"kind": "part", "share": self.share, "of": self.of}


class SourceSplit(str):
    """The name of a split that the source has."""


class SourceReader(Reader):
    """`source.test`: a split that the source has."""

    phrase = "`source.NAME` for a split that the source has"

    def takes(self, path: tree.Path, scope: Scope) -> bool:
        return len(path.parts) == 2 and path.parts[0].text == "source"

    def read(self, node: tree.Path, scope: Scope, subject: str) -> SourceSplit:
        return SourceSplit(node.parts[1].text)


Part = Annotated[
    float | int | PartOf | SourceSplit,
    Alternatives([Percent(above=0, high=100), Amount("row"), Calls([PartOf]), SourceReader()]),
]


class RandomSplit(Call):
    """Rows are sorted by a hash keyed with the seed, and cut: shares are exact to one row or group."""

    calls = ("random",)


class HashSplit(Call):
    """A row's place hangs on one column alone, so that it stays where it is when the data grows."""

    calls = ("hash",)
    positional = ("column",)

    column: Column
    """The column, such as an id."""


class Split(Inner):
    """Names of splits are free: train, validation, test, exemplars … Each is a share of the rows (shares add up to
    100%), a number of rows, a part of another split, or a split of the source. Splits are disjoint by row and by
    normalised content; groups never break, then counts hold, then strata. While a task is trained, loss and token
    accuracy are measured between steps on its validation split: on 256 rows of it where it has more.
    """

    rest = "parts"
    known_elsewhere = elsewhere.SPLIT

    parts: dict[str, Part]
    """The splits: `80%`, `500 rows`, `share(10%, of = train)` or `source.test`."""
    group_by: Columns = []
    """Rows that agree in these columns stay together."""
    stratify_by: Column | None = None
    """Every split gets the same mix of this column's values."""
    by: RandomSplit | HashSplit = RandomSplit.model_construct()
    """What decides a row's place."""
    tolerance: Share = 0.01
    """Largest difference between a declared and a realised share."""

    def plain(self) -> Any:
        return {
            "parts": {name: _part(part) for name, part in self.parts.items()},
            "group_by": self.group_by,
            "stratify_by": self.stratify_by,
            "by": self.by.call,
            "hash_column": self.by.column if isinstance(self.by, HashSplit) else None,
            "tolerance": self.tolerance,
        }


def _part(part: float | int | PartOf | SourceSplit) -> Any:
    match part:
        case PartOf():
            return part.plain()
        case str():
            return {"kind": "source", "name": str(part)}
        case int():
            return {"kind": "rows", "rows": part}
    return {"kind": "share", "share": part}
