"""Tiny models with random weights, as real folders: a few hundred kilobytes, written in milliseconds, without torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from recipe_lang.program.model import LanguageModel
from tests.compiled import model

HIDDEN, INTERMEDIATE, HEADS, KEY_VALUE_HEADS, HEAD_DIM, LAYERS, CONTEXT = 32, 64, 4, 2, 8, 2, 512
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
ENCODER_DECODERS = ("t5", "flan_t5", "bart")
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
PAD, START, END = range(3)
TEXT = """
Doctor: How are you feeling today? Patient: I have had a headache for three days, and a little fever at night.
Summarize this doctor-patient conversation as a clinical note. The patient reports headache and fever.
What is the capital of France? The capital of France is Paris. Translate this sentence into German: Good morning!
Is this review positive or negative? The food was great, but the service was slow. 0 1 2 3 4 5 6 7 8 9 10 100 2024
"""


def tiny_tokenizer(*, end: bool = False) -> Tokenizer:
    """Byte-level BPE over a fixed text: any string round-trips. `end` appends the end token to what is encoded (T5)."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=SPECIAL,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    if end:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"$A {SPECIAL[END]}",
            pair=f"$A {SPECIAL[END]} $B {SPECIAL[END]}",
            special_tokens=[(SPECIAL[END], END)],
        )
    return tokenizer


def tiny_model_folder(kind: str, tmp_path: Path, chat: bool = True, seed: int = 0) -> Path:
    """`tmp_path/KIND`: config, weights (fp32, by `seed`), tokenizer, and a ChatML template where `chat` is set.

    `kind`: llama, qwen2, qwen3, gpt2, t5, flan_t5 or bart. The same arguments give the same bytes.
    """
    folder = tmp_path / kind
    folder.mkdir(parents=True)
    tokenizer = tiny_tokenizer(end=kind in ENCODER_DECODERS)
    tokenizer.save(str(folder / "tokenizer.json"))
    config, shapes = _LAYOUTS[kind](tokenizer.get_vocab_size())
    generator = numpy.random.default_rng(seed)
    save_file(
        {name: _values(name, shape, generator) for name, shape in shapes.items()},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    ids = {"bos_token_id": START, "eos_token_id": END, "pad_token_id": PAD}
    if kind in ENCODER_DECODERS:
        ids = {"eos_token_id": END, "pad_token_id": PAD, "decoder_start_token_id": PAD}
    _write(folder / "config.json", config | ids | {"dtype": "float32"})
    _write(folder / "generation_config.json", ids)
    _write(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": SPECIAL[START],
            "eos_token": SPECIAL[END],
            "pad_token": SPECIAL[PAD],
            "clean_up_tokenization_spaces": False,
            "model_max_length": CONTEXT,
        },
    )
    if chat and kind not in ENCODER_DECODERS:
        (folder / "chat_template.jinja").write_text(CHATML)
    return folder


def declared(path: Path | str, *written: str, **settings: Any) -> LanguageModel:
    """The plan's model for a folder: settings as recipes write them, then values."""
    source = json.dumps(str(path) or ".")
    return model(f"source = path({source})", *written, **settings)


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")


def _values(name: str, shape: tuple[int, ...], generator: numpy.random.Generator) -> numpy.ndarray:
    """Norms near one, biases near zero, matrices wide enough that tokens are told apart."""
    noise = generator.standard_normal(shape).astype(numpy.float32)
    if len(shape) == 1:
        return noise * 0.02 + (0.0 if name.endswith("bias") else 1.0)
    return noise * 0.2


def _llama(vocabulary: int, model_type: str = "llama", architecture: str = "LlamaForCausalLM"):
    config = {
        "model_type": model_type,
        "architectures": [architecture],
        "vocab_size": vocabulary,
        "hidden_size": HIDDEN,
        "intermediate_size": INTERMEDIATE,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KEY_VALUE_HEADS,
        "head_dim": HEAD_DIM,
        "max_position_embeddings": CONTEXT,
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": True,
    }
    queries, keys = HEADS * HEAD_DIM, KEY_VALUE_HEADS * HEAD_DIM
    shapes = {"model.embed_tokens.weight": (vocabulary, HIDDEN), "model.norm.weight": (HIDDEN,)}
    for layer in range(LAYERS):
        shapes |= {
            f"model.layers.{layer}.{name}.weight": shape
            for name, shape in {
                "self_attn.q_proj": (queries, HIDDEN),
                "self_attn.k_proj": (keys, HIDDEN),
                "self_attn.v_proj": (keys, HIDDEN),
                "self_attn.o_proj": (HIDDEN, queries),
                "mlp.gate_proj": (INTERMEDIATE, HIDDEN),
                "mlp.up_proj": (INTERMEDIATE, HIDDEN),
                "mlp.down_proj": (HIDDEN, INTERMEDIATE),
                "input_layernorm": (HIDDEN,),
                "post_attention_layernorm": (HIDDEN,),
            }.items()
        }
    return config, shapes


def _qwen2(vocabulary: int):
    config, shapes = _llama(vocabulary, "qwen2", "Qwen2ForCausalLM")
    biased = ("q_proj.weight", "k_proj.weight", "v_proj.weight")
    biases = {name.replace("weight", "bias"): shape[:1] for name, shape in shapes.items() if name.endswith(biased)}
    return config, shapes | biases


def _qwen3(vocabulary: int):
    config, shapes = _llama(vocabulary, "qwen3", "Qwen3ForCausalLM")
    norms = {
        f"model.layers.{layer}.self_attn.{name}.weight": (HEAD_DIM,)
        for layer in range(LAYERS)
        for name in ("q_norm", "k_norm")
    }
    return config, shapes | norms


def _gpt2(vocabulary: int):
    config = {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        "vocab_size": vocabulary,
        "n_embd": HIDDEN,
        "n_layer": LAYERS,
        "n_head": HEADS,
        "n_inner": INTERMEDIATE,
        "n_positions": CONTEXT,
        "embd_pdrop": 0.0,
        "attn_pdrop": 0.0,
        "resid_pdrop": 0.0,
    }
    shapes = {"transformer.wte.weight": (vocabulary, HIDDEN), "transformer.wpe.weight": (CONTEXT, HIDDEN)}
    shapes |= {"transformer.ln_f.weight": (HIDDEN,), "transformer.ln_f.bias": (HIDDEN,)}
    for layer in range(LAYERS):
        for name, shape in {
            "ln_1": (HIDDEN,),
            "ln_2": (HIDDEN,),
            "attn.c_attn": (HIDDEN, 3 * HIDDEN),
            "attn.c_proj": (HIDDEN, HIDDEN),
            "mlp.c_fc": (HIDDEN, INTERMEDIATE),
            "mlp.c_proj": (INTERMEDIATE, HIDDEN),
        }.items():
            shapes[f"transformer.h.{layer}.{name}.weight"] = shape
            shapes[f"transformer.h.{layer}.{name}.bias"] = shape[-1:]
    return config, shapes


def _t5(vocabulary: int):
    """Gated feed-forward, tied embeddings: FLAN-T5's layout but for its output head."""
    config = {
        "model_type": "t5",
        "architectures": ["T5ForConditionalGeneration"],
        "is_encoder_decoder": True,
        "vocab_size": vocabulary,
        "d_model": HIDDEN,
        "d_ff": INTERMEDIATE,
        "d_kv": HEAD_DIM,
        "num_heads": HEADS,
        "num_layers": LAYERS,
        "num_decoder_layers": LAYERS,
        "feed_forward_proj": "gated-gelu",
        "dropout_rate": 0.0,
        "tie_word_embeddings": True,
    }
    inner = HEADS * HEAD_DIM
    attention = {"q": (inner, HIDDEN), "k": (inner, HIDDEN), "v": (inner, HIDDEN), "o": (HIDDEN, inner)}
    forward = {"wi_0": (INTERMEDIATE, HIDDEN), "wi_1": (INTERMEDIATE, HIDDEN), "wo": (HIDDEN, INTERMEDIATE)}
    shapes = {"shared.weight": (vocabulary, HIDDEN)}
    for side, parts in (("encoder", ["SelfAttention"]), ("decoder", ["SelfAttention", "EncDecAttention"])):
        shapes[f"{side}.final_layer_norm.weight"] = (HIDDEN,)
        shapes[f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"] = (32, HEADS)
        for block in range(LAYERS):
            layers = [(part, attention) for part in parts] + [("DenseReluDense", forward)]
            for index, (part, weights) in enumerate(layers):
                prefix = f"{side}.block.{block}.layer.{index}"
                shapes[f"{prefix}.layer_norm.weight"] = (HIDDEN,)
                shapes |= {f"{prefix}.{part}.{name}.weight": shape for name, shape in weights.items()}
    return config, shapes


def _bart(vocabulary: int):
    """Learned positions on both sides, counted from the first place of a row, padding or not."""
    config = {
        "model_type": "bart",
        "architectures": ["BartForConditionalGeneration"],
        "is_encoder_decoder": True,
        "vocab_size": vocabulary,
        "d_model": HIDDEN,
        "encoder_ffn_dim": INTERMEDIATE,
        "decoder_ffn_dim": INTERMEDIATE,
        "encoder_attention_heads": HEADS,
        "decoder_attention_heads": HEADS,
        "encoder_layers": LAYERS,
        "decoder_layers": LAYERS,
        "max_position_embeddings": CONTEXT,
        "dropout": 0.0,
        "bos_token_id": START,
        "tie_word_embeddings": True,
    }
    shapes: dict[str, tuple[int, ...]] = {"model.shared.weight": (vocabulary, HIDDEN)}
    shapes["final_logits_bias"] = (1, vocabulary)
    for side, attentions in (("encoder", ["self_attn"]), ("decoder", ["self_attn", "encoder_attn"])):
        prefix = f"model.{side}"
        # Two places more than the context: the model's positions begin behind them.
        shapes[f"{prefix}.embed_positions.weight"] = (CONTEXT + 2, HIDDEN)
        parts: dict[str, tuple[int, ...]] = {f"{prefix}.layernorm_embedding": (HIDDEN,)}
        for layer in range(LAYERS):
            own = f"{prefix}.layers.{layer}"
            for attention in attentions:
                parts |= {f"{own}.{attention}.{name}_proj": (HIDDEN, HIDDEN) for name in ("q", "k", "v", "out")}
                parts[f"{own}.{attention}_layer_norm"] = (HIDDEN,)
            parts |= {f"{own}.fc1": (INTERMEDIATE, HIDDEN), f"{own}.fc2": (HIDDEN, INTERMEDIATE)}
            parts[f"{own}.final_layer_norm"] = (HIDDEN,)
        for name, shape in parts.items():
            shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    return config, shapes


def _flan_t5(vocabulary: int):
    """With an output head of its own."""
    config, shapes = _t5(vocabulary)
    return config | {"tie_word_embeddings": False}, shapes | {"lm_head.weight": (vocabulary, HIDDEN)}


_LAYOUTS = {
    "llama": _llama,
    "qwen2": _qwen2,
    "qwen3": _qwen3,
    "gpt2": _gpt2,
    "t5": _t5,
    "flan_t5": _flan_t5,
    "bart": _bart,
}
