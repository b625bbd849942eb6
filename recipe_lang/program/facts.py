"""Facts: what was measured on data and models. The one way in which measured numbers enter a plan.

`runtime.data.tables.measure` makes them; `ift lock` keeps the part of them that describes the outside world.
"""

from __future__ import annotations

from pydantic import Field

from recipe_lang.program.base import Model
from recipe_lang.program.columns import ColumnType
from recipe_lang.program.inputs import Inputs


class Overlap(Model):
    """Rows of a split that stand in another one too."""

    dataset: str
    split: str
    rows: int
    total: int
    """Rows of the split, of which `rows` stand elsewhere too."""
    whole: int
    """Those with a whole text; the others have 13 words in a row in common."""
    other: str
    """The split of this dataset that they stand in; `train` is what is trained."""
    other_rows: int
    """How many rows of it they stand in."""
    example: tuple[str, str]
    """File and row of one of them, and of the row that it stands in."""

    @property
    def trained(self) -> bool:
        return self.other == "train"


class DatasetFacts(Model):
    source: int
    """Rows in the data, broken ones included."""
    bad: int
    filtered: int
    """Rows that `keep_if` dropped."""
    duplicates: int
    """Rows that `unique_by` dropped."""
    unsplit: int
    """Rows that no split takes."""
    limited: int
    """Rows that `limit` left out."""
    overlapping: int
    """Training rows that `on_overlap = drop_from_train` removed."""
    overlaps: list[Overlap] = Field(default_factory=list)
    """Of data that is trained: what stands in one of its splits and is judged, or in two of them."""
    splits: dict[str, int]
    """Rows of each split, after everything above."""
    columns: dict[str, ColumnType]
    hash: str
    """sha256 of the content as read, files in the order of their names."""


class Lengths(Model):
    """Token counts over examples; percentiles by the nearest-rank rule."""

    p50: int
    p95: int
    p99: int
    max: int


class SplitFacts(Model):
    """A task's examples in one split, after templates, `applies_if` and `overlong`."""

    rows: int
    """Rows of the data split that at least one template applies to."""
    examples: int
    groups: int
    """Groups of rows among the examples: what was divided together, and what resampling draws."""
    templates: dict[str, int]
    """Examples by template."""
    tokens: int
    loss_tokens: int
    dropped: int
    cut: int
    fewer: int
    """Examples with fewer exemplars than asked for: the pool has no more for the row, or more would not fit."""
    merged: int
    """Examples whose prompt and completion would merge into one token at their boundary."""
    lengths: Lengths | None
    """Whole examples; None where there are none."""
    completion_lengths: Lengths | None


class ModelFacts(Model):
    """What the model's config says; sizes of tensors, not of memory. None: it does not say, or the kind has none."""

    architecture: str
    kind: str
    parameters: int
    layers: int | None
    hidden: int | None
    intermediate: int | None
    heads: int | None
    key_value_heads: int | None
    head_dim: int | None
    vocabulary: int | None
    context: int | None
    """Longest input in tokens, where the config states one."""
    tied_embeddings: bool
    linear_layers: dict[str, tuple[int, int, int]]
    """Name suffix → (count, inputs, outputs) of the linear layers that an adapter can target."""
    experts: int = 0
    """Parameters of experts that no linear layer is: a model holds all experts of a layer in one weight."""
    hash: str
    tokenizer_hash: str
    chat_template_hash: str | None


class Facts(Model):
    revisions: dict[str, str] = Field(default_factory=dict)
    """Hub name and revision, as the recipe asks for them, → the commit that they stood for."""
    datasets: dict[str, DatasetFacts]
    tasks: dict[str, dict[str, SplitFacts]]
    """Task → split → facts."""
    models: dict[str, ModelFacts]
    inputs: Inputs | None = None
    """None where models were not looked at."""
