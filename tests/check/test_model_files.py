"""A model's folder inside the repository: what its config and its weights' names show before anything is loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_lang.check import check

RECIPE = """\
model local { source = path("llama") }
dataset d { source = hub("org/data"), columns { a = text, b = text } }
template t for d { prompt = "{{ a }}?", completion = "{{ b }}" }
task k { templates = [t] }
train { model = local, data = k, duration = 9 steps, learning_rate = 1e-4
  max_length = LENGTH tokens
  method     = lora(targets = TARGETS)
}
"""
CONFIG = {"architectures": ["LlamaForCausalLM"], "max_position_embeddings": 512, "tie_word_embeddings": False}
LLAMA = {
    "model.embed_tokens.weight": [9, 8],
    "model.norm.weight": [8],
    "model.layers.0.self_attn.q_proj.weight": [8, 8],
    "model.layers.0.input_norm.weight": [8],
}
HEAD = {"lm_head.weight": [9, 8]}
EXPERTS = {"model.layers.0.mlp.experts.0.w1.weight": [8, 8], "model.layers.0.mlp.gate.weight": [2, 8]}


def write_model(folder: Path, shapes: dict[str, list[int]], config: dict = CONFIG, index: bool = False) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    if index:
        names = dict.fromkeys(shapes, "model-00001-of-00001.safetensors")
        (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": names}))
        return
    header = {name: {"dtype": "F32", "shape": shape, "data_offsets": [0, 0]} for name, shape in shapes.items()}
    data = json.dumps({"__metadata__": {"format": "pt"}} | header).encode()
    (folder / "model.safetensors").write_bytes(len(data).to_bytes(8, "little") + data)


def codes(folder: Path, targets: str = "all_linear", length: int = 512) -> list[str]:
    (folder / ".git").mkdir(exist_ok=True)
    path = folder / "recipe.ift"
    path.write_text(RECIPE.replace("TARGETS", targets).replace("LENGTH", str(length)))
    return [diagnostic.code for diagnostic in check(path, cwd=folder).diagnostics]


@pytest.mark.parametrize("index", [False, True])
@pytest.mark.parametrize(
    ("shapes", "target", "expected"),
    [
        (LLAMA, "q_proj", []),
        (LLAMA, "layers.0.self_attn.q_proj", []),
        (LLAMA, "c_attn", ["IFT710"]),
        (LLAMA, "embed_tokens", ["IFT710"]),
        (LLAMA, "lm_head", ["IFT710"]),
        (LLAMA | HEAD, "lm_head", []),
        (LLAMA, "experts.0.w1", ["IFT710"]),
        (LLAMA | EXPERTS, "experts.0.w1", []),
        (LLAMA | EXPERTS, "w1", []),
    ],
)
def test_a_target_is_the_end_of_a_layers_name(tmp_path, shapes, target, expected, index):
    write_model(tmp_path / "llama", shapes, index=index)

    assert codes(tmp_path, f'["{target}"]') == expected


def test_a_head_that_shares_its_weight_is_a_layer_all_the_same(tmp_path):
    write_model(tmp_path / "llama", LLAMA, CONFIG | {"tie_word_embeddings": True})

    assert codes(tmp_path, '["lm_head"]') == []


@pytest.mark.parametrize(("architecture", "expected"), [("LlamaForCausalLM", ["IFT711"]), ("T5Model", [])])
def test_examples_are_no_longer_than_the_configs_positions(tmp_path, architecture, expected):
    write_model(tmp_path / "llama", LLAMA, CONFIG | {"architectures": [architecture]})

    assert codes(tmp_path, length=513) == expected


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", b"{"),
        ("config.json", b"[" * 100_000),
        ("config.json", b"[1]"),
        ("config.json", b" " * (2 << 20)),
        ("model.safetensors", b"version https://git-lfs.github.com/spec/v1\n"),
        ("model.safetensors", b"\xff" * 8 + b"{}"),
        ("model.safetensors", b""),
    ],
)
def test_files_that_are_something_else_say_nothing(tmp_path, file, content):
    write_model(tmp_path / "llama", LLAMA)
    (tmp_path / "llama" / file).write_bytes(content)

    assert codes(tmp_path, '["no_layer"]') == []


def test_nothing_outside_the_repository_is_read(tmp_path):
    repository = tmp_path / "repository"
    repository.mkdir()
    write_model(tmp_path / "outside", LLAMA)
    (repository / "llama").symlink_to(tmp_path / "outside")

    assert codes(repository, '["no_layer"]', length=9999) == []

    write_model(repository / "inside", LLAMA)
    (repository / "llama").unlink()
    (repository / "llama").symlink_to("inside")

    assert codes(repository, '["no_layer"]') == ["IFT710"]


def test_a_config_alone_tells_the_context_of_random_weights(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    path = tmp_path / "recipe.ift"
    text = RECIPE.replace('path("llama")', 'scratch("config.json")').replace("TARGETS", '["no_layer"]')
    path.write_text(text.replace("LENGTH", "9999"))

    assert [diagnostic.code for diagnostic in check(path, cwd=tmp_path).diagnostics] == ["IFT711"]
