"""SIGKILL anywhere in `ift-run`: from the plan through the export and its reading back to the report, in a sweep, in a
group of processes, and while an earlier run is replaced. What goes on afterwards ends with the bits of a run that was
never killed.

A forked process runs the command and kills itself at its n-th event; nothing gets a chance to tidy up. `IFT_KILLS` says
how often.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.cli.shell import environment
from tests.runs.recipe import RECIPE, write_rows, write_sums
from tests.train.test_kill import Events

pytestmark = pytest.mark.heavy

FEW = 1
SWEEP = "\nsweep {\n  train.learning_rate = [1e-3, 1e-4]\n}\n"
NOT_OF_THE_RUN = ("timing.jsonl", "processes.log", "checkpoints", "report.html", "compare.html")
"""What depends on the clock, and what is only for going on."""


def in_a_process(work: Callable[..., None], *arguments: object) -> int | None:
    """Its exit code; None where it does not end. Forked from a process that runs nothing: locks that threads of the
    tests hold would stay held for ever."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "tests.warm"])
    process = context.Process(target=work, args=arguments)
    process.start()
    process.join(600)
    return process.exitcode


def command(folder: Path, arguments: list[str], fatal: int | None, answer: Path) -> None:
    """`ift-run` in a process of its own; leaves its number of events and its exit code in `answer`."""
    import shutil

    import torch

    from recipe_lang.cli import main_run
    from runtime import run as whole
    from runtime.base import files
    from runtime.models import adapters
    from runtime.readback.process import Reader
    from runtime.train import checkpoint, loop
    from runtime.train.record import Record

    os.environ["IFT_CACHE"] = str(folder / "cache")
    os.chdir(folder)
    sys.stdout = sys.stderr = (folder / "said").open("a", encoding="utf-8")
    torch.set_num_threads(1)
    events = Events(fatal)
    for holder, name in (
        (whole, "evaluate"),
        (whole, "save"),
        (whole, "write_base"),
        (whole, "merge"),
        (whole, "read_back"),
        (whole, "write_results"),
        (whole, "write_page"),
        (whole, "write_card"),
        (adapters, "atomic_folder"),
        (Reader, "_write"),
        (loop, "update"),
        (Record, "add"),
        (checkpoint, "save_file"),
        (files, "_replace_folder"),
        (files, "_sync"),
        (Path, "rename"),
        (Path, "replace"),
        (shutil, "rmtree"),
    ):
        events.around(holder, name)
    code = main_run(["sums.ift", "--output", "out", *arguments])
    answer.write_bytes(pickle.dumps((events.count, code)))


def written(folder: Path, tail: str = "", seed: int = 7, recipe: str = RECIPE) -> None:
    write_rows(folder)
    write_sums(folder, recipe=recipe.replace("seed = 7", f"seed = {seed}"), tail=tail)


def left(folder: Path) -> dict[str, bytes]:
    """What a run has come to."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if not set(Path(name).parts) & set(NOT_OF_THE_RUN)}


def told(folder: Path) -> str:
    return (folder / "said").read_text("utf-8")[-3000:]


@pytest.fixture(scope="module", params=["", SWEEP], ids=["one", "sweep"])
def undisturbed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """The end of the recipe, events and files of a run that nobody killed, a folder that it was written in."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert in_a_process(written, folder, request.param) == 0
    assert in_a_process(command, folder, [], None, folder / "answer") == 0, told(folder)
    events, code = pickle.loads((folder / "answer").read_bytes())
    assert code == 0
    return request.param, events, left(folder / "out")


def go_on(folder: Path, arguments: list[str], expected: dict[str, bytes]) -> None:
    assert in_a_process(command, folder, arguments, None, folder / "answer") == 0, told(folder)
    assert pickle.loads((folder / "answer").read_bytes())[1] == 0, told(folder)
    found = left(folder / "out")
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
    assert [path.name for path in folder.glob(".*") if not path.name.endswith(".lock")] == []


@pytest.mark.parametrize("point", range(int(os.environ.get("IFT_KILLS", FEW))))
def test_a_killed_run_goes_on_to_the_same_files(tmp_path: Path, undisturbed, point: int):
    tail, events, expected = undisturbed
    seeded = random.Random(f"run {point} {tail}")
    assert in_a_process(written, tmp_path, tail) == 0

    for arguments in ([], ["--resume"])[: seeded.choice([1, 2])]:
        fatal = seeded.randint(1, events)
        assert in_a_process(command, tmp_path, arguments, fatal, tmp_path / "answer") in (-signal.SIGKILL, 0)

    go_on(tmp_path, ["--resume"], expected)


@pytest.mark.parametrize("point", range(int(os.environ.get("IFT_KILLS", FEW))))
def test_a_run_that_replaces_another_and_is_killed_loses_neither(tmp_path: Path, undisturbed, point: int):
    """Until the new one stands, the old one is there whole: in its place, or beside it."""
    tail, events, expected = undisturbed
    seeded = random.Random(f"replaced {point} {tail}")
    assert in_a_process(written, tmp_path, tail, 8) == 0
    assert in_a_process(command, tmp_path, [], None, tmp_path / "answer") == 0, told(tmp_path)
    before = left(tmp_path / "out")
    assert in_a_process(written, tmp_path, tail) == 0

    fatal = seeded.randint(1, events)
    ended = in_a_process(command, tmp_path, ["--overwrite"], fatal, tmp_path / "answer")

    assert ended in (-signal.SIGKILL, 0)
    if ended and not tail:
        now = left(tmp_path / "out")
        assert before in (now, left(tmp_path / ".out.before")) or now == expected
    go_on(tmp_path, ["--overwrite"], expected)


GROUP = RECIPE.replace(
    "learning_rate = 1e-3",
    "learning_rate = 1e-3\n  distribute    = ddp\n  devices       = 2\n  checkpoint {\n    every = 2 steps\n  }",
).replace("4 steps", "12 steps")


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    program = "import sys; from recipe_lang.cli import main_run; sys.exit(main_run(sys.argv[1:]))"
    with (folder / "said").open("ab") as said:
        command = [sys.executable, "-c", program, "sums.ift", "--output", "out", *arguments]
        return subprocess.Popen(
            command, cwd=folder, env=environment(IFT_CACHE=str(folder / "cache")), stdout=said, stderr=said
        )


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What two processes come to that nobody disturbs."""
    folder = tmp_path_factory.mktemp("together")
    assert in_a_process(written, folder, "", 7, GROUP) == 0
    assert start(folder).wait(600) == 0, told(folder)
    return left(folder / "out")


@pytest.mark.parametrize("point", range(int(os.environ.get("IFT_KILLS", FEW))))
def test_a_group_of_which_any_process_is_killed_goes_on_to_the_same_files(tmp_path: Path, together, point: int):
    seeded = random.Random(point)
    assert in_a_process(written, tmp_path, "", 7, GROUP) == 0
    lines = seeded.randint(1, 10)

    started = start(tmp_path)
    while started.poll() is None and steps_written(tmp_path / "out") < lines:
        time.sleep(0.01)
    group = [p for p in psutil.Process(started.pid).children(recursive=True) if "plain.py" not in " ".join(p.cmdline())]
    seeded.choice([psutil.Process(started.pid), *group]).kill()
    started.wait(600)
    psutil.wait_procs(group, timeout=60)

    assert start(tmp_path, "--resume").wait(600) == 0, told(tmp_path)
    found = left(tmp_path / "out")
    assert [name for name in together if found.get(name) != together[name]] == []


def steps_written(folder: Path) -> int:
    try:
        return (folder / "metrics.jsonl").read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0
