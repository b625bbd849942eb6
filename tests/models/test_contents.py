"""Tokenizers of older forms."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path

from tokenizers import Tokenizer

from runtime.models.folder import model_folder
from tests.models.opened import opened, refused
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


def test_a_tokenizer_of_code_is_never_run_and_never_asked_for(tmp_path: Path, capsys):
    folder = tiny_model_folder("gpt2", tmp_path)
    as_older_form(folder)
    own = {"tokenizer_class": "Own", "auto_map": {"AutoTokenizer": ["own.Own", None]}}
    (folder / "tokenizer_config.json").write_text(json.dumps(own))
    (folder / "own.py").write_text("raise SystemExit('it ran')")

    diagnostic = refused(lambda: model_folder(declared("gpt2"), tmp_path, fetch=True).tokenizer_json)

    assert diagnostic.code == "IFT078"
    assert "code" in diagnostic.message
    assert capsys.readouterr().out == ""


def test_each_reading_of_a_foreign_folder_says_that_it_fetches_nothing_and_runs_no_code(repository: Path):
    """transformers asks on the terminal, or the network, where a call does not say so."""
    silent = [
        f"{path.relative_to(repository)}:{call.lineno}"
        for path in (repository / "runtime").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "from_pretrained"
        and ast.unparse(call.func.value) not in ("PeftModel", "PeftConfig")  # run no code, read what is there
        and not {"trust_remote_code", "local_files_only"} <= {word.arg for word in call.keywords}
    ]

    assert silent == []


def test_an_index_names_files_beside_it(tmp_path: Path):
    folder = tiny_model_folder("llama", tmp_path)
    tiny_model_folder("llama", tmp_path / "other")
    index = {"weight_map": {"model.norm.weight": "../other/llama/model.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))

    assert "`weight_map.model.norm.weight`" in refused(lambda: opened("llama", tmp_path)).message


def test_a_link_in_a_folder_of_the_repository_stays_in_it(tmp_path: Path):
    """The folder itself may be a link to anywhere: that the recipe says."""
    own, other = tmp_path / "repository", tmp_path / "other"
    folder, elsewhere = tiny_model_folder("llama", own), tiny_model_folder("llama", other)
    (own / ".git").mkdir()
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to(elsewhere / "config.json")

    assert "`config.json` in it is a link that leads out" in refused(lambda: opened("llama", own)).message

    (own / "linked").symlink_to(elsewhere)
    assert opened("linked", own)[0].hash == opened("llama", other)[0].hash


def test_no_folder_is_waited_for(tmp_path: Path):
    folder = tiny_model_folder("llama", tmp_path)
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")

    assert "it is no regular file" in refused(lambda: opened("llama", tmp_path)).message
