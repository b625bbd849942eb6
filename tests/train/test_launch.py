"""Processes that the launcher starts: the same steps as one, interrupted together, ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from recipe_lang.cli import main_run
from recipe_lang.diagnostics.model import Stop
from runtime import launch, run
from runtime.launch import train_in_processes
from runtime.loading import load_model, with_method
from runtime.run import Job, train_model
from runtime.session import Session
from runtime.train import adopt, checkpoint
from tests.train.recipe import opened, planned, run_folder, write_recipe
from tests.train.small import metrics, refuse, settings, weights

DDP = settings("distribute = ddp").distribute


def test_threads_are_those_that_the_process_may_use(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(12)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)

    assert launch._environment(settings(distribute=DDP, devices=4))["OMP_NUM_THREADS"] == "3"


LORA = "method = lora(rank = 4)\nduration = 20 steps\nbatch = 4 examples\ndistribute = ddp\ndevices = 2"
LONG = LORA.replace("20 steps", "3_000 steps") + "\ncheckpoint {\n  every = 5 steps\n}"


def trainable(session: Session):
    return with_method(session, load_model(session, "small"))


@pytest.mark.heavy
def test_two_started_processes_take_the_steps_of_one(tmp_path: Path):
    plan = planned(write_recipe(tmp_path, LORA))
    one, two = (run_folder(plan, tmp_path / name) for name in ("one", "two"))
    session = opened(plan, tmp_path)
    model = trainable(session)

    train_model(Job(plan, session, one, refuse), model)
    outcome = train_in_processes(plan, tmp_path, two, resume=False, report=refuse)

    assert outcome.steps == 20
    for line, other in zip(metrics(one), metrics(two), strict=True):
        assert other["loss"] == pytest.approx(line["loss"], rel=1e-5)
        assert other["tokens"] == line["tokens"]
    before = weights(model)
    adopt(model, two / "checkpoints", outcome.steps)
    assert weights(model) != before


@pytest.mark.parametrize(("when", "expected"), [("", "train, host"), ("start, end", "device, train, host, moved")])
def test_a_sharded_model_is_whole_on_one_device_only_to_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str, expected: str
):
    seen: list[str] = []
    load, move = run.load_model, run.to_device

    def loading(*arguments, on_host: bool = False):
        seen.append("host" if on_host else "device")
        return load(*arguments, on_host=on_host)

    def moving(*arguments):
        seen.append("moved")
        move(*arguments)

    def training(plan, root, folder, *, resume, report):
        seen.append("train")
        session = opened(plan, root)
        return train_model(Job(plan, session, folder, report, resume), trainable(session))

    monkeypatch.setattr(run, "load_model", loading)
    monkeypatch.setattr(run, "to_device", moving)
    monkeypatch.setattr(run, "train_in_processes", training)
    # Shards need an accelerator; what is done around the training does not.
    monkeypatch.setattr(type(DDP), "shards_weights", property(lambda self: True))
    judged = f"\nevaluate {{\n  tasks = [adding]\n  when  = [{when}]\n  split = validation\n}}\n" if when else ""
    monkeypatch.chdir(tmp_path)
    write_recipe(tmp_path, LORA.replace("20 steps", "2 steps"), more=judged)

    assert main_run(["recipe.ift"]) == 0
    assert ", ".join(seen) == expected


def workers() -> list[psutil.Process]:
    started = [p for p in psutil.Process().children() if "torch.distributed.run" in " ".join(p.cmdline())]
    return started[0].children() if started else []


def in_training(folder: Path) -> bool:
    written = folder / "metrics.jsonl"
    return written.exists() and len(written.read_text()) > 1500


def meanwhile(folder: Path, act: Callable[[], None], when: Callable[[Path], object] = in_training) -> threading.Thread:
    """Acts once something is so; unless told otherwise, once the run has written some steps."""

    def wait() -> None:
        while not when(folder):
            time.sleep(0.01)
        act()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


@pytest.mark.heavy
def test_group_is_ended_when_one_process_is_killed(tmp_path: Path):
    plan = planned(write_recipe(tmp_path, LONG))
    folder = run_folder(plan, tmp_path / "run")
    killed: list[float] = []

    def kill_one() -> None:
        killed.append(time.monotonic())
        workers()[1].kill()

    meanwhile(folder, kill_one)
    with pytest.raises(Stop) as stopped:
        train_in_processes(plan, tmp_path, folder, resume=False, report=refuse)

    assert stopped.value.diagnostics[0].code == "IFT763"
    assert time.monotonic() - killed[0] < 30
    newest, damaged = checkpoint.newest(folder / "checkpoints")
    assert newest is not None
    assert damaged == []


@pytest.mark.heavy
def test_group_is_ended_when_its_launcher_is_killed(tmp_path: Path):
    plan = planned(write_recipe(tmp_path, LONG))
    folder = run_folder(plan, tmp_path / "run")
    group: list[psutil.Process] = []

    def kill_launcher() -> None:
        group.extend(workers())
        group[0].parent().kill()

    meanwhile(folder, kill_launcher)
    with pytest.raises(Stop) as stopped:
        train_in_processes(plan, tmp_path, folder, resume=False, report=refuse)

    assert stopped.value.diagnostics[0].code == "IFT763"
    assert len(group) == 2
    assert [one for one in group if is_alive(one)] == []


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@pytest.mark.heavy
def test_group_is_ended_when_the_process_that_the_user_started_is_killed(tmp_path: Path):
    write_recipe(tmp_path, LONG)
    program = "import sys, recipe_lang.cli as c; sys.exit(c.main_run())"
    started = subprocess.Popen(
        [sys.executable, "-c", program, "recipe.ift"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(launch.__file__).parent.parent)},
        stderr=subprocess.DEVNULL,
    )
    try:
        meanwhile(tmp_path / "runs/tiny", lambda: None).join(120)
        group = psutil.Process(started.pid).children(recursive=True)
    finally:
        started.kill()
        started.wait()

    assert len(group) == 3
    _, alive = psutil.wait_procs(group, timeout=30)
    assert [one for one in alive if is_alive(one)] == []


def interrupt(number: int = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)


@pytest.fixture
def heard() -> Iterator[None]:
    """Also where the tests themselves run under `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.heavy
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_interrupt_reaches_the_group_and_leaves_a_checkpoint(tmp_path: Path, heard: None, number: int):
    plan = planned(write_recipe(tmp_path, LONG))
    folder = run_folder(plan, tmp_path / "run")

    meanwhile(folder, lambda: interrupt(number))
    with pytest.raises(Stop) as stopped:
        train_in_processes(plan, tmp_path, folder, resume=False, report=refuse)

    assert stopped.value.exit_code == 130
    newest, _ = checkpoint.newest(folder / "checkpoints")
    assert newest.state.step == metrics(folder)[-1]["step"]


def launched(folder: Path) -> bool:
    return (folder / "processes.log").exists()


def started(folder: Path) -> bool:
    return len(workers()) == 2


@pytest.mark.heavy
@pytest.mark.parametrize("moment", [launched, started])
def test_an_early_interrupt_waits_until_the_group_listens(tmp_path: Path, moment: Callable[[Path], bool]):
    plan = planned(write_recipe(tmp_path, LONG))
    folder = run_folder(plan, tmp_path / "run")

    meanwhile(folder, interrupt, moment)
    with pytest.raises(Stop) as stopped:
        train_in_processes(plan, tmp_path, folder, resume=False, report=refuse)

    assert stopped.value.exit_code == 130
    assert "before the first" in stopped.value.diagnostics[0].message
    assert not list((folder / "checkpoints").glob("step-*"))


@pytest.mark.heavy
def test_an_interrupt_after_the_last_step_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    plan = planned(write_recipe(tmp_path, LORA.replace("20 steps", "2 steps")))
    folder = run_folder(plan, tmp_path / "run")
    real = launch._outcome

    def interrupted_meanwhile(*arguments):
        interrupt()
        return real(*arguments)

    monkeypatch.setattr(launch, "_outcome", interrupted_meanwhile)
    with pytest.raises(Stop) as stopped:
        train_in_processes(plan, tmp_path, folder, resume=False, report=refuse)

    assert stopped.value.exit_code == 130
