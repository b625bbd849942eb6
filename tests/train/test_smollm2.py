"""The real model on real text: the same gradient however a step is cut or packed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from runtime.models.folder import ModelFolder, model_folder
from runtime.models.load import load
from runtime.train.batch import Sample
from runtime.train.cut import Limit
from runtime.train.setup import make_setup
from runtime.train.step import accumulate_gradients
from tests.models.opened import SMOLLM2
from tests.train.gradients import by_definition, difference, flat_gradient
from tests.train.small import PadToken, plan, with_lora

pytestmark = pytest.mark.heavy
DIALOGUES = Path(__file__).parents[2] / "recipes" / "data" / "mts_dialog" / "train.csv"


def samples(folder: ModelFolder) -> list[Sample]:
    """Four short dialogues, each with its note, which is trained on."""
    tokenizer = Tokenizer.from_file(str(folder.tokenizer_json))
    with DIALOGUES.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if len(row["dialogue"]) < 300 and len(row["section_text"]) > 20]
    made = []
    for row in rows[:4]:
        prompt, note = (tokenizer.encode(row[name]).ids for name in ("dialogue", "section_text"))
        tokens = np.array(prompt + note, dtype=np.int32)
        made.append(Sample(row["ID"], tokens, np.arange(len(tokens)) >= len(prompt)))
    return made


@pytest.fixture
def threads() -> Iterator[Callable[[int], None]]:
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("count", "kind", "tolerance"), [(1, torch.float32, 1e-5), (2, torch.float32, 1e-4), (2, torch.float64, 1e-12)]
)
def test_every_cut_gives_the_gradient_of_the_step(
    threads: Callable[[int], None], count: int, kind: torch.dtype, tolerance: float
):
    """Several threads split sums by shape: a gradient in fp32 then moves by 3e-5; it is 5e-5 away from that in fp64."""
    threads(count)
    folder = model_folder(SMOLLM2, Path(), fetch=True)
    loaded = load(folder, SMOLLM2, trainable=True).requires_grad_(False)
    model = with_lora(loaded).to(kind)
    given = samples(folder)
    _, expected = by_definition(model, given, "per_token")

    for settings in ({}, {"packing": True, "max_length": 400}):
        made = make_setup(plan(batch=4, **settings), model, PadToken())
        for limit in (Limit(1, 0, 0), Limit(2, 0, 0), Limit(4, 0, 0)):
            made.optimizer.zero_grad()
            accumulate_gradients(made, 1, given, limit)
            assert difference(flat_gradient(made.model), expected) <= tolerance
