"""The compute type of a device."""

from __future__ import annotations

from typing import Literal

import torch

Precision = Literal["bf16", "fp16", "fp32"]


def compute_type(declared: Precision | None, device: torch.device) -> Precision:
    """What the recipe says, else bf16 where the hardware multiplies it, else fp32.

    Without AVX512-BF16 or AMX a CPU emulates bf16 at a fraction of fp32's speed.
    """
    if declared is not None:
        return declared
    return "bf16" if _multiplies_bf16(device) else "fp32"


def _multiplies_bf16(device: torch.device) -> bool:
    match device.type:
        case "cuda":
            return torch.cuda.is_bf16_supported(including_emulation=False)
        case "cpu":
            return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return False
