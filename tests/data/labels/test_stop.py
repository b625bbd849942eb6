"""One set of stop tokens: trained, stopped on in evaluation, and written to the exported generation config."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_lang.cli import main_run
from runtime.data import prepare
from tests.data import programs
from tests.data.chats import CHATML
from tests.data.programs import Folder
from tests.models.tiny import END, PAD, tiny_model_folder

ROWS = [{"q": f"question {n}?", "a": f"answer {n}"} for n in range(20)]


def stops(rows, folder: Folder, **fields) -> list[str]:
    prepared = prepare(programs.program(**fields), rows(ROWS), {"small": folder})
    tokenizer = prepared.tokenizers["small"]
    return [tokenizer.decode([token]) for token in prepared.stop_ids("answering")]


def test_the_chat_templates_end_of_turn_and_the_end_token(rows, byte_level: Path):
    assert stops(rows, Folder(byte_level, chat_template=CHATML)) == ["</s>", "<|im_end|>"]


def test_plain_text_ends_with_the_end_token(rows, byte_level: Path):
    assert stops(rows, Folder(byte_level)) == ["</s>"]


def test_the_tokens_that_the_models_own_configs_end_on(rows, byte_level: Path):
    assert stops(rows, Folder(byte_level, chat_template=CHATML, end_ids=(0, 99_999))) == ["<s>", "</s>", "<|im_end|>"]


def test_padding_with_the_stop_token_takes_no_label_away(rows, byte_level: Path):
    config = {"bos_token": "<s>", "eos_token": "<|im_end|>", "pad_token": "<|im_end|>"}
    prepared = prepare(programs.program(), rows(ROWS), {"small": Folder(byte_level, config, CHATML)})
    table = prepared.tokens("answering", "train")

    assert all(table[n][1][-1] for n in range(len(table)))
    assert {int(table[n][0][-1]) for n in range(len(table))} == {prepared.tokenizers["small"].pad_id}


RECIPE = """\
recipe parrot {}

model tiny {
  source    = path("llama")
  precision = fp32
}

dataset words {
  source  = jsonl("words.jsonl")
  columns { q = text, a = text }
  split   { train = 80%, test = 20% }
}

template ask for words {
  prompt     = "{{ q }}"
  completion = "{{ a }}"
}

task parroting {
  templates = [ask]
  metrics   = [exact_match]
  generate  { max_new_tokens = 12 }
}

train {
  model         = tiny
  data          = parroting
  duration      = 60 steps
  batch         = 8 examples
  max_length    = 128 tokens
  learning_rate = 2e-2
}

evaluate {
  tasks = [parroting]
  when  = [end]
}
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch) -> Path:
    """A model whose own end token is not the one that its chat template ends turns with, and that learns to answer."""
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    model = tiny_model_folder("llama", tmp_path)
    for file in ("config.json", "generation_config.json"):
        config = json.loads((model / file).read_text())
        (model / file).write_text(json.dumps(config | {"eos_token_id": PAD}))
    config = json.loads((model / "tokenizer_config.json").read_text())
    (model / "tokenizer_config.json").write_text(json.dumps(config | {"eos_token": "<|endoftext|>"}))
    programs.write_jsonl(tmp_path / "words.jsonl", [{"q": f"Say it {n}.", "a": "no"} for n in range(40)])
    (tmp_path / "parrot.ift").write_text(RECIPE)
    assert main_run(["parrot.ift"]) == 0
    return tmp_path / "runs" / "parrot"


@pytest.mark.heavy
def test_the_exported_model_stops_where_evaluation_does(run: Path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    assert json.loads((run / "model" / "generation_config.json").read_text())["eos_token_id"] == [PAD, END]
    (entry,) = json.loads((run / "results.json").read_text())["evaluations"]
    rows = [json.loads(line) for line in (run / entry["predictions"]).read_text().splitlines()]
    model, tokenizer = (kind.from_pretrained(run / "model") for kind in (AutoModelForCausalLM, AutoTokenizer))

    for row in rows:
        ids = tokenizer(row["prompt"], add_special_tokens=False, return_tensors="pt")["input_ids"]
        (answer,) = model.generate(ids, max_new_tokens=12, do_sample=False)[:, ids.shape[1] :].tolist()
        assert answer[-1] == END and len(answer) < 12
        assert tokenizer.decode(answer, skip_special_tokens=True) == row["prediction"] == "no"
