"""Types: what weights are stored in, and what is computed in."""

from __future__ import annotations

import torch

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from recipe_lang.program.model import LanguageModel
from runtime.models.folder import ModelFolder

TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
_FP16_OVERFLOWS = frozenset({"t5", "mt5", "umt5", "longt5"})


def device_here() -> torch.device:
    """Where this process computes: on an accelerator that is there, not only in torch's build; else on the CPU."""
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def compute_precision(declared: str | None, device: torch.device | str) -> str:
    """`fp32`, `bf16` or `fp16`: the recipe's, else bf16 where the device multiplies it in hardware."""
    return declared or ("bf16" if _has_bf16(torch.device(device)) else "fp32")


def storage_type(
    model: LanguageModel, folder: ModelFolder, *, trainable: bool, device: torch.device | str
) -> torch.dtype:
    """Of the model's own weights: the recipe's choice, else fp32 where trained or computed in, else the file's type."""
    if model.weights is not None:
        return TYPES[model.weights]
    if trainable or compute_precision(model.precision, device) == "fp32":
        return torch.float32
    return file_type(folder)


def file_type(folder: ModelFolder) -> torch.dtype:
    """What config.json says that its weights are stored in."""
    written = folder.config.get("dtype") or folder.config.get("torch_dtype") or "float32"
    found = getattr(torch, str(written).removeprefix("torch."), None)
    if not isinstance(found, torch.dtype):
        raise Stop(problems.unreadable_model(str(folder.path), f"`config.json` has `dtype` {written!r}"))
    return found


def refuse_overflow(model: LanguageModel, folder: ModelFolder) -> None:
    if model.precision == "fp16" and folder.config.get("model_type") in _FP16_OVERFLOWS:
        reason = f"activations of `{folder.config['model_type']}` models are larger than fp16 holds"
        raise Stop(problems.precision_does_not_fit("fp16", reason))


def _has_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return device.type == "xpu"
