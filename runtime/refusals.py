"""What this engine or this machine cannot do: refused before anything is loaded, never left out in silence."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec

from packaging.requirements import Requirement

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems import fitting, store
from recipe_lang.diagnostics.problems.engine import REPEAT_THE_RUN, not_executed
from recipe_lang.program.program import Program

_BITSANDBYTES = ("cpu", "cuda", "xpu")
"""Devices on which it has matrices of 4 and 8 bits and the optimiser's states, all three."""


def refuse(program: Program) -> None:
    """Raises `Stop` with a diagnostic for each setting of the language that this engine executes on no machine."""
    found = list(_not_executed(program))
    if found:
        raise Stop(*found)


def refuse_to_run(program: Program) -> None:
    """As `refuse`; raises `Stop` also for what this machine lacks: a package that the run would import late, devices to
    shard a model over. (accelerate leaves out a tracker that is missing without a word.)"""
    refuse(program)
    found = [fitting.package_missing(*needed) for needed in _needed(program) if not _is_installed(needed[0])]
    found += [] if found else no_kernels(program)
    if _shards(program) and not _has_accelerator():
        found.append(fitting.not_distributed("fsdp", "no accelerator"))
    if found:
        raise Stop(*found, exit_code=4)


def _not_executed(program: Program) -> Iterator[Diagnostic]:
    for index, block in enumerate(program.evaluations):
        if block.seeds > 1:
            yield not_executed("seeds", REPEAT_THE_RUN, f"/evaluations/{index}/seeds")
    train = program.train
    if train is not None and train.distribute is not None and train.distribute.kind == "deepspeed":
        yield fitting.no_deepspeed()
    if _shards(program) and any(block.every for block in program.evaluations):
        yield fitting.not_evaluated_sharded()


def _shards(program: Program) -> bool:
    train = program.train
    return train is not None and train.distribute is not None and train.distribute.kind == "fsdp"


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
        import torch

        device = getattr(torch.accelerator.current_accelerator(check_available=True), "type", "cpu")
    unknown = [] if device in _BITSANDBYTES else quantised
    return [store.no_kernels(setting, device, instead, pointer) for setting, instead, pointer in unknown]


def _quantised(program: Program) -> Iterator[tuple[str, str, str]]:
    """Setting, what does the same in whole numbers of bytes, pointer to the setting."""
    train = program.train
    if train is not None and train.method.kind == "qlora":
        yield "method = qlora", "method = lora", "/train/method"
    if train is not None and train.optimizer.kind == "adamw_8bit":
        yield "optimizer = adamw_8bit", "optimizer = adamw", "/train/optimizer"
