"""The closed list of training methods as peft's configurations; options carry peft's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import nn

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from recipe_lang.program.methods import Method, QLora

if TYPE_CHECKING:
    from peft import PeftConfig
    from transformers import PreTrainedModel

SOFT_PROMPTS = frozenset({"prompt_tuning", "prefix_tuning"})
"""Methods that prepend vectors instead of changing layers; they cannot be merged."""


def base_model(model: nn.Module) -> nn.Module:
    """The `transformers` model inside adapters, which stay in place."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def has_soft_prompt(model: nn.Module) -> bool:
    """Whether peft puts learned vectors before what the model reads."""
    config = getattr(model, "active_peft_config", None)
    return config is not None and config.is_prompt_learning


def virtual_positions(model: nn.Module) -> int:
    """Positions before each row's own, in a decoder-only model's mask and logits: those of `prompt_tuning`.

    The vectors of `prefix_tuning` stand in the cache, and those of an encoder-decoder before its encoder.
    """
    if not has_soft_prompt(model) or model.config.is_encoder_decoder:
        return 0
    config = model.active_peft_config
    return config.num_virtual_tokens if config.peft_type == "PROMPT_TUNING" else 0


def refuse_to_merge(model: nn.Module) -> None:
    """Raises `Stop` (IFT074) where an adapted model has no weights that its adapter could be merged into."""
    if has_soft_prompt(model):
        kind = model.active_peft_config.peft_type.value.lower()
        _refuse(f"merge of {kind}", model, "vectors before the input have no place in its weights")


def bits(method: Method) -> int | None:
    """Bits that the frozen weights are quantised to on loading."""
    return method.bits if isinstance(method, QLora) else None


def peft_config(model: PreTrainedModel, method: Method, seed: int, new_tokens: Sequence[int] = ()) -> PeftConfig:
    """The method's configuration for this model. Raises `Stop`: targets that it lacks, new tokens it cannot train."""
    import peft

    if new_tokens and method.kind not in ("lora", "qlora"):
        _refuse(method.kind, model, problems.NO_NEW_TOKENS)
    task = "SEQ_2_SEQ_LM" if model.config.is_encoder_decoder else "CAUSAL_LM"
    options = method.peft_options() | {"task_type": task}
    if method.kind in SOFT_PROMPTS:
        make = peft.PromptTuningConfig if method.kind == "prompt_tuning" else peft.PrefixTuningConfig
        return make(**options)
    options["target_modules"] = targets = layer_names(model, method.layers)
    transposed = _inputs_first(model, targets)
    match method.kind:
        case "lora" | "qlora":
            trained = _token_indices(model, new_tokens)
            return peft.LoraConfig(**options, fan_in_fan_out=transposed, trainable_token_indices=trained)
        case "ia3":
            forward = [name for name in targets if name in _feed_forward_names(model)]
            return peft.IA3Config(**options, fan_in_fan_out=transposed, feedforward_modules=forward)
        case "vera":
            return peft.VeraConfig(**options, fan_in_fan_out=transposed, projection_prng_key=seed % 2**31)
        case "loha" | "lokr":
            if transposed:
                _refuse(method.kind, model, "its layers are of a kind (`Conv1D`) that the method has no form for")
            return (peft.LoHaConfig if method.kind == "loha" else peft.LoKrConfig)(**options)
    raise ValueError(f"no such method: {method.kind}")


def layer_names(model: nn.Module, targets: Sequence[str] | None) -> list[str]:
    """Sorted names of the layers that are adapted: all linear ones but the output head, or `targets`, name endings.

    Raises `Stop` (IFT075) for targets that end the name of no linear layer.
    """
    linear = [name for name, _ in _linear(model)]
    if targets is None:
        return sorted({name.rpartition(".")[2] for name in linear})
    missing = [target for target in targets if not any(f".{name}".endswith(f".{target}") for name in linear)]
    if missing:
        raise Stop(problems.unknown_targets(missing, layer_names(model, None)))
    return sorted(targets)


def _linear(model: nn.Module) -> list[tuple[str, nn.Module]]:
    from transformers.pytorch_utils import Conv1D

    head = model.get_output_embeddings()
    layers = model.named_modules()
    return [(name, part) for name, part in layers if isinstance(part, nn.Linear | Conv1D) and part is not head]


def _inputs_first(model: nn.Module, targets: Sequence[str]) -> bool:
    """Whether the targets are GPT-2's `Conv1D`, which stores inputs before outputs."""
    return any(not isinstance(part, nn.Linear) for name, part in _linear(model) if name.endswith(tuple(targets)))


def _feed_forward_names(model: nn.Module) -> set[str]:
    """Names of the last linear layer of each feed-forward block, whose input (IA)³ scales (arXiv:2205.05638, 3.3)."""
    inside = [name for name, _ in _linear(model) if any(part in name for part in (".mlp.", ".DenseReluDense.", ".fc"))]
    last = {name.rpartition(".")[0]: name.rpartition(".")[2] for name in inside}
    return set(last.values())


def _token_indices(model: PreTrainedModel, ids: Sequence[int]) -> dict[str, list[int]] | None:
    """Rows of the embeddings that are trained, in the output head too where it has weights of its own."""
    if not ids:
        return None
    parts = [model.get_input_embeddings()]
    head = model.get_output_embeddings()
    if head is not None and head.weight is not parts[0].weight:
        parts.append(head)
    names = {id(part): name.rpartition(".")[2] for name, part in model.named_modules()}
    return {names[id(part)]: list(ids) for part in parts}


def _refuse(method: str, model: PreTrainedModel, reason: str) -> None:
    raise Stop(problems.method_does_not_fit(method, model.config.model_type, reason))
