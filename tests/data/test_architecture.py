"""Settings for the other architecture, where only the model's config tells which one it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.diagnostics.model import Stop
from runtime.data import prepare
from tests.data import programs
from tests.data.programs import Folder

ROWS = [{"q": f"what is {letter}?", "a": f"it is {letter}."} for letter in "abcdef"]
SIDES = programs.train("max_length.prompt = 50 tokens", "max_length.completion = 50 tokens").max_length
WHOLE = {"data": programs.dataset(programs.files("data.jsonl"))}


@pytest.mark.parametrize(
    ("pair", "train", "join", "pointers"),
    [
        (True, {"max_length": SIDES, "loss_on": "all"}, "\n", ["/train/loss_on"]),
        (True, {"max_length": SIDES, "packing": True}, "\n", ["/train/packing"]),
        (True, {"max_length": SIDES}, " => ", ["/templates/ask/join"]),
        (True, {"max_length": 64}, "\n", ["/train/max_length"]),
        (False, {"max_length": SIDES}, "\n", ["/train/max_length"]),
    ],
)
def test_they_are_refused_before_anything_is_labelled(rows, lossy: Path, pair: bool, train, join: str, pointers):
    folders = {"small": Folder(lossy, config={"is_encoder_decoder": pair})}
    fields = {"train": programs.train(**train), "templates": {"ask": programs.template(join=join)}}
    with pytest.raises(Stop) as error:
        prepare(programs.program(datasets=WHOLE, **fields), rows(ROWS), folders)

    assert [(found.code, found.pointer) for found in error.value.diagnostics] == [("IFT589", p) for p in pointers]


@pytest.mark.parametrize(("pair", "limit"), [(True, SIDES), (False, 64)])
def test_settings_that_fit_are_let_through(rows, lossy: Path, pair: bool, limit):
    folders = {"small": Folder(lossy, config={"is_encoder_decoder": pair})}
    train = programs.train(max_length=limit, loss_on="completion" if pair else "all")

    assert prepare(programs.program(datasets=WHOLE, train=train), rows(ROWS), folders).diagnostics == []
