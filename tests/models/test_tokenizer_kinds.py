"""Tokenizers of every kind that models come with: ids, what stands around a text, and texts, as `AutoTokenizer`'s."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from runtime.data.tokenizer.opened import open_tokenizer
from runtime.models.folder import model_folder
from tests.models.tiny import TEXT, declared, tiny_model_folder, tiny_tokenizer

MARKS = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
BERT = {name: f"[{name.upper()}]" for name in ("unk", "cls", "sep", "pad", "mask")}
TEXTS = (
    "The capital of France is Paris.",
    " two  spaces",
    "naïve → Zoë\n\nnext 2024",
    "Hello</s> again",
    "日本 🙂 ok",
    "",
)


def trained(model: models.Model, trainer: Any, around: str = "", **parts: Any) -> Tokenizer:
    tokenizer = Tokenizer(model)
    for name, part in parts.items():
        setattr(tokenizer, name, part)
    tokenizer.train_from_iterator(TEXT.splitlines(), trainer)
    if around:
        named = [(token, tokenizer.token_to_id(token)) for token in around.split() if token != "$A"]
        tokenizer.post_processor = processors.TemplateProcessing(single=around, special_tokens=named)
    return tokenizer


def pieces(around: str = "<s> $A", *, metaspace: bool = False) -> Tokenizer:
    """SentencePiece's BPE: Llama 2's and Mistral's with a normalizer, later ones with `Metaspace`."""
    model = models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    bytes_ = [f"<0x{number:02X}>" for number in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=500, special_tokens=[*MARKS.values(), *bytes_])
    space = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    first = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    parts = {"pre_tokenizer": first} if metaspace else {"normalizer": space}
    back = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    tokenizer = trained(model, trainer, around, decoder=decoders.Sequence(back), **parts)
    written = json.loads(tokenizer.to_str())
    written["added_tokens"] = [token for token in written["added_tokens"] if token["content"] not in bytes_]
    return Tokenizer.from_str(json.dumps(written))


def unigram(around: str = "$A </s>", special: str = "<pad> </s> <unk> <s>") -> Tokenizer:
    """T5's; XLM-R's and its kin have other numbers."""
    trainer = trainers.UnigramTrainer(vocab_size=300, special_tokens=special.split(), unk_token="<unk>")
    cut = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    return trained(models.Unigram(), trainer, around, pre_tokenizer=cut, decoder=decoders.Metaspace())


def xlm_r() -> Tokenizer:
    return unigram("<s> $A </s>", "<s> <pad> </s> <unk>")


def words(*, cased: bool = False) -> Tokenizer:
    """WordPiece: BERT's."""
    trainer = trainers.WordPieceTrainer(vocab_size=300, special_tokens=[*BERT.values()])
    parts = {
        "normalizer": normalizers.BertNormalizer(lowercase=not cased),
        "pre_tokenizer": pre_tokenizers.BertPreTokenizer(),
        "decoder": decoders.WordPiece(),
    }
    return trained(models.WordPiece(unk_token=BERT["unk"]), trainer, "[CLS] $A [SEP]", **parts)


def whole_words() -> Tokenizer:
    trainer = trainers.WordLevelTrainer(special_tokens=[*MARKS.values()])
    return trained(models.WordLevel(unk_token="<unk>"), trainer, pre_tokenizer=pre_tokenizers.Whitespace())


def qwen() -> Tokenizer:
    """Byte-level, cut by a pattern of its own."""
    tokenizer = tiny_tokenizer()
    words = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(pattern=Regex(words + r"|\s*[\r\n]+|\s+(?!\S)|\s+"), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.normalizer = normalizers.NFC()
    return tokenizer


NAMES = {f"{name}_token": text for name, text in BERT.items()}
CHATML = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
FAST = {"tokenizer_class": "PreTrainedTokenizerFast"}
KINDS: dict[str, tuple[Callable[[], Tokenizer], dict[str, Any]]] = {
    "byte-level BPE": (tiny_tokenizer, CHATML | FAST),
    "GPT-2's class": (tiny_tokenizer, CHATML | {"tokenizer_class": "GPT2Tokenizer", "unk_token": "<|endoftext|>"}),
    "byte-level BPE, own pattern": (qwen, CHATML | FAST),
    "Qwen's class": (qwen, CHATML | {"tokenizer_class": "Qwen2Tokenizer"}),
    "SentencePiece BPE": (pieces, MARKS | FAST),
    "SentencePiece BPE, Metaspace": (lambda: pieces(metaspace=True), MARKS | FAST),
    "SentencePiece BPE, both ends": (lambda: pieces("<s> $A </s>"), MARKS | FAST),
    "Llama's class": (
        lambda: pieces(metaspace=True),
        MARKS | {"tokenizer_class": "LlamaTokenizer", "legacy": False, "add_bos_token": True},
    ),
    "SentencePiece unigram": (unigram, MARKS | FAST),
    "T5's class": (unigram, MARKS | {"tokenizer_class": "T5Tokenizer", "extra_ids": 0}),
    "unigram, begin and end": (xlm_r, MARKS | FAST),
    "XLM-R's class": (xlm_r, MARKS | {"tokenizer_class": "XLMRobertaTokenizer"}),
    "WordPiece": (words, NAMES | FAST),
    "WordPiece, cased": (lambda: words(cased=True), NAMES | FAST),
    "BERT's class": (words, NAMES | {"tokenizer_class": "BertTokenizer"}),
    "whole words": (whole_words, MARKS | FAST),
}


def folder_with(path: Path, config: dict[str, Any]) -> Path:
    folder = tiny_model_folder("llama", path, chat=False)
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


def assert_read_alike(folder: Path, texts: tuple[str, ...] = TEXTS) -> None:
    from transformers import AutoTokenizer

    found = open_tokenizer("small", model_folder(declared("llama"), folder.parent, fetch=True))
    theirs = AutoTokenizer.from_pretrained(folder)
    for text in texts:
        ids = found.encode(text)
        assert ids == theirs(text, add_special_tokens=False)["input_ids"], text
        assert [*found.prefix, *ids, *found.suffix] == theirs(text)["input_ids"], text
        assert found.decode(ids) == theirs.decode(ids, clean_up_tokenization_spaces=False), text


@pytest.mark.parametrize("kind", KINDS)
def test_texts_are_read_as_transformers_reads_them(kind: str, tmp_path: Path):
    make, config = KINDS[kind]
    make().save(str(folder_with(tmp_path, config) / "tokenizer.json"))

    assert_read_alike(tmp_path / "llama")


def vocabulary(folder: Path) -> None:
    """BERT's form before `tokenizer.json`."""
    numbered = sorted(words().get_vocab().items(), key=lambda entry: entry[1])
    (folder / "vocab.txt").write_text("".join(f"{text}\n" for text, _ in numbered))


def merges(folder: Path) -> None:
    """GPT-2's."""
    model = json.loads(tiny_tokenizer().to_str())["model"]
    (folder / "vocab.json").write_text(json.dumps(model["vocab"]))
    lines = (pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"])
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize(
    ("write", "config"),
    [
        (vocabulary, NAMES | {"tokenizer_class": "BertTokenizer"}),
        (merges, CHATML | {"tokenizer_class": "GPT2Tokenizer", "unk_token": "<|endoftext|>"}),
        (merges, CHATML | {"tokenizer_class": "Qwen2Tokenizer"}),
    ],
)
def test_older_forms_are_read_alike(write: Callable[[Path], None], config: dict[str, Any], tmp_path: Path, monkeypatch):
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    folder = folder_with(tmp_path, config)
    write(folder)

    assert_read_alike(folder)
