"""GGUF files, written here by the format's own library, against what stands in them."""

from __future__ import annotations

import json
from pathlib import Path

import gguf
import numpy
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from runtime.models.bases import write_base
from runtime.models.folder import model_folder
from runtime.models.load import load
from tests.models.opened import opened, refused
from tests.models.tiny import (
    CHATML,
    END,
    HEAD_DIM,
    HEADS,
    KEY_VALUE_HEADS,
    LAYERS,
    PAD,
    START,
    declared,
    tiny_tokenizer,
)

HIDDEN, INTERMEDIATE = 64, 128
"""Multiples of 32, the length of a block."""


def tensors(vocabulary: int) -> dict[str, numpy.ndarray]:
    generator = numpy.random.default_rng(0)
    queries, keys = HEADS * HEAD_DIM * 2, KEY_VALUE_HEADS * HEAD_DIM * 2
    shapes = {"token_embd.weight": (vocabulary, HIDDEN), "output_norm.weight": (HIDDEN,)}
    for layer in range(LAYERS):
        for name, shape in {
            "attn_norm": (HIDDEN,),
            "ffn_norm": (HIDDEN,),
            "attn_q": (queries, HIDDEN),
            "attn_k": (keys, HIDDEN),
            "attn_v": (keys, HIDDEN),
            "attn_output": (HIDDEN, queries),
            "ffn_gate": (INTERMEDIATE, HIDDEN),
            "ffn_up": (INTERMEDIATE, HIDDEN),
            "ffn_down": (HIDDEN, INTERMEDIATE),
        }.items():
            shapes[f"blk.{layer}.{name}.weight"] = shape
    return {name: generator.standard_normal(shape).astype(numpy.float32) * 0.1 for name, shape in shapes.items()}


def write_gguf(path: Path, *, cut: str = "smollm", kind: gguf.GGMLQuantizationType | None = None) -> None:
    """A tiny Llama; its matrices in blocks of `kind`, or as they are."""
    tokenizer = json.loads(tiny_tokenizer().to_str())
    words = sorted(tokenizer["model"]["vocab"], key=tokenizer["model"]["vocab"].get)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(512)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INTERMEDIATE)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_VALUE_HEADS)
    writer.add_rope_dimension_count(HEAD_DIM * 2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(words))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(cut)
    writer.add_token_list(words)
    writer.add_token_types([3 if i <= END else 1 for i in range(len(words))])
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(START)
    writer.add_eos_token_id(END)
    writer.add_pad_token_id(PAD)
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHATML)
    for name, tensor in tensors(len(words)).items():
        if kind is not None and tensor.ndim == 2:
            writer.add_tensor(name, gguf.quants.quantize(tensor, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def converted(tmp_path: Path, **settings: object):
    write_gguf(tmp_path / "tiny.gguf", **settings)
    return model_folder(declared("tiny.gguf"), tmp_path, fetch=True)


def test_plain_floats_are_kept_to_the_bit(tmp_path: Path):
    folder = converted(tmp_path)

    stored = load_file(folder.path / "model.safetensors")
    expected = tensors(400)

    assert {tensor.dtype for tensor in stored.values()} == {torch.float32}
    assert numpy.array_equal(stored["model.embed_tokens.weight"].numpy(), expected["token_embd.weight"])
    assert numpy.array_equal(stored["model.layers.1.mlp.down_proj.weight"].numpy(), expected["blk.1.ffn_down.weight"])


def test_blocks_are_stored_as_bf16(tmp_path: Path):
    kind = gguf.GGMLQuantizationType.Q8_0
    folder = converted(tmp_path, kind=kind)

    stored = load_file(folder.path / "model.safetensors")["model.layers.0.mlp.up_proj.weight"]
    blocks = gguf.quants.quantize(tensors(400)["blk.0.ffn_up.weight"], kind)

    assert folder.config["dtype"] == "bfloat16"
    assert torch.equal(stored, torch.from_numpy(gguf.quants.dequantize(blocks, kind)).bfloat16())


def test_what_is_stored_is_what_transformers_reads(tmp_path: Path):
    from transformers import AutoModelForCausalLM

    folder = converted(tmp_path)
    expected = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file="tiny.gguf", dtype=torch.float32)
    found = load(folder, declared("tiny.gguf"), trainable=False)

    ids = torch.arange(3, 40)[None]
    with torch.no_grad():
        assert torch.equal(found(ids).logits, expected(ids).logits)


def test_the_tokenizer_and_its_template_come_with_it(tmp_path: Path):
    folder = converted(tmp_path)

    tokenizer = Tokenizer.from_file(str(folder.tokenizer_json))

    assert folder.chat_template == CHATML
    assert folder.tokenizer_config["eos_token"] == "<|im_end|>"
    assert folder.generation_config["eos_token_id"] == END
    assert tokenizer.encode("<|im_end|>").ids == [END]
    text = "Good morning, é\n"
    assert tokenizer.encode(text).ids == tiny_tokenizer().encode(text).ids


def test_a_vocabulary_learned_on_single_digits_cuts_at_each(tmp_path: Path):
    tokenizer = Tokenizer.from_file(str(converted(tmp_path, cut="smollm").tokenizer_json))

    pieces = [word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str("in 2024")]

    assert pieces == ["in", "Ġ", "2", "0", "2", "4"]


def test_a_vocabulary_cut_by_an_unknown_pattern_is_refused(tmp_path: Path):
    diagnostic = refused(lambda: converted(tmp_path, cut="of-next-year"))

    assert diagnostic.code == "IFT070"
    assert "of-next-year" in diagnostic.message


def test_a_damaged_file_is_one_diagnostic(tmp_path: Path):
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF" + bytes(100))

    assert refused(lambda: model_folder(declared("tiny.gguf"), tmp_path, fetch=True)).code in ("IFT069", "IFT070")


def test_the_file_is_known_by_its_hash_and_converted_once(tmp_path: Path):
    first = converted(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "tiny.gguf").rename(tmp_path / "elsewhere" / "other.gguf")

    again = model_folder(declared("elsewhere"), tmp_path, fetch=False)

    assert (again.path, again.hash) == (first.path, first.hash)


def test_a_file_that_is_not_converted_yet_is_not_at_hand(tmp_path: Path):
    write_gguf(tmp_path / "tiny.gguf")

    assert model_folder(declared("tiny.gguf"), tmp_path, fetch=False) is None


def test_nothing_of_this_machine_is_in_the_configs(tmp_path: Path):
    folder = converted(tmp_path)

    for name in ("config.json", "generation_config.json", "tokenizer_config.json"):
        text = (folder.path / name).read_text()
        assert str(tmp_path) not in text
        assert "transformers_version" not in text


def test_a_folder_with_weights_beside_a_gguf_file_is_read_as_a_folder(tmp_path: Path):
    opened("llama", tmp_path)
    (tmp_path / "llama" / "extra.gguf").touch()

    assert opened("llama", tmp_path)[0].path == tmp_path / "llama"


def test_a_run_has_its_own_copy_of_what_was_converted(tmp_path: Path):
    folder = converted(tmp_path)

    write_base(folder, declared("tiny.gguf"), tmp_path / "run", seed=0)

    copies = sorted((tmp_path / "run" / "base").iterdir())
    assert {"config.json", "model.safetensors"} <= {copy.name for copy in copies}
    for copy in copies:
        kept = folder.path / copy.name
        assert copy.read_bytes() == kept.read_bytes()
        assert copy.stat().st_ino != kept.stat().st_ino
