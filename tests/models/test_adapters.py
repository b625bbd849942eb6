"""Every method of the closed list: attached, trained a step, saved, loaded again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from peft import PeftModel

from recipe_lang.diagnostics.model import Stop
from recipe_lang.program.methods import Method
from runtime.models.adapters import attach, save
from runtime.models.layers import adapted_layers
from runtime.models.load import load
from tests.base.child import start
from tests.models.opened import FULL, KINDS, LORA, method_of, opened, refused, reopened
from tests.models.tiny import declared

METHODS = {
    "full": FULL,
    "lora": LORA,
    "dora, rslora, dropout": method_of("lora(rank = 4, dora = true, rslora = true, dropout = 0.1)"),
    "ia3": method_of("ia3"),
    "loha": method_of("loha(rank = 4)"),
    "lokr": method_of("lokr(rank = 4)"),
    "vera": method_of("vera(rank = 16)"),
    "prompt_tuning": method_of("prompt_tuning(3)"),
    "prefix_tuning": method_of("prefix_tuning(3)"),
}
IDS = torch.arange(3, 27).reshape(2, 12)


def trained(kind: str, method: Method, tmp_path: Path, seed: int = 7) -> torch.nn.Module:
    """A model after one step of training."""
    folder, model = opened(kind, tmp_path)
    adapted = attach(load(folder, model, trainable=method == FULL), method, seed)
    torch.manual_seed(0)
    adapted.train()
    adapted(input_ids=IDS, attention_mask=torch.ones_like(IDS), labels=IDS).loss.backward()
    torch.optim.SGD([p for p in adapted.parameters() if p.requires_grad], lr=0.1).step()
    return adapted.eval()


@torch.no_grad()
def logits(model: torch.nn.Module) -> torch.Tensor:
    return model(input_ids=IDS, attention_mask=torch.ones_like(IDS), labels=IDS).logits


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", METHODS)
def test_what_was_trained_is_what_is_loaded(kind: str, name: str, tmp_path: Path):
    if (kind, name) in (("gpt2", "loha"), ("gpt2", "lokr")):
        pytest.skip("refused")
    model = trained(kind, METHODS[name], tmp_path)
    folder, _ = opened(kind, tmp_path)

    save(model, tmp_path / "model", folder, folder.chat_template)
    again = load(*reopened(tmp_path / "model"), trainable=False)

    assert torch.equal(logits(model), logits(again))
    assert not any(parameter.requires_grad for parameter in again.parameters())


@pytest.mark.parametrize("name", ["loha", "lokr"])
def test_a_method_without_a_form_for_the_layers_is_refused(name: str, tmp_path: Path):
    diagnostic = refused(lambda: trained("gpt2", METHODS[name], tmp_path))

    assert diagnostic.code == "IFT074"
    assert name in diagnostic.message


@pytest.mark.parametrize("name", [name for name in METHODS if name != "full"])
def test_an_adapter_is_drawn_from_its_seed_and_from_nothing_else(name: str, tmp_path: Path):
    def drawn(seed: int, elsewhere: int) -> list[torch.Tensor]:
        torch.manual_seed(elsewhere)
        model = attach(load(*opened("llama", tmp_path), trainable=False), METHODS[name], seed)
        assert torch.initial_seed() == elsewhere
        return [value for key, value in model.state_dict().items() if "llama" not in key]

    first, same = drawn(1, 1), drawn(1, 2)

    assert all(torch.equal(a, b) for a, b in zip(first, same, strict=True))
    if name not in ("ia3",):
        assert not all(torch.equal(a, b) for a, b in zip(first, drawn(2, 1), strict=True))


def test_an_adapter_is_fp32_on_weights_of_less(tmp_path: Path):
    model = attach(load(*opened("llama", tmp_path, weights="bf16"), trainable=False), LORA, 0)

    kinds = {(parameter.requires_grad, parameter.dtype) for parameter in model.parameters()}
    assert kinds == {(True, torch.float32), (False, torch.bfloat16)}


def test_all_linear_layers_are_all_but_the_head(tmp_path: Path):
    model = load(*opened("llama", tmp_path), trainable=False)

    assert adapted_layers(model, None).modules == [
        "down_proj",
        "gate_proj",
        "k_proj",
        "o_proj",
        "q_proj",
        "up_proj",
        "v_proj",
    ]


def test_targets_are_endings_of_names(tmp_path: Path):
    model = load(*opened("llama", tmp_path), trainable=False)
    method = method_of('lora(rank = 4, targets = ["self_attn.v_proj", "q_proj"])')

    attach(model, method, 0)

    adapted = {name.split(".lora_")[0] for name, _ in model.named_parameters() if "lora_" in name}
    assert adapted == {f"model.layers.{layer}.self_attn.{name}" for layer in range(2) for name in ("q_proj", "v_proj")}


def test_targets_that_the_model_lacks_get_a_suggestion(tmp_path: Path):
    model = load(*opened("llama", tmp_path), trainable=False)

    diagnostic = refused(lambda: adapted_layers(model, ["q_proj", "qproj", "proj"]))

    assert diagnostic.code == "IFT075"
    assert "`qproj`" in diagnostic.message
    assert "`q_proj`" not in diagnostic.message
    assert "did you mean" in diagnostic.help


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bits", [4, 8])
def test_quantised_weights_are_trained_on_whatever_they_were_asked_before(kind: str, bits: int, tmp_path: Path):
    pytest.importorskip("bitsandbytes")
    method = method_of("qlora(rank = 4)")
    folder, model = opened(kind, tmp_path)
    fresh, asked = (attach(load(folder, model, trainable=False, bits=bits), method, 7) for _ in range(2))
    logits(asked)

    gradients = []
    for adapted in (fresh, asked):
        adapted.train()
        adapted(input_ids=IDS, attention_mask=torch.ones_like(IDS), labels=IDS).loss.backward()
        gradients.append([p.grad for p in adapted.parameters() if p.requires_grad])
        torch.optim.SGD([p for p in adapted.parameters() if p.requires_grad], lr=0.1).step()
    save(asked.eval(), tmp_path / "model", folder, folder.chat_template)
    again = load(*reopened(tmp_path / "model"), trainable=False, bits=bits)

    assert any(gradient.any() for gradient in gradients[0])
    assert all(torch.equal(a, b) for a, b in zip(*gradients, strict=True))
    assert torch.equal(logits(fresh.eval()), logits(again))


def test_the_saved_adapter_names_its_base_and_no_place(tmp_path: Path):
    model = trained("llama", LORA, tmp_path)
    folder, _ = opened("llama", tmp_path)

    save(model, tmp_path / "model", folder, folder.chat_template)

    config = json.loads((tmp_path / "model" / "adapter_config.json").read_text())
    base = json.loads((tmp_path / "model" / "base.json").read_text())
    assert config["base_model_name_or_path"] == "llama"
    assert config["target_modules"] == sorted(config["target_modules"])
    assert list(config) == sorted(config)
    assert base == {"hash": folder.hash, "source": {"kind": "path", "path": "llama"}}
    assert not any(str(tmp_path).encode() in file.read_bytes() for file in (tmp_path / "model").iterdir())


def test_what_serves_the_model_is_saved_with_it(tmp_path: Path):
    model = trained("llama", LORA, tmp_path)
    folder, _ = opened("llama", tmp_path)

    save(model, tmp_path / "model", folder, folder.chat_template)

    for name in ("tokenizer.json", "chat_template.jinja"):
        assert (tmp_path / "model" / name).read_bytes() == (folder.path / name).read_bytes()
    assert json.loads((tmp_path / "model" / "generation_config.json").read_text()) == folder.generation_config
    config = json.loads((tmp_path / "model" / "tokenizer_config.json").read_text())
    assert {name: config[name] for name in folder.tokenizer_config} == folder.tokenizer_config
    assert not (tmp_path / "model" / "README.md").exists()


SAVE = """
from pathlib import Path
from runtime.models.adapters import attach, save
from runtime.models.load import load
from tests.models.opened import FULL, LORA, method_of, opened
from tests.models.tiny import declared
folder, model = opened("llama", Path(PLACE))
for method in (FULL, method_of("lora(rank = 4, dora = true)")):
    adapted = attach(load(folder, model, trainable=method is FULL), method, seed=3)
    save(adapted, Path(PLACE) / "model" / method.kind, folder, folder.chat_template)
"""


@pytest.mark.heavy
def test_two_processes_save_the_same_bytes(tmp_path: Path):
    places = [tmp_path / "first", tmp_path / "second"]
    processes = [
        start(SAVE.replace("PLACE", repr(str(place))), PYTHONHASHSEED=str(number), OMP_NUM_THREADS="1")
        for number, place in enumerate(places)
    ]
    for process in processes:
        assert process.communicate(timeout=300) is not None
        assert process.returncode == 0

    first, second = (
        {file.relative_to(place): file.read_bytes() for file in place.rglob("model/*/*")} for place in places
    )
    assert first == second
    assert len(first) == 13


@pytest.mark.parametrize("kind", ["llama", "t5"])
def test_a_saved_adapter_loads_with_plain_peft(kind: str, tmp_path: Path):
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

    model = trained(kind, LORA, tmp_path)
    folder, _ = opened(kind, tmp_path)
    save(model, tmp_path / "model", folder, folder.chat_template)

    plain = AutoModelForSeq2SeqLM if kind == "t5" else AutoModelForCausalLM
    base = plain.from_pretrained(folder.path, dtype=torch.float32)
    again = PeftModel.from_pretrained(base, tmp_path / "model")

    assert torch.equal(logits(model), logits(again))
    assert AutoTokenizer.from_pretrained(tmp_path / "model").eos_token == "<|im_end|>"


def test_an_adapter_is_tuned_further_on_its_merged_weights(tmp_path: Path):
    first = trained("llama", LORA, tmp_path)
    folder, _ = opened("llama", tmp_path)
    save(first, tmp_path / "stage1", folder, folder.chat_template)

    second = attach(load(*reopened(tmp_path / "stage1"), trainable=False), method_of("lora(rank = 2)"), 5)

    torch.testing.assert_close(logits(second), logits(first), rtol=1e-5, atol=1e-5)
    save(second, tmp_path / "stage2", reopened(tmp_path / "stage1")[0], folder.chat_template)
    again = load(*reopened(tmp_path / "stage2"), trainable=False)
    torch.testing.assert_close(logits(again), logits(first), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["prompt_tuning", "prefix_tuning"])
def test_a_soft_prompt_is_not_tuned_further(name: str, tmp_path: Path):
    first = trained("llama", METHODS[name], tmp_path)
    folder, _ = opened("llama", tmp_path)
    save(first, tmp_path / "stage1", folder, folder.chat_template)

    diagnostic = refused(
        lambda: attach(load(*reopened(tmp_path / "stage1"), trainable=False), method_of("lora(rank = 2)"), 5)
    )

    assert diagnostic.code == "IFT074"


def test_an_adapter_on_other_weights_is_refused(tmp_path: Path):
    model = trained("llama", LORA, tmp_path)
    folder, _ = opened("llama", tmp_path)
    save(model, tmp_path / "model", folder, folder.chat_template)
    weights = folder.path / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)

    assert refused(lambda: reopened(tmp_path / "model")).code == "IFT076"


def test_a_base_is_found_from_the_run_s_folder(tmp_path: Path):
    model = trained("llama", LORA, tmp_path)
    folder, _ = opened("llama", tmp_path)
    save(model, tmp_path / "runs" / "study" / "model", folder, folder.chat_template)

    found, _ = reopened(tmp_path / "runs" / "study" / "model")

    assert found.path == folder.path
    assert found.source == declared("model").source


def test_a_model_is_whole_or_absent(tmp_path: Path):
    model = trained("llama", LORA, tmp_path)
    folder, _ = opened("llama", tmp_path)
    (tmp_path / "file").touch()

    with pytest.raises(Stop) as caught:
        save(model, tmp_path / "file" / "model", folder, folder.chat_template)

    assert caught.value.exit_code == 4
    assert [path for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []
