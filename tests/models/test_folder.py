"""From a source to a folder, without loading anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtime.base.hashes import files_sha256
from runtime.models.folder import model_folder
from tests.base.child import run
from tests.models.opened import opened, refused
from tests.models.tiny import CHATML, declared, tiny_model_folder


def test_a_local_folder_is_read_as_it_is(tmp_path: Path):
    folder, _ = opened("llama", tmp_path)

    assert folder.path == tmp_path / "llama"
    assert folder.kind == "causal"
    assert folder.config["hidden_size"] == 32
    assert folder.generation_config["eos_token_id"] == 2
    assert folder.tokenizer_json == tmp_path / "llama" / "tokenizer.json"
    assert folder.tokenizer_config["eos_token"] == "<|im_end|>"
    assert folder.chat_template == CHATML


def test_an_encoder_decoder_is_known_by_its_config(tmp_path: Path):
    assert opened("t5", tmp_path)[0].kind == "seq2seq"


def test_the_hash_is_that_of_the_weights(tmp_path: Path):
    here = opened("llama", tmp_path)[0].hash
    (tmp_path / "llama" / "chat_template.jinja").write_text("{{ messages }}")
    same = opened("llama", tmp_path)[0].hash
    tiny_model_folder("llama", tmp_path / "other", seed=1)
    other = model_folder(declared("other/llama"), tmp_path, fetch=False).hash

    assert here == same != other


def test_weights_that_change_in_place_are_another_model(tmp_path: Path):
    before = opened("llama", tmp_path)[0].hash
    weights = tmp_path / "llama" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)

    assert opened("llama", tmp_path)[0].hash != before


def test_the_chat_template_is_the_recipe_s_choice(tmp_path: Path):
    tiny_model_folder("llama", tmp_path)
    (tmp_path / "own.jinja").write_text("{{ messages[0].content }}")

    def template(use: str) -> str | None:
        return opened("llama", tmp_path, f"chat = {use}")[0].chat_template

    assert template("auto") == CHATML
    assert template("none") is None
    assert template('path("own.jinja")') == "{{ messages[0].content }}"


def test_a_missing_chat_template_is_named(tmp_path: Path):
    chat = 'chat = path("own.jinja")'

    assert "own.jinja" in refused(lambda: opened("llama", tmp_path, chat)).message


@pytest.mark.parametrize(
    "written", [CHATML, [{"name": "tool_use", "template": "x"}, {"name": "default", "template": CHATML}]]
)
def test_older_models_keep_the_template_in_the_tokenizer_s_config(tmp_path: Path, written: object):
    folder = tiny_model_folder("llama", tmp_path, chat=False)
    config = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(config | {"chat_template": written}))

    assert opened("llama", tmp_path)[0].chat_template == CHATML


def test_a_folder_that_is_not_there(tmp_path: Path):
    diagnostic = refused(lambda: model_folder(declared("nowhere"), tmp_path, fetch=True, pointer="/models/small"))

    assert (diagnostic.code, diagnostic.pointer) == ("IFT064", "/models/small/source")


def break_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def break_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def break_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def break_json(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def break_shard(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "model-1.safetensors"}}')


def break_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


@pytest.mark.parametrize(
    ("damage", "code", "words"),
    [
        (break_pickle, "IFT065", "pytorch_model.bin"),
        (break_weights, "IFT064", "no weights"),
        (break_config, "IFT064", "config.json"),
        (break_json, "IFT069", "not JSON"),
        (break_shard, "IFT069", "model-1.safetensors"),
        (break_tokenizer, "IFT078", "tokenizer.json"),
    ],
)
def test_a_folder_that_is_no_model_says_why(tmp_path: Path, damage, code: str, words: str):
    damage(tiny_model_folder("llama", tmp_path))

    diagnostic = refused(lambda: opened("llama", tmp_path))

    assert diagnostic.code == code
    assert words in diagnostic.message


def test_one_model_of_several_gguf_files_must_be_named(tmp_path: Path):
    (tmp_path / "llama").mkdir()
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / "llama" / name).touch()

    assert "2 GGUF files" in refused(lambda: opened("llama", tmp_path)).message


def test_a_plan_reads_models_without_torch(tmp_path: Path):
    tiny_model_folder("llama", tmp_path)
    code = f"""
import sys
from pathlib import Path
from runtime.models.facts import model_facts
from runtime.base.hashes import files_sha256
from runtime.models.folder import model_folder
from tests.models.tiny import declared
print(model_facts(model_folder(declared("llama"), Path({str(tmp_path)!r}), fetch=True)).parameters)
print({{"torch", "transformers", "peft", "datasets", "accelerate"}} & set(sys.modules))
"""
    assert run(code) == "31392\nset()\n"


def test_tokens_in_a_file_of_their_own_are_in_the_hash(tmp_path: Path):
    folder = tiny_model_folder("llama", tmp_path)
    without = opened("llama", tmp_path)[0]
    read = [folder / name for name in ("model.safetensors", "config.json", "generation_config.json")]
    assert without.hash == files_sha256(read)

    (folder / "added_tokens.json").write_text('{"<x>": 400}')
    one = opened("llama", tmp_path)[0]
    (folder / "added_tokens.json").write_text('{"<x>": 401}')
    other = opened("llama", tmp_path)[0]

    assert len({found.hash for found in (without, one, other)}) == 3
    assert len({found.inputs_hash for found in (without, one, other)}) == 3


def test_what_transformers_says_of_a_config_is_no_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    here = opened("llama", tmp_path)[0]
    monkeypatch.setattr("runtime.models.folder.sizes", lambda path, config: {"head_dim": 1})
    there = opened("llama", tmp_path)[0]

    assert here.config != there.config
    assert here.inputs_hash == there.inputs_hash


@pytest.mark.parametrize("name", ["config.json", "generation_config.json", "tokenizer_config.json"])
def test_every_config_is_an_input(name: str, tmp_path: Path):
    before = opened("llama", tmp_path)[0].inputs_hash
    file = tmp_path / "llama" / name
    file.write_text(json.dumps(json.loads(file.read_text()) | {"new": 1}))

    assert opened("llama", tmp_path)[0].inputs_hash != before
