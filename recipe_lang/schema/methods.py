"""How weights are changed: all of them, or an adapter's. The plan carries options under peft's own names."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Any, ClassVar

from recipe_lang.schema.base import Call
from recipe_lang.schema.readers import Word
from recipe_lang.schema.types import Count, Number, OneOf, Positive

Targets = Annotated[None, Word("all_linear")] | list[str]
Dropout = Annotated[float, Number(0, below=1)]


class Method(Call):
    """`peft_names`: our name of an option, where peft's is another one."""

    peft_names: ClassVar[dict[str, str]] = {}

    def plain(self) -> Any:
        values = {name: getattr(self, name) for name in type(self).model_fields}
        targets = values.pop("targets", None)
        options = {self.peft_names.get(name, name): value for name, value in values.items()}
        return {"kind": self.call, "options": options, "targets": targets}


class Full(Method):
    """Every weight of the model is trained."""

    calls = ("full",)


class Lora(Method):
    """Low-rank adapters (arXiv:2106.09685)."""

    calls = ("lora",)
    peft_names = {
        "rank": "r",
        "alpha": "lora_alpha",
        "dropout": "lora_dropout",
        "dora": "use_dora",
        "rslora": "use_rslora",
    }

    rank: Count = 8
    """Rank of the adapters."""
    alpha: Positive | None = None
    """Scale: an adapter's output is multiplied by alpha / rank. Without it: 2 × rank."""
    dropout: Dropout = 0.0
    """Dropout on the adapters' input."""
    targets: Targets = None
    """Layers that get an adapter: all linear ones, or a list of name endings."""
    dora: bool = False
    """Trains magnitudes apart from directions (arXiv:2402.09353)."""
    rslora: bool = False
    """Scales by alpha / √rank (arXiv:2312.03732)."""

    @property
    def scale(self) -> float:
        """alpha, its default filled in."""
        return 2 * self.rank if self.alpha is None else self.alpha

    def plain(self) -> Any:
        values = super().plain()
        values["options"]["lora_alpha"] = int(self.scale) if self.scale == int(self.scale) else self.scale
        return values


class QLora(Lora):
    """LoRA on weights that are stored in few bits (arXiv:2305.14314)."""

    calls = ("qlora",)

    bits: Annotated[int, OneOf(4, 8)] = 4
    """Bits a weight."""


class Ia3(Method):
    """Learned factors on activations (arXiv:2205.05638)."""

    calls = ("ia3",)

    targets: Targets = None
    """Layers that get factors: all linear ones, or a list of name endings."""


class LowRankProduct(Method):
    """Adapters from Hadamard or Kronecker products (arXiv:2108.06098, arXiv:2309.14859)."""

    calls = ("loha", "lokr")
    peft_names = {"rank": "r", "dropout": "module_dropout"}

    rank: Count = 8
    """Rank of the adapters."""
    alpha: Count = 8
    """Scale: an adapter's output is multiplied by alpha / rank."""
    dropout: Dropout = 0.0
    """Chance that an adapter is left out in a step."""
    targets: Targets = None
    """Layers that get an adapter: all linear ones, or a list of name endings."""


class Vera(Method):
    """Shared random matrices, scaled by learned vectors (arXiv:2310.11454)."""

    calls = ("vera",)
    peft_names = {"rank": "r", "dropout": "vera_dropout"}

    rank: Count = 256
    """Rank of the shared matrices."""
    dropout: Dropout = 0.0
    """Dropout on the adapters' input."""
    targets: Targets = None
    """Layers that get an adapter: all linear ones, or a list of name endings."""


class SoftPrompt(Method):
    """Trained vectors before the input (arXiv:2104.08691), or before every layer's (arXiv:2101.00190)."""

    calls = ("prompt_tuning", "prefix_tuning")
    positional = ("tokens",)
    peft_names = {"tokens": "num_virtual_tokens"}

    tokens: Count = 16
    """Number of vectors."""


METHODS = Full | Lora | QLora | Ia3 | LowRankProduct | Vera | SoftPrompt
