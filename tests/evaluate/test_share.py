"""Processes that share an evaluation: the same files and figures as one process alone, no row twice, none left out."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from accelerate import PartialState

from recipe_lang.program.results import Evaluation
from runtime.evaluate import Share
from tests.compiled import metrics
from tests.data import programs
from tests.evaluate.test_evaluation import Memory
from tests.evaluate.world import WORDS, World, world
from tests.train.processes import in_processes

pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def one_thread():
    """As the processes have it: threads split sums."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def written(here: World) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (here.folder / "predictions").iterdir()}


def shared(here: World, of: int) -> list[Evaluation]:
    PartialState(cpu=True)
    return here.evaluate("step-3", split="test", share=Share(torch.distributed.get_rank(), of))


TASKS = {
    "generated": programs.task(metrics=metrics("rouge1", "perplexity"), few_shot=programs.few_shot(shots=[2], draws=2)),
    "chosen": programs.task(templates=["closed"], metrics=metrics("accuracy"), score="choose"),
}
CLOSED = programs.template(choices=sorted(set(WORDS)))


@pytest.mark.parametrize("of", [2, 3])
@pytest.mark.parametrize("kind", TASKS)
def test_shared_figures_are_those_of_one_process(tmp_path: Path, one_thread: None, kind: str, of: int):
    templates = {"ask": programs.template(), "closed": CLOSED}
    here = world(tmp_path, tasks={"answering": TASKS[kind]}, templates=templates)
    alone = here.evaluate("step-3", split="test")
    expected = written(here)

    first, *others = in_processes(of, lambda: shared(here, of))

    assert first == alone
    assert others == [[]] * (of - 1)
    assert written(here) == expected


def test_one_process_out_of_memory_makes_smaller_batches_for_all(tmp_path: Path, one_thread: None):
    here = world(tmp_path)
    whole = here.evaluate("step-3", split="test")

    def first_is_small() -> list[dict]:
        PartialState(cpu=True)
        if torch.distributed.get_rank() == 0:
            here.model.register_forward_pre_hook(Memory(rows=1), with_kwargs=True)
        return shared(here, 2)

    first, _ = in_processes(2, first_is_small)

    assert first[0].metrics == whole[0].metrics
    assert first[0].how.batches.tokens < whole[0].how.batches.tokens
