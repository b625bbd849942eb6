"""Token tables: the labelled examples of a task and split, flat and memory-mapped.

They are written in parts, so that an interrupted preparation goes on where it stopped. Parts follow the order of the
rows; `join_parts` puts the examples into their final order. Neither holds more than one part's tokens in memory.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.lib import format as npy

from runtime.base.files import Json
from runtime.data.labels.example import LabelledExample

_SMALL = {"starts": np.int32, "rows": np.int64, "templates": np.int16, "turns": np.int16, "flags": np.uint8}
_FLAT = ("tokens", "trained")
_GATHERED_AT_ONCE = 4096

_AT_ONCE = 2**14
"""Examples whose marks are summed together: a table does not fit into memory as sums."""


@dataclass(frozen=True)
class TokenTable:
    """Example `i` is `tokens[offsets[i]:offsets[i + 1]]`; `trained` marks the tokens whose loss counts.

    Examples stand in a seeded order that no order of files changes, so any prefix is a sample. For sequence-to-sequence
    models the tokens that are not trained are the encoder's input, the others the labels.
    """

    tokens: np.ndarray
    """int32, all examples one after the other."""
    trained: np.ndarray
    """bool, as long as `tokens`."""
    offsets: np.ndarray
    """int64, one more than examples."""
    starts: np.ndarray
    """int32, how many of an example's tokens are asked before its answer, the last one of a conversation."""
    rows: np.ndarray
    """int64, each example's row in the data."""
    templates: np.ndarray
    """int16, each example's place in the task's list of templates."""
    turns: np.ndarray
    """int16, the answered turn of an unrolled conversation, else 0."""
    flags: np.ndarray
    """uint8, see `runtime.data.labels.example.Flag`."""

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """(ids, trained) of one example, as views."""
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        part = slice(self.offsets[index], self.offsets[index + 1])
        return self.tokens[part], self.trained[part]

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each example."""
        return np.diff(self.offsets)

    @property
    def trained_lengths(self) -> np.ndarray:
        """Trained tokens of each example."""
        counts = np.zeros(len(self), np.int64)
        for start in range(0, len(self), _AT_ONCE):
            offsets = self.offsets[start : start + _AT_ONCE + 1]
            total = np.cumsum(np.concatenate([[False], self.trained[offsets[0] : offsets[-1]]]), dtype=np.int64)
            ends = total[offsets - offsets[0]]
            counts[start : start + _AT_ONCE] = np.diff(ends)
        return counts

    def flagged(self, flag: int) -> int:
        return int(np.count_nonzero(self.flags & flag))


def open_table(folder: Path) -> TokenTable:
    """A table as `runtime.data.tables.parts` wrote it: mapped, not read."""
    return TokenTable(**{field.name: _mapped(folder / f"{field.name}.npy") for field in fields(TokenTable)})


def _mapped(path: Path) -> np.ndarray:
    # An empty file cannot be mapped.
    array = np.load(path, mmap_mode="r") if path.stat().st_size > 128 else np.load(path)
    return np.asarray(array)


def write_part(folder: Path, number: int, examples: Sequence[LabelledExample], report: Json) -> None:
    """`report` is what else is known of the part, as JSON. It is written last: a part that has it is whole."""
    tokens = [np.array(example.ids, np.int32) for example in examples]
    content = b"".join(array.tobytes() for array in tokens), b"".join(e.trained.tobytes() for e in examples)
    for kind, data in zip(_FLAT, content, strict=True):
        (folder / f"{number:06d}.{kind}").write_bytes(data)
    columns = {
        "starts": [e.start for e in examples],
        "rows": [e.row for e in examples],
        "templates": [e.template for e in examples],
        "turns": [e.turn for e in examples],
        "flags": [e.flags for e in examples],
    }
    arrays = {name: np.array(values, _SMALL[name]) for name, values in columns.items()}
    arrays["lengths"] = np.array([len(array) for array in tokens], np.int64)
    arrays["report"] = np.frombuffer(json.dumps(report).encode(), np.uint8)
    arrays["sha256"] = np.frombuffer(_digest(content, arrays), np.uint8)
    partial = folder / f"{number:06d}.partial"
    with partial.open("wb") as stream:
        np.savez(stream, **arrays)
    partial.rename(folder / f"{number:06d}.npz")


def read_report(folder: Path, number: int) -> Json | None:
    """The report of a part; None where the part has not been written, or is not what was written."""
    try:
        content = [(folder / f"{number:06d}.{kind}").read_bytes() for kind in _FLAT]
        with np.load(folder / f"{number:06d}.npz") as part:
            arrays = {name: part[name] for name in part.files}
    except (OSError, ValueError, BadZipFile):
        return None
    written = arrays.pop("sha256", np.zeros(0, np.uint8)).tobytes()
    return json.loads(arrays["report"].tobytes()) if written == _digest(content, arrays) else None


def _digest(content: Sequence[bytes], arrays: Mapping[str, np.ndarray]) -> bytes:
    digest = hashlib.sha256()
    for data in (*content, *(arrays[name].tobytes() for name in sorted(arrays))):
        digest.update(len(data).to_bytes(8))
        digest.update(data)
    return digest.digest()


def join_parts(parts: Path, count: int, target: Path, rank: np.ndarray) -> None:
    """Writes the table of all parts to `target`. `rank` is each row's place; examples of a row keep their order."""
    small = {name: [] for name in ("lengths", *_SMALL)}
    owner: list[np.ndarray] = []
    begins: list[np.ndarray] = []
    for number in range(count):
        with np.load(parts / f"{number:06d}.npz") as part:
            for name, arrays in small.items():
                arrays.append(part[name])
            lengths = part["lengths"]
            owner.append(np.full(len(lengths), number, np.int32))
            begins.append(np.cumsum(lengths) - lengths)
    types = {"lengths": np.int64, **_SMALL}
    joined = {name: np.concatenate([np.zeros(0, types[name]), *arrays]) for name, arrays in small.items()}
    owners = np.concatenate([np.zeros(0, np.int32), *owner])
    begin = np.concatenate([np.zeros(0, np.int64), *begins])
    order = np.argsort(rank[joined["rows"]], kind="stable")
    lengths = joined.pop("lengths")[order]
    for name, array in joined.items():
        np.save(target / f"{name}.npy", array[order])
    np.save(target / "offsets.npy", np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
    places = (owners[order], begin[order], lengths)
    _gather(parts, count, "tokens", np.dtype(np.int32), places, target)
    _gather(parts, count, "trained", np.dtype(bool), places, target)


def _gather(
    parts: Path, count: int, kind: str, type_: np.dtype, places: tuple[np.ndarray, np.ndarray, np.ndarray], target: Path
) -> None:
    owners, begins, lengths = places
    width = type_.itemsize
    with ExitStack() as stack:
        files = [
            stack.enter_context((parts / f"{number:06d}.{kind}").open("rb", buffering=0)).fileno()
            for number in range(count)
        ]
        out = stack.enter_context((target / f"{kind}.npy").open("wb"))
        header = {"descr": npy.dtype_to_descr(type_), "fortran_order": False, "shape": (int(lengths.sum()),)}
        npy.write_array_header_1_0(out, header)
        for start in range(0, len(lengths), _GATHERED_AT_ONCE):
            part = slice(start, start + _GATHERED_AT_ONCE)
            chosen = zip(owners[part].tolist(), begins[part].tolist(), lengths[part].tolist(), strict=True)
            out.write(b"".join(os.pread(files[o], n * width, b * width) for o, b, n in chosen))
