"""A saved tokenizer and generation config, as plain transformers reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from recipe_lang.program.task import Generate
from runtime.models.exported import as_judged, save_beside
from tests.models.opened import opened
from tests.models.tiny import TEXT, tiny_tokenizer

SPECIAL = ["<unk>", "<s>", "</s>"]
AROUND = {"special_tokens": [("<s>", 1), ("</s>", 2)]}
NAMES = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}
LLAMA = NAMES | {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_eos_token": False}


def sentence_pieces(*, unigram: bool = False) -> Tokenizer:
    """As Llama 2's, or T5's: spaces are written as `▁`."""
    tokenizer = Tokenizer(models.Unigram() if unigram else models.BPE(unk_token="<unk>", byte_fallback=True))
    space = [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    if unigram:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(vocab_size=300, special_tokens=SPECIAL, unk_token="<unk>")
    else:
        tokenizer.normalizer = normalizers.Sequence(space)
        trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=SPECIAL)
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(TEXT.splitlines(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", **AROUND)
    return tokenizer


def digits_apart() -> Tokenizer:
    """Byte-level, and not as GPT-2 cuts."""
    tokenizer = tiny_tokenizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    return tokenizer


def ended() -> Tokenizer:
    tokenizer = sentence_pieces()
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair="$A $B", **AROUND)
    return tokenizer


GPT2 = {"eos_token": "<|endoftext|>", "tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True}
FILES: dict[str, tuple[str, Callable[[], Tokenizer], dict]] = {
    "Llama 2, legacy": ("llama", sentence_pieces, LLAMA | {"legacy": True}),
    "Llama 2, not legacy": ("llama", sentence_pieces, LLAMA | {"legacy": False}),
    "a begin token that the file lacks": ("llama", tiny_tokenizer, GPT2 | {"add_bos_token": True, "bos_token": "!"}),
    "an end token by a flag": ("llama", sentence_pieces, LLAMA | {"add_eos_token": True}),
    "an end token by the file": ("llama", ended, LLAMA),
    "GPT-2's class over another cut": ("gpt2", digits_apart, GPT2),
    "a class that does not exist": ("llama", digits_apart, GPT2 | {"tokenizer_class": "NoSuchTokenizer"}),
    "a class of its own code": ("llama", digits_apart, GPT2 | {"auto_map": {"AutoTokenizer": ["a.B", None]}}),
    "Qwen's class": ("qwen2", digits_apart, GPT2 | {"tokenizer_class": "Qwen2Tokenizer"}),
    "T5": ("t5", lambda: sentence_pieces(unigram=True), NAMES | {"tokenizer_class": "T5Tokenizer", "extra_ids": 100}),
    "T5 without an end": ("t5", tiny_tokenizer, {"eos_token": "<|im_end|>", "tokenizer_class": "T5TokenizerFast"}),
}


@pytest.mark.parametrize("name", FILES)
def test_a_saved_tokenizer_gives_the_ids_that_were_trained(name: str, tmp_path: Path):
    from transformers import AutoTokenizer

    kind, make, config = FILES[name]
    opened(kind, tmp_path)
    published = make()
    published.save(str(tmp_path / kind / "tokenizer.json"))
    (tmp_path / kind / "tokenizer_config.json").write_text(json.dumps(config))
    folder, _ = opened(kind, tmp_path)
    saved = tmp_path / "model"
    saved.mkdir()
    (saved / "config.json").write_bytes((tmp_path / kind / "config.json").read_bytes())

    save_beside(saved, folder, None)

    plain = AutoTokenizer.from_pretrained(saved)
    end = published.token_to_id(config["eos_token"])
    for text in ("What is 100 and 2024?", " two  spaces", "naïve → Zoë\n\nnext", "The capital of France"):
        ids = published.encode(text, add_special_tokens=False).ids
        around = published.encode(text).ids
        around = [token for place, token in enumerate(around) if token != end or place < len(around) - 1]
        assert plain(text, add_special_tokens=False)["input_ids"] == ids
        assert plain(text)["input_ids"] == (around if folder.kind == "causal" else [*around, end])
        assert set(plain(text)) == {"input_ids", "attention_mask"}


OWN = {
    "bos_token_id": 1,
    "pad_token_id": 0,
    "forced_eos_token_id": 2,
    "min_length": 5,
    "repetition_penalty": 1.3,
    "temperature": 0.6,
    "top_p": 0.9,
    "do_sample": True,
    "num_beams": 4,
    "no_repeat_ngram_size": 3,
    "suppress_tokens": [5],
    "max_length": 20,
    "_from_model_config": True,
}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({}, {"do_sample": False}),
        ({"beams": 3}, {"do_sample": False, "num_beams": 3}),
        ({"temperature": 0.7}, {"do_sample": True, "temperature": 0.7, "top_k": 0, "top_p": 1.0}),
        ({"temperature": 0.7, "top_p": 0.5}, {"do_sample": True, "temperature": 0.7, "top_k": 0, "top_p": 0.5}),
    ],
)
def test_the_saved_decoding_is_the_one_that_was_judged(written: dict, expected: dict, tmp_path: Path):
    from transformers import GenerationConfig

    opened("t5", tmp_path)
    (tmp_path / "t5/generation_config.json").write_text(json.dumps(OWN))
    folder, _ = opened("t5", tmp_path)

    save_beside(tmp_path, as_judged(folder, [2, 7], Generate(**written), 32), None)

    content = json.loads((tmp_path / "generation_config.json").read_text())
    ids = {"bos_token_id": 1, "pad_token_id": 0, "decoder_start_token_id": 0, "eos_token_id": [2, 7]}
    assert content == {"max_new_tokens": 32, **ids, **expected}
    assert GenerationConfig.from_pretrained(tmp_path).repetition_penalty in (None, 1.0)
