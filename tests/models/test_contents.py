"""Tokenizers of older forms."""

from __future__ import annotations

import json
from pathlib import Path

from tokenizers import Tokenizer

from runtime.models.folder import model_folder
from tests.models.opened import opened
from tests.models.tiny import declared, tiny_model_folder


def as_older_form(folder: Path) -> None:
    """`vocab.json` and `merges.txt`, as GPT-2 was published."""
    model = json.loads((folder / "tokenizer.json").read_text())["model"]
    (folder / "vocab.json").write_text(json.dumps(model["vocab"]))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(pair) for pair in model["merges"]) + "\n")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "GPT2Tokenizer"}')
    (folder / "tokenizer.json").unlink()


def test_an_older_form_is_converted_once_into_the_store(tmp_path: Path, store: Path):
    text = "The patient is 12 years old.\n é"
    expected = Tokenizer.from_file(str(tiny_model_folder("gpt2", tmp_path) / "tokenizer.json")).encode(text).ids
    as_older_form(tmp_path / "gpt2")

    assert model_folder(declared("gpt2"), tmp_path, fetch=False) is None
    found = model_folder(declared("gpt2"), tmp_path, fetch=True).tokenizer_json

    assert found.is_relative_to(store)
    assert Tokenizer.from_file(str(found)).encode(text).ids == expected
    assert opened("gpt2", tmp_path)[0].tokenizer_json == found
