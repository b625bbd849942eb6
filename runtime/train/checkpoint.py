"""Checkpoints: whole or absent, checked by hash, and resumable to the same bits.

`checkpoints/step-N/` holds `weights.safetensors` (what is trained), `optimizer.safetensors`, `files.json` (their sizes
and sha256) and `state.json` (with its own sha256: it is replaced alone, in one rename, when a step has been judged).
None of it is a pickle.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import BaseModel
from safetensors.torch import load_file, save_file
from typing_extensions import TypedDict

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems import fitting
from runtime.base.documents import Unreadable, document, opened, parsed
from runtime.base.files import atomic_folder, write_atomic, writing
from runtime.train.state import State

WEIGHTS, OPTIMIZER, STATE, FILES = "weights.safetensors", "optimizer.safetensors", "state.json", "files.json"


class _Fingerprint(TypedDict):
    size: int
    sha256: str


_Files = TypedDict("_Files", {WEIGHTS: _Fingerprint, OPTIMIZER: _Fingerprint})


class _Sealed(BaseModel):
    """`state.json`."""

    sha256: str
    state: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    folder: Path
    state: State

    def weights(self) -> dict[str, torch.Tensor]:
        return load_file(self.folder / WEIGHTS)

    def optimizer(self) -> dict[str, torch.Tensor]:
        return load_file(self.folder / OPTIMIZER)


def write(root: Path, state: State, weights: dict[str, torch.Tensor], optimizer: dict[str, torch.Tensor]) -> Path:
    """Writes `root/step-N` and returns it. Raises `Stop` where the disk refuses; older checkpoints stay."""
    folder = root / f"step-{state.step}"
    with atomic_folder(folder) as temporary:
        save_file(weights, temporary / WEIGHTS)
        save_file(optimizer, temporary / OPTIMIZER)
        tensors = {name: _fingerprint(temporary / name) for name in (WEIGHTS, OPTIMIZER)}
        (temporary / FILES).write_text(json.dumps(tensors, indent=1), encoding="utf-8")
        (temporary / STATE).write_text(_text(state), encoding="utf-8")
    return folder


def restate(root: Path, state: State) -> None:
    """Replaces the state of `root/step-N`; its tensors stay the files that they are."""
    write_atomic(root / f"step-{state.step}" / STATE, _text(state))


def _text(state: State) -> str:
    content = state.model_dump_json(by_alias=True)
    return json.dumps({"sha256": hashlib.sha256(content.encode()).hexdigest(), "state": content}, indent=1)


def _state(path: Path) -> State:
    """Raises Unreadable where the file is not what was written."""
    held = document(path, _Sealed, strict=True)
    if hashlib.sha256(held.state.encode()).hexdigest() != held.sha256:
        raise Unreadable("is not what was written")
    return parsed(held.state, State, strict=True)


def newest(root: Path) -> tuple[Checkpoint | None, list[Diagnostic]]:
    """The newest whole checkpoint, with a warning for each damaged one that is newer."""
    damaged: list[tuple[int, str]] = []
    whole = None
    for step in reversed(steps(root)):
        result = read(root / f"step-{step}")
        if isinstance(result, Checkpoint):
            whole = result
            break
        damaged.append((step, result))
    used = whole.state.step if whole else None
    return whole, [fitting.damaged_checkpoint(step, reason, used) for step, reason in damaged]


def read(folder: Path) -> Checkpoint | str:
    """The checkpoint, or what is wrong with it."""
    name = FILES
    try:
        listed = document(folder / FILES, _Files, strict=True)
        for name in (WEIGHTS, OPTIMIZER):
            if _fingerprint(folder / name) != listed[name]:
                raise Unreadable("is not what was written")
        name = STATE
        return Checkpoint(folder, _state(folder / STATE))
    except Unreadable as error:
        return f"`{name}` is missing" if not os.path.lexists(folder / name) else f"`{name}` {error}"


def steps(root: Path) -> list[int]:
    """Steps that have a checkpoint, whole or not, in order."""
    names = [re.fullmatch(r"step-(\d+)", path.name) for path in root.iterdir()] if root.is_dir() else []
    return sorted(int(name[1]) for name in names if name)


def set_aside(root: Path, *, after: int) -> None:
    """Renames what is newer than the checkpoint that is gone on from: damaged, it counts no longer."""
    for step in steps(root):
        if step > after:
            damaged = root / f"damaged-{step}"
            shutil.rmtree(damaged, ignore_errors=True)
            with writing(root):
                (root / f"step-{step}").rename(damaged)


def prune(root: Path, *, keep: int, best: int | None) -> None:
    """Removes all but the `keep` newest and the best."""
    for step in steps(root)[:-keep]:
        if step != best:
            with writing(root):
                shutil.rmtree(root / f"step-{step}")


def remove_leftovers(root: Path) -> None:
    """What a killed process had begun to write; only for the run that owns the folder."""
    for leftover in root.glob(".step-*.tmp"):
        shutil.rmtree(leftover, ignore_errors=True)
    for leftover in root.glob("step-*/.*.tmp"):
        leftover.unlink(missing_ok=True)


def _fingerprint(path: Path) -> _Fingerprint:
    """Raises Unreadable."""
    with opened(path) as file:
        return {"size": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
