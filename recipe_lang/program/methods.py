"""How weights are changed: all of them, or an adapter's."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from recipe_lang.program.block import Call
from recipe_lang.program.values import Count, Finite, Positive, Word

Targets = Annotated[None, Word("all_linear")] | list[str]
Dropout = Annotated[Finite, Field(ge=0, lt=1)]


class Method(Call):
    """`peft_names`: our name of an option, where peft's is another one."""

    peft_names: ClassVar[dict[str, str]] = {}

    @property
    def layers(self) -> list[str] | None:
        """Endings of the names of the layers that are adapted; None for all linear ones, and where none are."""
        return getattr(self, "targets", None)

    def peft_options(self) -> dict[str, Any]:
        """Options under peft's own names, without the layers: `lora(rank = 8)` → `{"r": 8, "lora_alpha": 16, …}`."""
        ours = {
            name: getattr(self, name) for name in type(self).model_fields if name not in ("kind", "targets", "bits")
        }
        return {self.peft_names.get(name, name): value for name, value in ours.items()}


class Full(Method):
    """Every weight of the model is trained."""

    kind: Literal["full"] = "full"


class Lora(Method):
    """Low-rank adapters (arXiv:2106.09685)."""

    kind: Literal["lora"] = "lora"
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

    def peft_options(self) -> dict[str, Any]:
        scale = self.scale
        return super().peft_options() | {"lora_alpha": int(scale) if scale == int(scale) else scale}


class QLora(Lora):
    """LoRA on weights that are stored in few bits (arXiv:2305.14314)."""

    kind: Literal["qlora"] = "qlora"

    bits: Literal[4, 8] = 4
    """Bits a weight."""


class Ia3(Method):
    """Learned factors on activations (arXiv:2205.05638)."""

    kind: Literal["ia3"] = "ia3"

    targets: Targets = None
    """Layers that get factors: all linear ones, or a list of name endings."""


class LowRankProduct(Method):
    """Adapters from Hadamard or Kronecker products (arXiv:2108.06098, arXiv:2309.14859)."""

    kind: Literal["loha", "lokr"] = "loha"
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

    kind: Literal["vera"] = "vera"
    peft_names = {"rank": "r", "dropout": "vera_dropout"}

    rank: Count = 256
    """Rank of the shared matrices."""
    dropout: Dropout = 0.0
    """Dropout on the adapters' input."""
    targets: Targets = None
    """Layers that get an adapter: all linear ones, or a list of name endings."""


class SoftPrompt(Method):
    """Trained vectors before the input (arXiv:2104.08691), or before every layer's (arXiv:2101.00190)."""

    kind: Literal["prompt_tuning", "prefix_tuning"] = "prompt_tuning"
    positional = ("tokens",)
    peft_names = {"tokens": "num_virtual_tokens"}

    tokens: Count = 16
    """Number of vectors."""


AnyMethod = Annotated[Full | Lora | QLora | Ia3 | LowRankProduct | Vera | SoftPrompt, Field(discriminator="kind")]
