"""Real, openly licensed data in the formats that it is published in, where it is at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.data import prepare
from runtime.data.rows.read import read_dataset
from tests.data import programs
from tests.data.programs import Folder

FOLDERS = [folder / "shared" / "data" for folder in Path(__file__).resolve().parents]
DATA = next(filter(Path.is_dir, FOLDERS), Path("absent"))
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not here")

SOURCES = [
    ("dialogue/mts_dialog/train.csv", "csv", 1201),
    ("reviews/fine_food_reviews_1k.csv", "csv", 1000),
    ("bench/gsm8k/train.first1500.jsonl.gz", "jsonl", 1500),
    ("bench/hellaswag/validation_1000.jsonl", "jsonl", 1000),
]


@pytest.mark.parametrize(("path", "format", "count"), SOURCES)
def test_every_row_is_read(path: str, format: str, count: int):
    rows = read_dataset("data", programs.dataset(programs.files(path, format=format)), DATA, [])

    assert (rows.count, rows.bad) == (count, [])


def test_conversations_with_tools_are_trained_turn_by_turn(byte_level: Path):
    from tests.data.rows.test_conversation import TOOLS

    path = DATA / "instruct" / "chat_formats" / "glaive_toolcall_100.json"
    columns = programs.columns(talk="messages(format = sharegpt)", tools="optional(text)")
    columns["talk"] = columns["talk"].model_copy(update={"from_": "conversations"})
    source = programs.files(path.name, format="json")
    dataset = programs.dataset(source, columns=columns, control_tokens="as_text")
    ask = {"ask": programs.template(None, None, messages="talk", tools="tools", max_merged=1)}
    data = prepare(
        programs.program(datasets={"data": dataset}, templates=ask),
        path.parent,
        {"small": Folder(byte_level, chat_template=TOOLS)},
    )

    assert len(data.tokens("answering", "train")) == 100


def test_dialogues_are_trained_whole(byte_level: Path):
    from tests.data.chats import CHATML

    columns = programs.columns(q='text(from = "dialogue")', a='text(from = "section_text")', number="int")
    columns["number"] = columns["number"].model_copy(update={"from_": "ID"})
    dataset = programs.dataset(
        programs.files("dialogue/mts_dialog/train.csv", format="csv"), columns=columns, limit=60, split=programs.split()
    )
    folders = {"small": Folder(byte_level, chat_template=CHATML)}
    data = prepare(programs.program(datasets={"data": dataset}), DATA, folders)
    examples, table = data.examples("answering", "train"), data.tokens("answering", "train")

    for example, (ids, trained) in zip(examples, table, strict=True):
        assert data.tokenizers["small"].decode(ids[trained]) == example.completion + "<|im_end|>"
