"""SIGKILL anywhere: a run that goes on after it ends with the bits of one that was never killed.

A forked process runs the tiny recipe and kills itself at its n-th event: an event is every step, micro-batch, file of a
checkpoint, rename, removal and evaluation. Nothing gets a chance to tidy up.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from recipe_lang.program.results import Evaluation
from runtime.train import checkpoint
from tests.train.small import metrics, plan, run, tiny_model, weights, with_lora
from tests.train.test_between import block, entry, kept

FEW, MANY = 5, 30


def settings() -> dict:
    """Checkpoints every two steps, an evaluation every three, the best one kept."""
    return {
        "steps": 8,
        "evaluations": [block("3 steps")],
        "checkpoint": kept("first.rouge1", "2 steps"),
    }


class Events:
    """Counts events, and kills the process at one of them, by its number or its name."""

    def __init__(self, fatal: int | str | None) -> None:
        self.count, self.fatal = 0, fatal

    def happen(self, name: str) -> None:
        self.count += 1
        if self.fatal in (self.count, name):
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, holder: object, name: str) -> None:
        real = getattr(holder, name)

        def counted(*arguments, **options):
            self.happen(name)
            result = real(*arguments, **options)
            self.happen(f"after {name}")
            return result

        setattr(holder, name, counted)


def whole_run(folder: Path, fatal: int | str | None, answer: Path) -> None:
    """A run in a process of its own; leaves its number of events and the final weights in `answer`."""
    import shutil

    from runtime.base import files
    from runtime.train import loop, step

    torch.set_num_threads(1)
    events = Events(fatal)
    for holder, name in (
        (loop, "accumulate_gradients"),
        (loop, "update"),
        (step, "micro_batch_loss"),
        (checkpoint, "save_file"),
        (checkpoint, "write_atomic"),
        (files, "_replace_folder"),
        (Path, "rename"),
        (files, "_sync_folder"),
        (files, "_sync"),
        (shutil, "rmtree"),
    ):
        events.around(holder, name)

    def judge(number: int, blocks: list) -> list[Evaluation]:
        events.happen("evaluation")
        return [entry({3: 0.5, 6: 0.4}[number])]

    model = with_lora(tiny_model(), dropout=0.3)
    run(plan(**settings()), folder, model, on_event=judge, report=lambda d: None, resume=True)
    answer.write_bytes(pickle.dumps((events.count, weights(model))))


def in_a_process(work: Callable, *arguments) -> int:
    process = multiprocessing.get_context("fork").Process(target=work, args=arguments)
    process.start()
    process.join(120)
    return process.exitcode


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, dict, list]:
    """Events, weights and metrics of a run that nobody killed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert in_a_process(whole_run, folder / "run", None, folder / "answer") == 0
    events, final = pickle.loads((folder / "answer").read_bytes())
    return events, final, metrics(folder / "run")


def newest_step(folder: Path) -> int:
    found, damaged = checkpoint.newest(folder / "run" / "checkpoints")
    assert damaged == []
    return found.state.step if found else 0


def kill_and_go_on(folder: Path, undisturbed: tuple[int, dict, list], seeded: random.Random) -> None:
    events, final, lines = undisturbed
    answer = folder / "answer"
    for _ in range(seeded.choice([1, 2])):
        before = newest_step(folder)
        assert in_a_process(whole_run, folder / "run", seeded.randint(1, events), answer) in (-signal.SIGKILL, 0)
        assert newest_step(folder) >= before
    assert in_a_process(whole_run, folder / "run", None, answer) == 0

    assert pickle.loads(answer.read_bytes())[1] == final
    assert metrics(folder / "run") == lines
    assert not list((folder / "run" / "checkpoints").glob(".*"))


@pytest.mark.parametrize("point", range(FEW))
def test_killed_run_goes_on_to_the_same_bits(tmp_path: Path, undisturbed, point: int):
    kill_and_go_on(tmp_path, undisturbed, random.Random(point))


def test_a_kill_in_a_resumed_evaluation_loses_no_checkpoint(tmp_path: Path):
    """The one that is gone on from is the newest: it may not step aside for a moment."""
    for fatal in ("evaluation", "after rename"):
        assert in_a_process(whole_run, tmp_path / "run", fatal, tmp_path / "answer") == -signal.SIGKILL
        assert newest_step(tmp_path) >= 3


@pytest.mark.heavy
@pytest.mark.parametrize("point", range(FEW, MANY))
def test_killed_run_goes_on_to_the_same_bits_at_more_points(tmp_path: Path, undisturbed, point: int):
    kill_and_go_on(tmp_path, undisturbed, random.Random(point))
