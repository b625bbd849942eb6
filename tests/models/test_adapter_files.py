"""Adapters from anywhere: whole and fitting, or refused; no file of theirs is run, and each that is read is hashed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from runtime.models.adapters import save
from runtime.models.load import load
from tests.models.opened import method_of, opened, refused, reopened
from tests.models.test_adapters import trained

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    """A whole one, on the base beside it."""
    model = trained("llama", method_of("lora(rank = 4)"), tmp_path)
    folder, _ = opened("llama", tmp_path)
    save(model, tmp_path / "model", folder, folder.chat_template)
    return tmp_path / "model"


def change(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def tensors(adapter: Path, edit: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> None:
    save_file(edit(load_file(adapter / WEIGHTS)), adapter / WEIGHTS)


def few(held: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return dict(list(held.items())[:3])


def deeper(held: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return held | {name.replace("layers.1.", "layers.7."): tensor.clone() for name, tensor in held.items()}


def wider(held: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: torch.cat([tensor, tensor], -1).contiguous() for name, tensor in held.items()}


def renamed(held: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name.removeprefix("base_model.model."): tensor for name, tensor in held.items()}


@pytest.mark.parametrize(
    ("edit", "code", "words"),
    [
        (few, "IFT777", "lacks 25 tensors"),
        (lambda held: {}, "IFT777", "lacks 28 tensors"),
        (deeper, "IFT777", "has a place for none of 14 tensors"),
        (renamed, "IFT777", "lacks 28 tensors"),
        (wider, "IFT069", "size mismatch"),
    ],
)
def test_its_tensors_are_those_of_the_adapted_model(edit, code: str, words: str, adapter: Path):
    tensors(adapter, edit)

    diagnostic = refused(lambda: load(*reopened(adapter), trainable=False))

    assert diagnostic.code == code
    assert words in diagnostic.message


def test_a_soft_prompt_is_held_to_the_model_too(tmp_path: Path):
    model = trained("llama", method_of("prompt_tuning(3)"), tmp_path)
    folder, _ = opened("llama", tmp_path)
    save(model, tmp_path / "model", folder, folder.chat_template)
    tensors(tmp_path / "model", lambda held: {})

    assert refused(lambda: load(*reopened(tmp_path / "model"), trainable=False)).code == "IFT069"


def test_a_pickle_is_refused(adapter: Path):
    torch.save(load_file(adapter / WEIGHTS), adapter / "adapter_model.bin")
    (adapter / WEIGHTS).unlink()

    diagnostic = refused(lambda: reopened(adapter))

    assert (diagnostic.code, "adapter_model.bin" in diagnostic.message) == ("IFT065", True)


def test_one_without_weights_is_none(adapter: Path):
    (adapter / WEIGHTS).unlink()

    assert refused(lambda: reopened(adapter)).code == "IFT064"


@pytest.mark.parametrize("keep", [0, 7, 500, -1])
def test_a_cut_one_is_damaged_before_anything_is_loaded(keep: int, adapter: Path):
    file = adapter / WEIGHTS
    file.write_bytes(file.read_bytes()[:keep])

    assert refused(lambda: reopened(adapter)).code == "IFT069"


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG, "tokenizer_config.json", "generation_config.json"])
def test_every_file_that_is_read_is_in_the_hash(name: str, adapter: Path):
    before = reopened(adapter)[0].hash
    file = adapter / name
    if name == WEIGHTS:
        tensors(adapter, lambda held: {key: tensor + 1 for key, tensor in held.items()})
    else:
        file.write_text(file.read_text() + " ")

    assert reopened(adapter)[0].hash != before


def test_tokens_in_a_file_of_their_own_are_in_the_hash(adapter: Path):
    before = reopened(adapter)[0].hash
    (adapter / "added_tokens.json").write_text('{"<x>": 400}')

    assert reopened(adapter)[0].hash != before


def test_one_that_is_its_own_base_is_refused(adapter: Path):
    change(adapter / "base.json", source={"kind": "path", "path": "model"})

    assert refused(lambda: reopened(adapter)).code == "IFT778"


def test_a_circle_of_adapters_is_refused(adapter: Path):
    other = adapter.parent / "other"
    other.mkdir()
    for file in adapter.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    for each, base in ((adapter, "other"), (other, "model")):
        (each / "base.json").unlink()
        change(each / CONFIG, base_model_name_or_path=base)

    assert refused(lambda: reopened(adapter)).code == "IFT778"


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", "{}", "[" * 100_000, '{"peft_type": 3}', '{"peft_type": "XLORA"}', '{"peft_type": "LORA"}', "\xff"],
)
def test_a_config_that_is_none_is_a_diagnostic(content: str, adapter: Path):
    (adapter / "base.json").unlink()
    (adapter / CONFIG).write_bytes(content.encode("latin-1"))

    assert refused(lambda: reopened(adapter)).code == "IFT069"


@pytest.mark.parametrize("base", ["", 3, ["llama"], "/nowhere/at/all", "../../x", "a b", "x" * 5000])
def test_a_base_that_is_no_name_is_a_diagnostic(base: Any, adapter: Path):
    (adapter / "base.json").unlink()
    change(adapter / CONFIG, base_model_name_or_path=base)

    assert refused(lambda: reopened(adapter)).code in ("IFT069", "IFT064", "IFT066")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("r", "four"),
        ("r", 0),
        ("target_modules", None),
        ("target_modules", ["no_such_layer"]),
        ("target_modules", "("),
        ("target_modules", 5),
        ("lora_alpha", "much"),
        ("lora_dropout", []),
        ("init_lora_weights", "no_such_way"),
        ("rank_pattern", 3),
        ("layers_to_transform", "x"),
        ("modules_to_save", "lm_head"),
        ("task_type", ["CAUSAL_LM"]),
        ("megatron_config", {"a": 1}),
        ("peft_type", "NO_SUCH_TYPE"),
    ],
)
def test_a_value_that_peft_does_not_take_is_a_diagnostic(name: str, value: Any, adapter: Path):
    change(adapter / CONFIG, **{name: value})

    diagnostic = refused(lambda: load(*reopened(adapter), trainable=False))

    assert diagnostic.code in ("IFT069", "IFT777")


@pytest.mark.parametrize("setting", ["target_modules", "exclude_modules", "rank_pattern"])
def test_a_pattern_that_takes_for_ever_is_named(adapter: Path, monkeypatch, setting: str):
    monkeypatch.setattr("runtime.models.load._SECONDS", 0.1)
    pattern = r"|([a-z_.0-9]+)+#"  # the first layer, the model itself, has no name
    change(adapter / CONFIG, **{setting: {pattern: 4} if setting == "rank_pattern" else pattern})

    assert (
        f"the pattern in `{setting}` cannot be used"
        in refused(lambda: load(*reopened(adapter), trainable=False)).message
    )
