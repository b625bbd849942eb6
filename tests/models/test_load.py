"""Types are explicit: what is trained is fp32, what is frozen keeps its file's type where that is computed in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from runtime.models.load import load
from runtime.models.precision import compute_precision
from tests.base.child import run
from tests.base.hubs import serve
from tests.models.opened import KINDS, opened, refused
from tests.models.tiny import tiny_model_folder


def as_bf16(folder: Path) -> None:
    """The same model, stored in bf16."""
    tensors = {name: tensor.bfloat16() for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"dtype": "bfloat16"}))


def types(model: torch.nn.Module) -> set[torch.dtype]:
    return {parameter.dtype for parameter in model.parameters()}


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried 9"),
    ],
)
def test_running_out_of_memory_is_no_fault_of_the_files(error: Exception, tmp_path: Path, monkeypatch):
    def fails(*arguments, **options):
        raise error

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", fails)

    with pytest.raises(type(error)):
        load(*opened("llama", tmp_path), trainable=False)


@pytest.mark.parametrize(
    ("settings", "trainable", "expected"),
    [
        ({"precision": "bf16"}, False, torch.bfloat16),
        ({"precision": "bf16"}, True, torch.float32),
        ({"precision": "fp32"}, False, torch.float32),
        ({"precision": "bf16", "weights": "fp32"}, False, torch.float32),
        ({"precision": "fp32", "weights": "bf16"}, True, torch.bfloat16),
    ],
)
def test_weights_are_stored_as_declared(tmp_path: Path, settings, trainable: bool, expected: torch.dtype):
    as_bf16(tiny_model_folder("llama", tmp_path))

    loaded = load(*opened("llama", tmp_path, **settings), trainable=trainable)

    assert types(loaded) == {expected}
    assert {parameter.requires_grad for parameter in loaded.parameters()} == {trainable}


def test_the_device_decides_where_the_recipe_does_not(tmp_path: Path):
    as_bf16(tiny_model_folder("llama", tmp_path))

    loaded = load(*opened("llama", tmp_path), trainable=False)

    supported = compute_precision(None, "cpu") == "bf16"
    assert types(loaded) == {torch.bfloat16 if supported else torch.float32}


def test_weights_on_the_host_have_the_devices_type(tmp_path: Path):
    """What has no bf16 computes in fp32, wherever the weights wait for it."""
    as_bf16(tiny_model_folder("llama", tmp_path))

    for precision, expected in (("bf16", torch.bfloat16), (None, torch.float32)):
        folder, model = opened("llama", tmp_path, precision=precision)
        loaded = load(folder, model, trainable=False, device="meta", on_host=True)

        assert {parameter.device.type for parameter in loaded.parameters()} == {"cpu"}
        assert types(loaded) == {expected}


@pytest.mark.parametrize("kind", KINDS)
def test_every_architecture_loads_and_answers(kind: str, tmp_path: Path):
    folder, model = opened(kind, tmp_path)

    loaded = load(folder, model, trainable=False)

    prompt = torch.tensor([[42, 75, 320]])
    answer = loaded.generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=4, do_sample=False)
    assert not loaded.training
    assert answer.shape[0] == 1


def test_fp16_is_refused_where_activations_overflow(tmp_path: Path):
    folder, model = opened("t5", tmp_path, precision="fp16")

    diagnostic = refused(lambda: load(folder, model, trainable=False))

    assert (diagnostic.code, diagnostic.pointer) == ("IFT079", "/precision")


def test_a_model_with_code_of_its_own_is_not_run(tmp_path: Path):
    folder = tiny_model_folder("llama", tmp_path)
    config = json.loads((folder / "config.json").read_text())
    own = {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}}
    (folder / "config.json").write_text(json.dumps(config | own))
    (folder / "own.py").write_text("raise SystemExit('it ran')")

    assert refused(lambda: load(*opened("llama", tmp_path), trainable=False)).code == "IFT077"


def test_damaged_weights_are_one_diagnostic(tmp_path: Path):
    folder = tiny_model_folder("llama", tmp_path)
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[:-1000])

    assert refused(lambda: load(*opened("llama", tmp_path), trainable=False)).code == "IFT069"


def test_weights_that_do_not_fit_the_config_are_one_diagnostic(tmp_path: Path):
    folder = tiny_model_folder("llama", tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 48}))

    assert refused(lambda: load(*opened("llama", tmp_path), trainable=False)).code == "IFT069"


def test_weights_that_are_missing_are_never_drawn(tmp_path: Path):
    folder = tiny_model_folder("llama", tmp_path)
    tensors = load_file(folder / "model.safetensors")
    del tensors["model.layers.0.mlp.up_proj.weight"]
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})

    diagnostic = refused(lambda: load(*opened("llama", tmp_path), trainable=False))

    assert (diagnostic.code, "model.layers.0.mlp.up_proj.weight" in diagnostic.message) == ("IFT069", True)


OWN_CODE = {
    "own_config.py": b"""
from transformers import LlamaConfig

class OwnConfig(LlamaConfig):
    model_type = "own"
""",
    "own_model.py": b"""
from transformers import LlamaForCausalLM
from .own_config import OwnConfig

class OwnModel(LlamaForCausalLM):
    config_class = OwnConfig
""",
}
LOADED = """
from pathlib import Path
from runtime.models.folder import model_folder
from runtime.models.load import load
from tests.compiled import model

model = model('source = hub("org/own")', "allow_remote_code = true")
print(type(load(model_folder(model, Path(), fetch=True), model, trainable=False)).__name__)
"""


def test_a_hub_model_with_code_of_its_own_is_loaded_with_it(tmp_path: Path):
    files = {file.name: file.read_bytes() for file in tiny_model_folder("llama", tmp_path).iterdir()}
    classes = {"AutoConfig": "own_config.OwnConfig", "AutoModelForCausalLM": "own_model.OwnModel"}
    config = json.loads(files["config.json"]) | {"model_type": "own", "auto_map": classes}
    files |= OWN_CODE | {"config.json": json.dumps(config).encode()}

    with serve({"org/own": files}) as endpoint:
        said = run(LOADED, HF_ENDPOINT=endpoint, HF_HOME=str(tmp_path / "hub"), HF_TOKEN="t", HF_HUB_OFFLINE="0")

    assert said.strip() == "OwnModel"
