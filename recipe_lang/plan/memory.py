"""Memory of a training step, in bytes, from the model's config and the longest examples.

An estimate, and each part says from what: weights, gradients and optimiser states are exact counts; activations follow
Korthikanti et al. (arXiv:2205.05198, equation 2) without attention scores, which fused attention never stores.
"""

from __future__ import annotations

from recipe_lang.program.facts import ModelFacts
from recipe_lang.program.figures import MemoryFigures
from recipe_lang.program.program import LanguageModel, Method, Train

_BYTES = {"fp32": 4, "bf16": 2, "fp16": 2}


def trainable_parameters(method: Method, model: ModelFacts) -> int | None:
    """Parameters that get gradients; None where the method's size is not a formula of the linear layers."""
    if method.kind == "full":
        return model.parameters
    if method.kind not in ("lora", "qlora"):
        return None
    rank = int(method.options["r"])
    layers = [shape for name, shape in model.linear_layers.items() if method.targets is None or name in method.targets]
    adapters = sum(count * rank * (inputs + outputs) for count, inputs, outputs in layers)
    magnitudes = sum(count * outputs for count, _, outputs in layers) if method.options["use_dora"] else 0
    return adapters + magnitudes


def step_memory(
    train: Train, declared: LanguageModel, model: ModelFacts, *, micro_batch: int, length: int, labels: int
) -> MemoryFigures | None:
    """`length` and `labels` are tokens and trained tokens of the longest examples of a micro-batch."""
    trainable = trainable_parameters(train.method, model)
    if trainable is None:
        return None
    full = train.method.kind == "full"
    stored = _BYTES[declared.weights or ("fp32" if full else "bf16")]
    computed = _BYTES[declared.precision or "bf16"]
    weights = model.parameters * stored + (0 if full else trainable * 4)
    gradients = trainable * (stored if full else 4)
    states = {"adamw": 8, "adamw_8bit": 2, "adafactor": 1}[train.optimizer.kind]
    tokens = micro_batch * length
    activations = _activations(train, model, tokens) * computed
    # Logits in the compute type, their fp32 copy, and its gradient.
    logits = micro_batch * labels * model.vocabulary * (computed + 8)
    optimizer = trainable * states
    return MemoryFigures(
        weights=weights,
        gradients=gradients,
        optimizer=optimizer,
        activations=activations,
        logits=logits,
        total=weights + gradients + optimizer + activations + logits,
    )


def _activations(train: Train, model: ModelFacts, tokens: int) -> int:
    """Values kept for the backward pass."""
    kept_input = model.hidden * tokens
    if train.gradient_checkpointing:
        one_layer = _layer_activations(model) * tokens
        return model.layers * kept_input + one_layer
    return model.layers * _layer_activations(model) * tokens


def _layer_activations(model: ModelFacts) -> int:
    """Values a token and layer: norms and residuals (4 × hidden), queries, keys, values and the attention's output,
    and a gated feed-forward (4 × intermediate)."""
    attention = (2 * model.heads + 2 * model.key_value_heads) * model.head_dim
    return 4 * model.hidden + attention + 4 * model.intermediate
