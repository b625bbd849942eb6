"""Files and folders are whole or absent, and the disk's refusals are one diagnostic."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from recipe_lang.diagnostics.model import Stop
from runtime.base.files import atomic_folder, remove_leftovers, write_atomic
from runtime.base.records import read_record
from tests.base.child import run


def test_a_record_is_read_to_its_last_whole_line(tmp_path: Path):
    (tmp_path / "record.jsonl").write_text('{"text": "one\u2028line"}\n{"step": 2}\n{"st', encoding="utf-8")

    assert read_record(tmp_path, "record.jsonl", dict) == [{"text": "one\u2028line"}, {"step": 2}]
    assert read_record(tmp_path, "missing.jsonl", dict) == []


def stopped(write) -> tuple[str, int]:
    with pytest.raises(Stop) as caught:
        write()
    (diagnostic,) = caught.value.diagnostics
    return diagnostic.code, caught.value.exit_code


def test_a_file_is_replaced_whole(tmp_path: Path):
    path = tmp_path / "new" / "file.json"

    write_atomic(path, "old")
    write_atomic(path, "né\n")

    assert path.read_bytes() == "né\n".encode()
    assert [path] == list(path.parent.iterdir())


def test_a_folder_appears_with_all_of_its_files(tmp_path: Path):
    path = tmp_path / "runs" / "model"

    with atomic_folder(path) as folder:
        (folder / "a").mkdir()
        (folder / "a" / "weights").write_text("w")
        assert not path.exists()

    assert (path / "a" / "weights").read_text() == "w"
    assert [path] == list(path.parent.iterdir())


def test_who_may_read_a_folder_may_read_its_files(tmp_path: Path):
    """safetensors writes files that only their owner may read."""
    before = os.umask(0o027)
    try:
        with atomic_folder(tmp_path / "model") as partial:
            save_file({"weight": np.zeros(2, dtype=np.float32)}, partial / "model.safetensors")
            assert (partial / "model.safetensors").stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)

    assert (tmp_path / "model" / "model.safetensors").stat().st_mode & 0o777 == 0o640


def test_a_folder_replaces_the_one_before(tmp_path: Path):
    path = tmp_path / "model"
    for name in ("old", "new"):
        with atomic_folder(path) as folder:
            (folder / name).touch()

    assert [file.name for file in path.iterdir()] == ["new"]
    assert [path] == list(tmp_path.glob("*model*"))


def test_nothing_is_left_of_a_folder_whose_making_fails(tmp_path: Path):
    with pytest.raises(ZeroDivisionError), atomic_folder(tmp_path / "model") as folder:
        (folder / "file").touch()
        raise ZeroDivisionError

    assert list(tmp_path.glob("*model*")) == []


def test_leftovers_of_a_killed_process_are_taken_away(tmp_path: Path):
    (tmp_path / ".model.0123456789ab.tmp").mkdir()
    (tmp_path / ".other.0123456789ab.tmp").mkdir()

    remove_leftovers(tmp_path / "model")

    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == [".other.0123456789ab.tmp"]


def test_a_place_below_a_file_cannot_be_written(tmp_path: Path):
    (tmp_path / "file").touch()

    assert stopped(lambda: write_atomic(tmp_path / "file" / "x", "")) == ("IFT072", 4)


@pytest.fixture
def read_only(tmp_path: Path):
    """A folder that even root may not write to."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    if shutil.which("chattr") is None or subprocess.run(["chattr", "+i", folder], capture_output=True).returncode != 0:
        pytest.skip("this file system has no immutable folders")
    yield folder
    subprocess.run(["chattr", "-i", folder], check=True)


def test_a_read_only_folder_cannot_be_written(read_only: Path):
    def fill():
        with atomic_folder(read_only / "model"):
            pass

    assert stopped(lambda: write_atomic(read_only / "file", "")) == ("IFT072", 4)
    assert stopped(fill) == ("IFT072", 4)
    assert list(read_only.iterdir()) == []


LIMITED = """
import resource
from pathlib import Path
from recipe_lang.diagnostics.model import Stop
from runtime.base.files import atomic_folder, write_atomic
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
path = Path(PATH)
try:
    WRITE
except Stop as stop:
    print(stop.exit_code, *(d.code for d in stop.diagnostics))
    print([p.name for p in path.parent.iterdir()])
"""


@pytest.mark.parametrize(
    "write",
    [
        "write_atomic(path, bytes(20_000))",
        "with atomic_folder(path) as f: (f / 'weights').write_bytes(bytes(20_000))",
        "with atomic_folder(path) as f:\n"
        "        import numpy, safetensors.numpy\n"
        "        safetensors.numpy.save_file({'w': numpy.zeros(20_000)}, f / 'w.safetensors')",
    ],
)
def test_a_full_disk_is_one_diagnostic_and_leaves_nothing(tmp_path: Path, write: str):
    code = LIMITED.replace("PATH", repr(str(tmp_path / "out" / "it"))).replace("WRITE", write)
    (tmp_path / "out").mkdir()

    assert run(code) == "4 IFT071\n[]\n"
