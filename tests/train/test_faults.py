"""Disks that fail while a run trains: one clear line, and the last good checkpoint is gone on from."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.program.course import Timing
from runtime.train import checkpoint
from runtime.train.record import Record
from tests.train.small import StopAfter, metrics, plan, run, settings, tiny_model, weights

EACH_STEP = settings("checkpoint.every = 1 step").checkpoint


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a disk of its own with these options; called again, it changes them."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = []

    def mount(options: str) -> Path:
        how = ["-o", f"remount,{options}"] if mounted else ["-t", "tmpfs", "-o", options, "none"]
        try:
            subprocess.run(["mount", *how, str(place)], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            if mounted:
                raise
            pytest.skip(f"nothing can be mounted here: {error}")
        mounted.append(options)
        return place

    yield mount
    if mounted:
        subprocess.run(["umount", "-l", str(place)], check=True)


def stopped_by(folder: Path, **options) -> Diagnostic:
    with pytest.raises(Stop) as stopped:
        run(plan(checkpoint=EACH_STEP), folder, **options)
    (diagnostic,) = stopped.value.diagnostics
    assert stopped.value.exit_code == 4
    assert "\n" not in diagnostic.message
    return diagnostic


class After:
    """Progress that does something to the disk after so many steps."""

    def __init__(self, steps: int, act: Callable[[], object]) -> None:
        self.steps, self.act = steps, act

    def task(self, name: str, **options: object) -> After:
        return self

    def __enter__(self) -> After:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def advance(self, amount: float = 1, **fields: float) -> None:
        self.steps -= 1
        if self.steps == 0:
            self.act()


def goes_on(folder: Path, expected: dict[str, bytes], *, after: int, report: Callable | None = None) -> None:
    """From the checkpoint of this step, to the weights of a run without faults."""
    newest, _ = checkpoint.newest(folder / "checkpoints")
    assert newest is not None
    assert newest.state.step == after
    model = tiny_model()
    run(plan(checkpoint=EACH_STEP), folder, model, resume=True, **({"report": report} if report else {}))
    assert weights(model) == expected
    assert [line["step"] for line in metrics(folder)] == [1, 2, 3, 4, 5, 6]


@pytest.fixture(scope="module")
def faultless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    model = tiny_model()
    run(plan(checkpoint=EACH_STEP), tmp_path_factory.mktemp("faultless"), model)
    return weights(model)


def test_a_disk_that_fills_up_keeps_the_last_good_checkpoint(disk, faultless):
    folder = disk("size=2m")
    filler = folder / "filler"

    def fill() -> None:
        with pytest.raises(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    diagnostic = stopped_by(folder, progress=After(4, fill))

    assert diagnostic.code == "IFT071"
    assert not list((folder / "checkpoints").glob(".*"))
    filler.unlink()
    goes_on(folder, faultless, after=3)


def test_a_folder_that_turned_read_only_is_one_line_and_gone_on_from_later(disk, faultless):
    folder = disk("size=2m")
    with pytest.raises(Stop):
        run(plan(checkpoint=EACH_STEP), folder, progress=StopAfter(4))
    cut = folder / "checkpoints/step-4/weights.safetensors"
    cut.write_bytes(cut.read_bytes()[:100])
    disk("ro")

    diagnostic = stopped_by(folder, resume=True, report=lambda warning: None)

    assert diagnostic.code == "IFT072"
    assert "read-only" in diagnostic.message
    disk("rw")
    goes_on(folder, faultless, after=3, report=lambda warning: None)


def test_a_record_that_cannot_be_written_is_one_line(tmp_path: Path):
    with (
        pytest.raises(Stop) as stopped,
        Path("/dev/full").open("ab") as full,
        Record(tmp_path / "timing.jsonl", Timing, after=0) as record,
    ):
        record._file = full
        record.add(Timing(step=1, seconds=0.5))

    assert [diagnostic.code for diagnostic in stopped.value.diagnostics] == ["IFT071"]


def test_a_truncated_newest_checkpoint_costs_the_steps_behind_it_only(tmp_path: Path, faultless):
    with pytest.raises(Stop):
        run(plan(checkpoint=EACH_STEP), tmp_path, progress=StopAfter(4))
    cut = tmp_path / "checkpoints/step-4/optimizer.safetensors"
    cut.write_bytes(cut.read_bytes()[:100])
    warnings: list[Diagnostic] = []

    goes_on(tmp_path, faultless, after=3, report=warnings.append)

    assert [warning.code for warning in warnings] == ["IFT754"]
