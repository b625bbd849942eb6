"""GGUF to what `transformers` loads, once: safetensors, tokenizer.json, chat_template.jinja and the configs.

`transformers` dequantises the blocks; the model that it builds refuses `save_pretrained` as quantised, so it is
rebuilt from its config and its weights. Quantised matrices are stored as bf16: the rounding (0.14% of a weight; a mean
KL divergence of 6e-5 in SmolLM2's next-token distribution) is far below that of the blocks and a tenth of what
computing in bf16 adds, and it halves the file and the memory of frozen weights. Plain floats keep their type.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from runtime.base.files import Json
from runtime.base.quiet import quiet_libraries

VERSION = 1
"""Counts up whenever a conversion of the same file would give another folder."""

_DIGITS_APART = frozenset(
    {"smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b", "mellum2"}
)
"""`tokenizer.ggml.pre` of vocabularies that were learned on text cut at every digit (llama.cpp, llama-vocab.cpp)."""

_GPT2 = frozenset({"gpt-2", "gpt2", "mpt", "olmo", "jais", "jina-es", "jina-de", "phi-2", "trillion", "default"})
"""Those cut by GPT-2's own pattern, which is what `transformers` takes for every name that it does not know."""

_PLAIN = {0: "float32", 1: "float16", 30: "bfloat16"}
"""The format's numbers of types that are not blocks."""

_DROPPED = ("quantization_config", "_name_or_path", "_model_name_or_path", "_from_model_config", "transformers_version")
"""What a converted config must not carry: the file's past, and the version of a library on this machine."""


def convert(file: Path, folder: Path) -> None:
    """Fills `folder` from the GGUF `file`. Raises `Stop` for files that cannot be converted faithfully."""
    quiet_libraries()
    import torch
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

    fields, stored = _header(file)
    _refuse_unknown_cut(file, fields)
    try:
        # AutoTokenizer would read the whole file a second time to find the same class.
        tokenizer = PreTrainedTokenizerFast.from_pretrained(
            file.parent, gguf_file=file.name, trust_remote_code=False, local_files_only=True
        )
        loaded = AutoModelForCausalLM.from_pretrained(
            file.parent, gguf_file=file.name, trust_remote_code=False, local_files_only=True, dtype=torch.float32
        )
    except (ValueError, KeyError, NotImplementedError, OSError) as error:
        raise Stop(problems.unconvertible_gguf(file.name, _first_line(error))) from error
    _save_model(loaded, stored, folder)
    _save_tokenizer(tokenizer, fields, loaded.config, folder)


def _header(file: Path) -> tuple[dict[str, Any], str]:
    """The file's metadata, vocabulary left out, and the type to store its weights in."""
    from transformers.integrations.gguf.reader import GgufHeader, read_gguf_metadata

    try:
        fields, _ = read_gguf_metadata(str(file))
    except (ValueError, KeyError, IndexError, struct.error) as error:
        raise Stop(problems.unreadable_model(file.name, _first_line(error))) from error
    try:
        tensors = GgufHeader.from_file(str(file)).tensors
    except ValueError:  # blocks of a kind that this reader does not know, and the loader may
        return fields, "bfloat16"
    types = {tensor.ggml_type for tensor in tensors if len(tensor.shape) > 1}
    return fields, _PLAIN.get(types.pop(), "bfloat16") if len(types) == 1 else "bfloat16"


def _refuse_unknown_cut(file: Path, fields: Mapping[str, Any]) -> None:
    """A byte-level vocabulary without its pattern would tokenise text as the model never saw it, in silence."""
    from transformers.integrations.gguf.gguf_tokenizer_mapping import GGUF_PRE_TOKENIZER_SPLITS

    if fields.get("tokenizer.ggml.model") != "gpt2":
        return
    cut = fields.get("tokenizer.ggml.pre", "default")
    if cut not in _DIGITS_APART | _GPT2 | set(GGUF_PRE_TOKENIZER_SPLITS):
        raise Stop(
            problems.unconvertible_gguf(file.name, f"its tokenizer cuts text by a pattern not known here, `{cut}`")
        )


def _save_model(loaded: Any, stored: str, folder: Path) -> None:
    import torch

    config = type(loaded.config).from_dict(
        {name: value for name, value in loaded.config.to_dict().items() if name not in _DROPPED}
    )
    with torch.device("meta"):
        model = type(loaded)(config)
    model.load_state_dict(loaded.state_dict(), assign=True)
    model.tie_weights()
    model.generation_config = loaded.generation_config
    model.to(getattr(torch, stored)).save_pretrained(folder)
    for name in ("config.json", "generation_config.json"):
        path = folder / name
        content = {key: value for key, value in json.loads(path.read_text("utf-8")).items() if key not in _DROPPED}
        path.write_text(_json(content), "utf-8")


def _save_tokenizer(tokenizer: Any, fields: Mapping[str, Any], config: Any, folder: Path) -> None:
    from tokenizers import pre_tokenizers

    backend = tokenizer.backend_tokenizer
    if fields.get("tokenizer.ggml.pre") in _DIGITS_APART:
        backend.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Digits(individual_digits=True),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
            ]
        )
    backend.save(str(folder / "tokenizer.json"))
    names = ("bos_token", "eos_token", "unk_token", "pad_token")
    content = {name: value for name in names if (value := getattr(tokenizer, name)) is not None}
    content |= {
        "clean_up_tokenization_spaces": False,
        "model_max_length": getattr(config, "max_position_embeddings", None),
        "tokenizer_class": "PreTrainedTokenizerFast",
    }
    (folder / "tokenizer_config.json").write_text(_json(content), "utf-8")
    if tokenizer.chat_template:
        (folder / "chat_template.jinja").write_text(tokenizer.chat_template, "utf-8", newline="\n")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _json(content: Json) -> str:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
