"""Memory of a training step on each device, in bytes, from the model's config and the longest examples.

An estimate, and each part says from what: weights, gradients and optimiser states are exact counts; activations follow
Korthikanti et al. (arXiv:2205.05198, equation 2) without attention scores, which fused attention never stores.
"""

from __future__ import annotations

from recipe_lang.program.facts import ModelFacts
from recipe_lang.program.figures import MemoryFigures
from recipe_lang.program.layers import names_layer
from recipe_lang.program.methods import Lora, Method, QLora
from recipe_lang.program.model import LanguageModel
from recipe_lang.program.train import DeepSpeed, Fsdp, Train

_BYTES = {"fp32": 4, "bf16": 2, "fp16": 2}
_ADAPTER = 4
"""Bytes of an adapter's parameter, which is trained in fp32."""
_COPY = 4
"""Bytes of the fp32 copy of each trained parameter that DeepSpeed's optimiser updates."""


def trainable_parameters(train: Train, model: ModelFacts) -> int | None:
    """Parameters that get gradients; None where the method's size is not a formula of the linear layers, or a size is
    not known.

    >>> layers = {"q_proj": (12, 768, 768), "up_proj": (12, 768, 3072)}  # name → count, inputs, outputs
    >>> model = ModelFacts.model_construct(linear_layers=layers, hidden=768, tied_embeddings=True)
    >>> trainable_parameters(Train.model_construct(method=Lora(rank=8), new_tokens=[]), model)
    516096
    >>> 12 * 8 * (768 + 768) + 12 * 8 * (768 + 3072)
    516096
    """
    method = train.method
    if method.kind == "full":
        return model.parameters
    if not isinstance(method, Lora):
        return None
    rank, layers = method.rank, _adapted(method, model)
    if layers is None:
        return None
    adapters = sum(count * rank * (inputs + outputs) for count, inputs, outputs in layers)
    magnitudes = sum(count * outputs for count, _, outputs in layers) if method.dora else 0
    if not train.new_tokens:
        return adapters + magnitudes
    if model.hidden is None:
        return None
    return adapters + magnitudes + len(train.new_tokens) * model.hidden * (1 if model.tied_embeddings else 2)


def _adapted(method: Lora, model: ModelFacts) -> list[tuple[int, int, int]] | None:
    """Count, inputs and outputs of the layers that get an adapter; None where some are of no known size."""
    known = model.linear_layers
    if method.targets is None:
        return list(known.values())
    if model.hidden is not None and model.vocabulary is not None:
        known = known | {"lm_head": (1, model.hidden, model.vocabulary)}
    if any(not any(names_layer(target, name) for name in known) for target in method.targets):
        return None
    return [size for name, size in known.items() if any(names_layer(target, name) for target in method.targets)]


def step_memory(
    train: Train, declared: LanguageModel, model: ModelFacts, *, micro_batch: int, length: int, labels: int
) -> MemoryFigures | None:
    """`length` and `labels` are tokens and trained tokens of the longest examples of a micro-batch.

    Where the recipe leaves the types open, they are those of a device that computes in bf16.
    """
    trainable = trainable_parameters(train, model)
    if trainable is None:
        return None
    full = train.method.kind == "full"
    computed = _BYTES[declared.precision or "bf16"]
    stored = _BYTES[declared.weights] if declared.weights else 4 if full else computed
    weights_shared, gradients_shared, optimizer_shared = _shared_by(train)
    weights = (_frozen(train.method, model, stored) + (0 if full else trainable * _ADAPTER)) // weights_shared
    gradients = trainable * (stored if full else _ADAPTER) // gradients_shared
    states = {"adamw": 8, "adamw_8bit": 2, "adafactor": 1}[train.optimizer.kind]
    if train.distribute is not None and train.distribute.kind == "deepspeed":
        states += _COPY
    optimizer = trainable * states // optimizer_shared
    kept = _activations(train, model, micro_batch * length)
    activations = None if kept is None else kept * computed
    # Logits in the compute type, their fp32 copy, and its gradient.
    logits = None if model.vocabulary is None else micro_batch * labels * model.vocabulary * (computed + 8)
    known = activations is not None and logits is not None
    return MemoryFigures(
        weights=weights,
        gradients=gradients,
        optimizer=optimizer,
        activations=activations,
        logits=logits,
        total=weights + gradients + optimizer + activations + logits if known else None,
    )


def _frozen(method: Method, model: ModelFacts, stored: int) -> int:
    """Bytes of the model's own weights; of quantised ones, the linear layers are held in few bits."""
    if not isinstance(method, QLora):
        return model.parameters * stored
    linear = sum(count * inputs * outputs for count, inputs, outputs in model.linear_layers.values())
    return linear * method.bits // 8 + (model.parameters - linear) * stored


def _shared_by(train: Train) -> tuple[int, int, int]:
    """Devices over which weights, gradients and the optimiser's states are spread."""
    shared, devices = train.distribute, train.devices or 1
    match shared:
        case Fsdp(shard=shard):
            return (devices if shard == "full" else 1), devices, devices
        case DeepSpeed(stage=stage):
            return (devices if stage == 3 else 1), (devices if stage > 1 else 1), devices
    return 1, 1, 1


def _activations(train: Train, model: ModelFacts, tokens: int) -> int | None:
    """Values kept for the backward pass; None where a size is not known."""
    one_layer = _layer_activations(model)
    if one_layer is None or model.layers is None:
        return None
    if train.gradient_checkpointing:
        return (model.layers * model.hidden + one_layer) * tokens
    return model.layers * one_layer * tokens


def _layer_activations(model: ModelFacts) -> int | None:
    """Values a token and layer: norms and residuals (4 × hidden), queries, keys, values and the attention's output,
    and a gated feed-forward (4 × intermediate)."""
    if None in (model.hidden, model.intermediate, model.heads, model.key_value_heads, model.head_dim):
        return None
    attention = (2 * model.heads + 2 * model.key_value_heads) * model.head_dim
    return 4 * model.hidden + attention + 4 * model.intermediate
