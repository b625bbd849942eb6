"""What the last bits of a result depend on, beside the recipe."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import torch


def describe_environment(
    device: torch.device, precision: str, *, processes: int = 1, also: Iterable[str] = ()
) -> dict[str, str]:
    """`precision`: what is computed in. `also`: further packages that compute."""
    packages = ("torch", "transformers", "peft", "accelerate", *also)
    return {package: version(package) for package in packages} | {
        "device": _device_name(device),
        "threads": str(torch.get_num_threads()),
        "processes": str(processes),
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
        for line in processors.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() if device.type == "cpu" else device.type
