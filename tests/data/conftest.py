"""A cache of the test run's own, and small tokenizers of the kinds that models have."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from tests.data.programs import Folder, write_jsonl

# No test depends on how fast the machine is.
hypothesis.settings.register_profile("untimed", deadline=None, max_examples=60)
hypothesis.settings.load_profile("untimed")

SPECIAL = ["<s>", "</s>", "<|im_start|>", "<|im_end|>"]
CORPUS = [
    "The quick brown fox jumps over the lazy dog. What colour is the fox? Brown.",
    "Doctor: How are you feeling today?\nPatient: Terrible. I have the worst headache.\n\nNote: headache.",
    "Question: how many?\nAnswer: 42\n\n  Answer:  yes\n\n\nno no no the the the answer answer answer",
]


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IFT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def byte_level(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """GPT-2's kind: merges over a regular expression's pieces, so that line ends merge with each other."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS * 3, trainer)
    return _saved(tokenizer, tmp_path_factory)


@pytest.fixture(scope="session")
def sentence_piece(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Llama 2's kind: spaces are part of words, the first word gets one, and the decoder cuts it off."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    bytes_ = [f"<0x{number:02X}>" for number in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=700, special_tokens=["<unk>", *SPECIAL, *bytes_], show_progress=False)
    tokenizer.train_from_iterator(CORPUS * 3, trainer)
    stored = json.loads(tokenizer.to_str())
    stored["added_tokens"] = [t for t in stored["added_tokens"] if not t["content"].startswith("<0x")]
    return _saved(Tokenizer.from_str(json.dumps(stored)), tmp_path_factory)


@pytest.fixture(scope="session")
def lossy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """T5's kind: line ends become spaces, braces are unknown, and every text ends with the end token."""
    words = [("<unk>", 0.0), ("▁", -2.0), *((character, -3.0) for character in "abcdefghijklmnopqrstuvwxyz.?:")]
    tokenizer = Tokenizer(models.Unigram(words, unk_id=0))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    return _saved(tokenizer, tmp_path_factory)


def _saved(tokenizer: Tokenizer, factory: pytest.TempPathFactory) -> Path:
    path = factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.save(str(path))
    return path


@pytest.fixture
def rows(tmp_path: Path) -> Callable[[list[dict[str, Any]]], Path]:
    """Writes the rows that a program's data set `data` reads, and gives the recipe's folder."""

    def write(values: list[dict[str, Any]]) -> Path:
        write_jsonl(tmp_path / "data.jsonl", values)
        return tmp_path

    return write


@pytest.fixture
def folders(byte_level: Path) -> dict[str, Folder]:
    from tests.data.chats import CHATML

    return {"small": Folder(byte_level, chat_template=CHATML)}
