"""Checkpoints: whole or absent, checked by hash, and resumable to the same bits.

`checkpoints/step-N/` holds `weights.safetensors` (what is trained), `optimizer.safetensors`, `state.json` and
`files.json` (sizes and sha256 of the others). None of it is a pickle.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from safetensors.torch import load_file, save_file

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems import fitting
from runtime.base.files import atomic_folder
from runtime.train.state import State

WEIGHTS, OPTIMIZER, STATE, FILES = "weights.safetensors", "optimizer.safetensors", "state.json", "files.json"


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
        _write_state(temporary, state, tensors)
    return folder


def restate(root: Path, state: State) -> None:
    """Replaces the state of `root/step-N`; its tensors stay the files that they are."""
    folder = root / f"step-{state.step}"
    listed = json.loads((folder / FILES).read_text(encoding="utf-8"))
    with atomic_folder(folder) as temporary:
        for name in (WEIGHTS, OPTIMIZER):
            _link(folder / name, temporary / name)
        _write_state(temporary, state, {name: listed[name] for name in (WEIGHTS, OPTIMIZER)})


def _write_state(folder: Path, state: State, tensors: dict[str, Any]) -> None:
    (folder / STATE).write_text(state.model_dump_json(by_alias=True), encoding="utf-8")
    listed = tensors | {STATE: _fingerprint(folder / STATE)}
    (folder / FILES).write_text(json.dumps(listed, indent=1), encoding="utf-8")


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        # File systems without hard links.
        shutil.copyfile(source, target)


def newest(root: Path) -> tuple[Checkpoint | None, list[Diagnostic]]:
    """The newest whole checkpoint, with a warning for each damaged one that is newer."""
    damaged: list[tuple[int, str]] = []
    found = None
    for step in reversed(steps(root)):
        result = read(root / f"step-{step}")
        if isinstance(result, Checkpoint):
            found = result
            break
        damaged.append((step, result))
    used = found.state.step if found else None
    return found, [fitting.damaged_checkpoint(step, reason, used) for step, reason in damaged]


def read(folder: Path) -> Checkpoint | str:
    """The checkpoint, or what is wrong with it."""
    try:
        listed = json.loads((folder / FILES).read_text(encoding="utf-8"))
        for name, fingerprint in listed.items():
            if _fingerprint(folder / name) != fingerprint:
                return f"`{name}` is not what was written"
        return Checkpoint(folder, State.model_validate_json((folder / STATE).read_bytes()))
    except FileNotFoundError as error:
        return f"`{Path(error.filename).name}` is missing"
    except (OSError, ValueError, ValidationError) as error:
        return str(error).split("\n")[0]


def steps(root: Path) -> list[int]:
    """Steps that have a checkpoint, whole or not, in order."""
    names = [re.fullmatch(r"step-(\d+)", path.name) for path in root.iterdir()] if root.is_dir() else []
    return sorted(int(name[1]) for name in names if name)


def prune(root: Path, *, keep: int, best: int | None) -> None:
    """Removes all but the `keep` newest and the best."""
    for step in steps(root)[:-keep]:
        if step != best:
            shutil.rmtree(root / f"step-{step}")


def remove_leftovers(root: Path) -> None:
    """What a killed process had begun to write; only for the run that owns the folder."""
    for leftover in root.glob(".step-*.tmp"):
        shutil.rmtree(leftover, ignore_errors=True)


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"size": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
