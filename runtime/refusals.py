"""What this machine cannot do: refused before anything is loaded, never left out in silence. What no machine can, the
check of a recipe refuses."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec

from packaging.requirements import Requirement

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems import fitting, store
from recipe_lang.program.program import Program

_BITSANDBYTES = ("cpu", "cuda", "xpu")
"""Devices on which it has matrices of 4 and 8 bits and the optimiser's states, all three."""


def refuse(program: Program) -> None:
    """Raises `Stop` for what this machine lacks: a package that the run would import late, devices to shard a model
    over, arithmetic. (accelerate leaves out a tracker that is missing without a word, and fp16 on a CPU too.)"""
    diagnostics = [fitting.package_missing(*needed) for needed in _needed(program) if not _is_installed(needed[0])]
    diagnostics += [] if diagnostics else no_kernels(program)
    if _kind(program) == "fsdp" and not _has_accelerator():
        diagnostics.append(fitting.not_distributed("fsdp", "no accelerator"))
    diagnostics += _too_few_devices(program)
    diagnostics += _unusable_names(program)
    if (train := program.train) and program.models[train.model].precision == "fp16" and not _has_accelerator():
        pointer = f"/models/{train.model}/precision"
        diagnostics.append(store.precision_does_not_fit("fp16", store.NO_FP16_HERE, pointer))
    if diagnostics:
        raise Stop(*diagnostics, exit_code=4)


_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
"""Windows keeps them, whatever follows behind a dot."""


def _unusable_names(program: Program) -> Iterator[Diagnostic]:
    """Predictions stand in files that are named after their tasks."""
    if sys.platform not in ("win32", "darwin"):
        return
    seen: dict[str, str] = {}
    for name in program.tasks:
        folded, pointer = name.casefold(), f"/tasks/{name}"
        if sys.platform == "win32" and folded.partition(".")[0] in _RESERVED:
            yield fitting.unusable_file_name(name, None, pointer)
        elif (other := seen.setdefault(folded, name)) != name:
            yield fitting.unusable_file_name(name, other, pointer)


def _kind(program: Program) -> str | None:
    return program.train.distribute.kind if program.train and program.train.distribute else None


def _too_few_devices(program: Program) -> Iterator[Diagnostic]:
    """A CPU holds any number of processes, an accelerator one."""
    import torch

    train, here = program.train, torch.accelerator.device_count()
    if train is not None and train.distribute is not None and 0 < here < (train.devices or 0):
        yield fitting.too_few_devices(train.devices, here)


def _has_accelerator() -> bool:
    import torch

    return torch.accelerator.is_available()


def _needed(program: Program) -> Iterator[tuple[str, str, str]]:
    """Package, setting, pointer to the setting."""
    train = program.train
    if train is None:
        return
    for name in train.track:
        yield name, f"track = [{name}]", "/train/track"
    if _kind(program) == "deepspeed":
        yield "deepspeed", "distribute = deepspeed", "/train/distribute"
    for setting, _, pointer in _quantised(program):
        yield "bitsandbytes>=0.50", setting, pointer


def _is_installed(requirement: str) -> bool:
    wanted = Requirement(requirement)
    if find_spec(wanted.name) is None:
        return False
    return not wanted.specifier or wanted.specifier.contains(version(wanted.name), prereleases=True)


def no_kernels(program: Program, device: str | None = None) -> list[Diagnostic]:
    """A diagnostic for each setting whose arithmetic in few bits there is not on `device`, else on this machine's."""
    quantised = list(_quantised(program))
    if quantised and device is None:
        from runtime.models.precision import device_here

        device = device_here().type
    unknown = [] if device in _BITSANDBYTES else quantised
    return [store.no_kernels(setting, device, instead, pointer) for setting, instead, pointer in unknown]


def _quantised(program: Program) -> Iterator[tuple[str, str, str]]:
    """Setting, what does the same in whole numbers of bytes, pointer to the setting."""
    train = program.train
    if train is not None and train.method.kind == "qlora":
        yield "method = qlora", "method = lora", "/train/method"
    if train is not None and train.optimizer.kind == "adamw_8bit":
        yield "optimizer = adamw_8bit", "optimizer = adamw", "/train/optimizer"
