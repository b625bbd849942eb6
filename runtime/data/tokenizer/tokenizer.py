"""A model's tokenizer: texts to token numbers and back, through the `tokenizers` library alone."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from os.path import commonprefix
from pathlib import Path
from typing import Any

import tokenizers

from runtime.base.token_names import NAMED, content_of
from runtime.data.tokenizer.chat import ChatTemplate
from runtime.data.tokenizer.control import Written, behind_answer, written_tokens

_EVERY_BYTE = " ".join(
    map(chr, [*range(0x21, 0x800), *range(0x800, 0xD800, 0x800), 0xE000, 0xF000, *range(0x10000, 0x110000, 0x30000)])
)
"""Characters whose UTF-8 has all bytes that it can have, but those below a space."""
GUARD = "\ufdd2"
"""A noncharacter of Unicode: inside a control token it makes plain characters of it, see `Tokenizer.guarded`."""


class Tokenizer:
    """`chat` is None where prompts are plain text; `end_ids` are those that the model's own configs end an answer on.

    Special tokens are those that the tokenizer marks as special and those that its configuration names. Control tokens
    are these and the ones that the chat template writes.
    """

    def __init__(
        self,
        tokenizer_json: Path,
        config: Mapping[str, Any],
        chat_template: str | None = None,
        variables: Mapping[str, Any] | None = None,
        end_ids: Sequence[int] = (),
    ) -> None:
        stored = Path(tokenizer_json).read_bytes()
        self._backend = tokenizers.Tokenizer.from_buffer(stored)
        self._backend.no_padding()
        self._backend.no_truncation()
        self.named = _named_tokens(config)
        self.file_hash = hashlib.sha256(stored).hexdigest()
        """sha256 of `tokenizer.json`: of what cuts texts into tokens."""
        settings = json.dumps([self.named, chat_template, dict(variables or {}), list(end_ids)], sort_keys=True)
        self.hash = hashlib.sha256(stored + settings.encode()).hexdigest()
        """sha256 of all that its tokens and prompts follow from."""
        self.unknown = [token for token in self.named.values() if self._backend.token_to_id(token) is None]
        """Named tokens that `tokenizer.json` does not have."""
        self._backend.add_special_tokens(list(self.named.values()))
        added = self._backend.get_added_tokens_decoder()
        self.special = {token.content: number for number, token in added.items() if token.special}
        """Text → number of every control token."""
        own = [] if self.eos_id is None else [self.eos_id]
        self.end_ids = sorted({*own, *(n for n in end_ids if self._backend.id_to_token(n) is not None)})
        """The end token, and the other tokens that the model's own configs end an answer on."""
        self._special_pattern = _any_of(self.special)
        self._cutting = {token.content for token in added.values() if token.special and _cuts_before(token)}
        self.prefix, self.suffix = self._surrounding()
        self.chat = ChatTemplate(chat_template, self.named, variables or {}) if chat_template else None
        plain = {token.content: number for number, token in added.items() if not token.special}
        written = written_tokens(self.chat, plain) if self.chat else Written()
        self.control = self.special | {text: number for text, number in plain.items() if text in written.all}
        """Text → number of every control token: the special ones, and those that the chat template writes."""
        self._controls = _any_of(self.control)
        self._never_written = _any_of([*self.special, *written.frames])
        self.ends = {token.content for number, token in added.items() if number in self.end_ids}
        """Texts of the tokens that end an answer, the one with which the chat template closes a turn among them."""
        if self.chat is not None and (closed := self.first_stop(behind_answer(self.chat), 0)):
            self.ends.add(closed.group())

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
        return self.encode_batch([text])[0]

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        encoded = [encoding.ids for encoding in self._backend.encode_batch_fast(list(texts), add_special_tokens=False)]
        for place, text in enumerate(texts):
            if GUARD in text:
                encoded[place] = self._encode_guarded(text)
        return encoded

    def encode_alike(self, texts: Sequence[str]) -> list[list[int]]:
        """What `encode_batch` gives. Texts of one chat template begin alike: that part is encoded once, up to a control
        token, where tokenizers cut a text before anything else."""
        common = commonprefix(texts)  # noqa: RUF071  (characters are meant, not paths)
        cut = max((match.start() for match in self.specials(common) if match.group() in self._cutting), default=0)
        if not cut:
            return self.encode_batch(texts)
        head = self.encode(common[:cut])
        return [head + rest for rest in self.encode_batch([text[cut:] for text in texts])]

    @cached_property
    def language(self) -> str | None:
        """The token around a text that says in which language it is: one that has no other name."""
        around, named = {*self.prefix, *self.suffix}, set(self.named.values())
        return next((text for text, number in self.special.items() if number in around and text not in named), None)

    def around(self, language: str | None) -> tuple[list[int], list[int]]:
        """`prefix` and `suffix` of a text in this language; in the tokenizer's own where it is None."""
        if language is None or self.language is None:
            return self.prefix, self.suffix
        own, other = self.special[self.language], self.special[language]
        before, behind = ([other if number == own else number for number in ids] for ids in (self.prefix, self.suffix))
        return before, behind

    def guarded(self, text: str) -> str:
        """The text with every control token in it marked, so that `encode` takes it as plain characters."""
        return _guarded(self._controls, text)

    def guarded_answer(self, text: str) -> str:
        """The same for a text of the assistant's, but for the tokens that an assistant may write."""
        return _guarded(self._never_written, text)

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """The character range of each token."""
        return self._backend.encode(text, add_special_tokens=False).offsets

    def decode(self, ids: Sequence[int], *, skip_special: bool = False) -> str:
        return self._backend.decode(list(ids), skip_special_tokens=skip_special)

    def decode_batch(self, sequences: Sequence[Sequence[int]], *, skip_special: bool = False) -> list[str]:
        return self._backend.decode_batch(list(sequences), skip_special_tokens=skip_special)

    def control_in(self, text: str) -> str | None:
        """The first control token in a text, the longest where two begin at the same place."""
        return _first(self._controls, text)

    def control_in_answer(self, text: str) -> str | None:
        """The same for a text of the assistant's, but for the tokens that an assistant may write."""
        return _first(self._never_written, text)

    def without_special(self, text: str) -> str:
        return self._special_pattern.sub("", text) if self._special_pattern else text

    def first_stop(self, text: str, start: int) -> re.Match[str] | None:
        """What ends an answer whose words end at `start`: the first special token, else the first of the template."""
        controls = self._control_tokens(text, start)
        special = next((match for match in controls if match.group() in self.special), None)
        return special or next(iter(controls), None)

    def last_stop(self, text: str, closing: int) -> re.Match[str] | None:
        """What ends a turn whose last words end at `closing`: what ends answers, else the last special token."""
        controls = self._control_tokens(text, closing)
        end = next((match for match in controls if match.group() in self.ends), None)
        return end or next((match for match in reversed(controls) if match.group() in self.special), None)

    def closing(self, text: str) -> int:
        """Where the control tokens and the white space at a text's end begin."""
        begin = len(text)
        for match in reversed(self._control_tokens(text)):
            if text[match.end() : begin].strip():
                break
            begin = match.start()
        return begin

    def _control_tokens(self, text: str, start: int = 0) -> list[re.Match[str]]:
        return list(self._controls.finditer(text, start)) if self._controls else []

    def specials(self, text: str) -> list[re.Match[str]]:
        return list(self._special_pattern.finditer(text)) if self._special_pattern else []

    def _encode_guarded(self, text: str) -> list[int]:
        """Between control tokens nothing depends on what stands beyond them, so each piece is encoded on its own."""
        ids: list[int] = []
        done = 0
        for match in [*self._control_tokens(text), None]:
            piece = text[done : match.start() if match else len(text)]
            backend = self._as_text if GUARD in piece else self._backend
            ids += backend.encode(piece.replace(GUARD, ""), add_special_tokens=False).ids
            if match:
                ids.append(self.control[match.group()])
                done = match.end()
        return ids

    @cached_property
    def _as_text(self) -> tokenizers.Tokenizer:
        """The same tokenizer, to which control tokens are plain characters."""
        stored = json.loads(self._backend.to_str())
        for token in stored["added_tokens"]:
            token["special"] |= token["content"] in self.control
        backend = tokenizers.Tokenizer.from_str(json.dumps(stored))
        backend.encode_special_tokens = True
        return backend

    @cached_property
    def writes_all(self) -> bool:
        """Whether it has a token for every byte, so that nothing can be lost."""
        return unicodedata.normalize("NFC", _EVERY_BYTE) in unicodedata.normalize(
            "NFC", self.decode(self.encode(_EVERY_BYTE))
        )

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
    """Name → text: `bos_token` and its kin first, then those that only this model has."""
    extra = config.get("extra_special_tokens")
    own = {key: token for key, token in config.items() if key.endswith("_token") and key not in NAMED}
    written = {key: config.get(key) for key in NAMED} | own | (dict(extra) if isinstance(extra, Mapping) else {})
    return {key: text for key, token in written.items() if (text := content_of(token)) is not None}


def _cuts_before(token: tokenizers.AddedToken) -> bool:
    """Whether what stands before the token is the same without it: not the white space that some tokens take along."""
    return not (token.lstrip or token.single_word or token.normalized)


def _first(pattern: re.Pattern[str] | None, text: str) -> str | None:
    match = pattern.search(text) if pattern else None
    return match.group() if match else None


def _guarded(pattern: re.Pattern[str] | None, text: str) -> str:
    return pattern.sub(lambda match: match.group()[0] + GUARD + match.group()[1:], text) if pattern else text


def _any_of(texts: Iterable[str]) -> re.Pattern[str] | None:
    ordered = sorted(texts, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered))) if ordered else None
