"""The label proof: what is trained, decoded, is the answer and its stop token, and nothing else.

It reads the very tokens and marks that training reads, for every row as it is built.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from enum import Enum

from runtime.data.asked import Asked
from runtime.data.encode import Encoded
from runtime.data.tokenizer import Tokenizer


class Verdict(Enum):
    EXACT = "exact"
    NORMALISED = "normalised"
    """The same text in another Unicode normal form."""
    LOSSY = "lossy"
    """The tokenizer cannot write the answer: its own tokens, decoded, are another text."""
    WRONG = "wrong"
    """What is trained is not the answer."""


def prove(tokenizer: Tokenizer, asked: Sequence[Asked], encoded: Sequence[Encoded]) -> list[tuple[Verdict, str]]:
    """A verdict for each example, with the text that is trained."""
    decoded = tokenizer.decode_batch([e.ids[e.start :] for e in encoded])
    return [
        (_verdict(tokenizer, one, tokens, text), text)
        for one, tokens, text in zip(asked, encoded, decoded, strict=True)
    ]


def _verdict(tokenizer: Tokenizer, asked: Asked, encoded: Encoded, decoded: str) -> Verdict:
    expected = asked.answer + asked.stop
    if decoded == expected:
        return Verdict.EXACT
    if encoded.ids[-1] != tokenizer.special[asked.stop] or encoded.start >= len(encoded.ids) - 1:
        return Verdict.WRONG
    if _in_context(tokenizer, encoded) == expected:
        return Verdict.EXACT
    for form in ("NFC", "NFKC"):
        if unicodedata.normalize(form, expected) == unicodedata.normalize(form, decoded):
            return Verdict.NORMALISED
    alone = tokenizer.decode([*tokenizer.encode(asked.answer), encoded.ids[-1]])
    # Only the space that some tokenizers put before a text's first word may differ.
    return Verdict.LOSSY if decoded.removeprefix(" ") == alone.removeprefix(" ") else Verdict.WRONG


def _in_context(tokenizer: Tokenizer, encoded: Encoded) -> str:
    """What the trained tokens add to the prompt: decoders cut the first space of a text, not one in its middle."""
    whole, prompt = tokenizer.decode(encoded.ids), tokenizer.decode(encoded.ids[: encoded.start])
    return whole[len(prompt) :] if whole.startswith(prompt) else whole
