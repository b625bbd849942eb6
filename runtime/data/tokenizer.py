"""A model's tokenizer: texts to token numbers and back, through the `tokenizers` library alone."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tokenizers

from runtime.data.chat import ChatTemplate

_NAMED = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")


class Tokenizer:
    """`chat` is None where prompts are plain text.

    Special tokens are those that the tokenizer marks as special and those that its configuration names.
    """

    def __init__(
        self,
        tokenizer_json: Path,
        config: Mapping[str, Any],
        chat_template: str | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        stored = Path(tokenizer_json).read_bytes()
        self._backend = tokenizers.Tokenizer.from_buffer(stored)
        self._backend.no_padding()
        self._backend.no_truncation()
        self.named = _named_tokens(config)
        settings = json.dumps([self.named, chat_template, dict(variables or {})], sort_keys=True)
        self.hash = hashlib.sha256(stored + settings.encode()).hexdigest()
        """sha256 of all that its tokens and prompts follow from."""
        self._backend.add_special_tokens(list(self.named.values()))
        added = self._backend.get_added_tokens_decoder()
        self.special = {token.content: number for number, token in added.items() if token.special}
        """Text → number of every control token."""
        self._special_pattern = _any_of(self.special)
        self.prefix, self.suffix = self._surrounding()
        self.chat = ChatTemplate(chat_template, self.named, variables or {}) if chat_template else None

    @property
    def bos_id(self) -> int | None:
        return self._named_id("bos_token")

    @property
    def eos_id(self) -> int | None:
        return self._named_id("eos_token")

    @property
    def pad_id(self) -> int | None:
        return self._named_id("pad_token")

    @property
    def vocabulary(self) -> int:
        return self._backend.get_vocab_size(with_added_tokens=True)

    def encode(self, text: str) -> list[int]:
        """Nothing is put before or behind the text's own tokens."""
        return self._backend.encode(text, add_special_tokens=False).ids

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        return [encoded.ids for encoded in self._backend.encode_batch_fast(list(texts), add_special_tokens=False)]

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """The character range of each token."""
        return self._backend.encode(text, add_special_tokens=False).offsets

    def decode(self, ids: Sequence[int], *, skip_special: bool = False) -> str:
        return self._backend.decode(list(ids), skip_special_tokens=skip_special)

    def decode_batch(self, sequences: Sequence[Sequence[int]], *, skip_special: bool = False) -> list[str]:
        return self._backend.decode_batch(list(sequences), skip_special_tokens=skip_special)

    def normalise(self, text: str) -> str:
        """What the tokenizer makes of a text before it cuts it."""
        normalizer = self._backend.normalizer
        return normalizer.normalize_str(text) if normalizer is not None else text

    def first_special(self, text: str, start: int = 0) -> re.Match[str] | None:
        """The first control token in a text, longest first where two begin at the same place."""
        return self._special_pattern.search(text, start) if self._special_pattern else None

    def specials(self, text: str) -> list[re.Match[str]]:
        return list(self._special_pattern.finditer(text)) if self._special_pattern else []

    def _named_id(self, name: str) -> int | None:
        return self._backend.token_to_id(self.named[name]) if name in self.named else None

    def _surrounding(self) -> tuple[list[int], list[int]]:
        """The special tokens that the tokenizer itself puts before and behind a text."""
        encoded = self._backend.encode("a", add_special_tokens=True)
        mask = encoded.special_tokens_mask
        first = mask.index(0) if 0 in mask else len(mask)
        behind = len(mask) - mask[::-1].index(0) if 0 in mask else len(mask)
        return encoded.ids[:first], encoded.ids[behind:]


def _named_tokens(config: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for name in _NAMED:
        token = config.get(name)
        token = token.get("content") if isinstance(token, Mapping) else token
        if isinstance(token, str):
            found[name] = token
    extra = config.get("extra_special_tokens")
    return found | ({k: v for k, v in extra.items() if isinstance(v, str)} if isinstance(extra, Mapping) else {})


def _any_of(texts: Mapping[str, int]) -> re.Pattern[str] | None:
    ordered = sorted(texts, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered))) if ordered else None
