"""Optimisers by their name in the recipe."""

from __future__ import annotations

from typing import Any

import torch

from recipe_lang.program.optimizers import Optimizer


def make_optimizer(model: torch.nn.Module, declared: Optimizer, learning_rate: float) -> torch.optim.Optimizer:
    """Over the model's trainable parameters."""
    options = declared.model_dump(exclude={"kind"})
    groups = parameter_groups(model, options.pop("weight_decay"))
    if "betas" in options:
        options["betas"] = tuple(options["betas"])
    match declared.kind:
        case "adamw":
            fused = all(p.device.type in ("cpu", "cuda") for group in groups for p in group["params"])
            return torch.optim.AdamW(groups, lr=learning_rate, fused=fused, **options)
        case "adamw_8bit":
            from bitsandbytes.optim import AdamW8bit

            return AdamW8bit(groups, lr=learning_rate, **options)
        case "adafactor":
            from transformers.optimization import Adafactor

            # The recipe's schedule decides the rate; Adafactor's own relative step is off.
            fixed = {"scale_parameter": False, "relative_step": False, "warmup_init": False}
            return Adafactor(groups, lr=learning_rate, **fixed, **options)


def parameter_groups(model: torch.nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Vectors (norms, biases, DoRA magnitudes, (IA)³'s scales) do not decay, matrices do. Empty groups are left out."""
    trainable = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    # peft's (IA)³ has its vectors as matrices of one row or column; they are scales, whose rest is one and not zero.
    vectors = {name for name, parameter in trainable if parameter.ndim < 2 or ".ia3_l." in name}
    groups = [
        {"params": [p for name, p in trainable if name not in vectors], "weight_decay": weight_decay},
        {"params": [p for name, p in trainable if name in vectors], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
