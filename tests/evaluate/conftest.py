"""Tiny random models and a byte-level tokenizer: what batching, stopping and scoring do is the same at any size."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory: pytest.TempPathFactory):
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    from runtime.data.tokenizer.tokenizer import Tokenizer as OurTokenizer

    backend = Tokenizer(
        models.BPE(vocab={c: i for i, c in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}, merges=[])
    )
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken("<end>", special=True)])
    path: Path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    backend.save(str(path))
    return OurTokenizer(path, {"eos_token": "<end>"})


@pytest.fixture(scope="session")
def llama():
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=257,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.5,
    )
    return LlamaForCausalLM(config).eval()


@pytest.fixture(scope="session")
def gpt2():
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    config = GPT2Config(vocab_size=257, n_embd=32, n_layer=2, n_head=4, n_positions=256, initializer_range=0.5)
    return GPT2LMHeadModel(config).eval()


@pytest.fixture(scope="session")
def t5():
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(0)
    config = T5Config(
        vocab_size=257,
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        decoder_start_token_id=0,
        initializer_factor=5.0,
    )
    return T5ForConditionalGeneration(config).eval()


@pytest.fixture(scope="session")
def bart():
    """Its encoder counts positions from the first place of a row, padding or not."""
    import torch
    from transformers import BartConfig, BartForConditionalGeneration

    torch.manual_seed(0)
    sizes = {f"{side}_{name}": n for side in ("encoder", "decoder") for name, n in _BART_SIDE.items()}
    config = BartConfig(
        vocab_size=257, d_model=32, max_position_embeddings=128, decoder_start_token_id=2, init_std=0.5, **sizes
    )
    return BartForConditionalGeneration(config).eval()


_BART_SIDE = {"layers": 2, "attention_heads": 4, "ffn_dim": 64}


@pytest.fixture(scope="session")
def mistral():
    """Attends to the last 16 tokens only."""
    import torch
    from transformers import MistralConfig, MistralForCausalLM

    torch.manual_seed(0)
    config = MistralConfig(
        vocab_size=257,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        sliding_window=16,
        initializer_range=0.5,
    )
    return MistralForCausalLM(config).eval()


@pytest.fixture(scope="session")
def mpt():
    """Knows distances by places in the cache alone (ALiBi), and takes no positions."""
    import torch
    from transformers import MptConfig, MptForCausalLM

    torch.manual_seed(0)
    sizes = {"d_model": 32, "n_heads": 4, "n_layers": 2, "max_seq_len": 256, "initializer_range": 0.5}
    return MptForCausalLM(MptConfig(vocab_size=257, **sizes)).eval()


@pytest.fixture(params=["prompt_tuning", "prefix_tuning"])
def softened(request: pytest.FixtureRequest):
    """Puts a drawn soft prompt before a copy of a model."""
    import torch
    from peft import PrefixTuningConfig, PromptTuningConfig, get_peft_model

    config = {"prompt_tuning": PromptTuningConfig, "prefix_tuning": PrefixTuningConfig}[request.param]

    def soft(model):
        task = "SEQ_2_SEQ_LM" if model.config.is_encoder_decoder else "CAUSAL_LM"
        tuned = get_peft_model(copy.deepcopy(model), config(task_type=task, num_virtual_tokens=3)).eval()
        torch.manual_seed(1)
        for parameter in tuned.prompt_encoder.parameters():
            torch.nn.init.normal_(parameter)
        return tuned

    return soft
