"""What the last bits of a result depend on, beside the recipe."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedType


def describe_environment(accelerator: Accelerator, precision: str) -> dict[str, str]:
    """`precision`: what is computed in. accelerate does not know it where DeepSpeed sees to it."""
    packages = ["torch", "transformers", "peft", "accelerate"]
    if accelerator.distributed_type == DistributedType.DEEPSPEED:
        packages.append("deepspeed")
    versions = {package: version(package) for package in packages}
    return versions | {
        "device": _device_name(accelerator.device),
        "threads": str(torch.get_num_threads()),
        "processes": str(accelerator.num_processes),
        "precision": precision,
    }


def differences(before: dict[str, str], now: dict[str, str]) -> list[str]:
    names = sorted(before.keys() | now.keys())
    return [f"{n}: was {before.get(n)}, is {now.get(n)}" for n in names if before.get(n) != now.get(n)]


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    processors = Path("/proc/cpuinfo")
    if device.type == "cpu" and processors.exists():
        for line in processors.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
