"""The closed list of training methods as peft's configurations; options carry peft's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import nn

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from recipe_lang.program.methods import Lora, Method, QLora
from runtime.models.layers import adapted_layers, feed_forward_names

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
    from peft.tuners.tuners_utils import BaseTunerLayer

    kind = model.active_peft_config.peft_type.value.lower()
    if has_soft_prompt(model):
        _refuse(f"merge of {kind}", model, "vectors before the input have no place in its weights")
    head = model.get_output_embeddings()
    if isinstance(head, BaseTunerLayer) and head.weight is model.get_input_embeddings().weight:
        _refuse(f"merge of {kind}", model, "its head shares the weights of its embeddings, which would change too")


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
    layers = adapted_layers(model, method.layers)
    options["target_modules"] = layers.modules
    if layers.parameters and not _takes_experts(method):
        _refuse(method.kind, model, problems.NO_EXPERTS)
    match method.kind:
        case "lora" | "qlora":
            trained = _token_indices(model, new_tokens)
            options |= {"target_parameters": layers.parameters or None, "trainable_token_indices": trained}
            return peft.LoraConfig(**options, fan_in_fan_out=layers.transposed)
        case "ia3":
            forward = [name for name in layers.modules if name in feed_forward_names(model)]
            return peft.IA3Config(**options, fan_in_fan_out=layers.transposed, feedforward_modules=forward)
        case "vera":
            return peft.VeraConfig(**options, fan_in_fan_out=layers.transposed, projection_prng_key=seed % 2**31)
        case "loha" | "lokr":
            if layers.transposed:
                _refuse(method.kind, model, "its layers are of a kind (`Conv1D`) that the method has no form for")
            return (peft.LoHaConfig if method.kind == "loha" else peft.LoKrConfig)(**options)
    raise ValueError(f"no such method: {method.kind}")


def _takes_experts(method: Method) -> bool:
    return isinstance(method, Lora) and not method.dora and not method.dropout


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
