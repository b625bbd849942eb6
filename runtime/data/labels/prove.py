"""Prove: what is trained, decoded, is the answer and its stop token, and nothing else; and what is read says what the
prompt says.

It reads the very tokens and marks that training reads, for every row as it is built.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from enum import IntEnum

from runtime.data.labels.encode import Encoded
from runtime.data.prompts.exchange import Exchange
from runtime.data.tokenizer.tokenizer import GUARD, Tokenizer

_AROUND = 8
"""Tokens on either side."""


class Verdict(IntEnum):
    """From good to bad."""

    EXACT = 0
    NORMALISED = 1
    """The same text in another Unicode normal form."""
    UNREAD = 2
    """The tokenizer cannot write the prompt: letters of it are gone, or are an unknown token."""
    LOSSY = 3
    """The tokenizer cannot write the answer: its own tokens, decoded, are another text."""
    WRONG = 4
    """What is trained is not the answer."""


def prove(tokenizer: Tokenizer, exchanges: Sequence[Exchange], encoded: Sequence[Encoded]) -> list[tuple[Verdict, str]]:
    """A verdict for each example, its worst turn's, with the text that is trained, or read, there."""
    turns = [
        (number, turn, tokens.ids, span)
        for number, (exchange, tokens) in enumerate(zip(exchanges, encoded, strict=True))
        for turn, span in _spans(exchange, tokens)
    ]
    decoded = tokenizer.decode_batch([ids[start:end] for _, _, ids, (start, end) in turns])
    worst: list[tuple[Verdict, str]] = [(Verdict.EXACT, "")] * len(encoded)
    for (number, turn, ids, span), text in zip(turns, decoded, strict=True):
        verdict = _verdict(tokenizer, turn, ids, span, text)
        if verdict > worst[number][0]:
            worst[number] = verdict, text
    if tokenizer.writes_all:
        return worst
    asked = tokenizer.decode_batch([tokens.ids[: tokens.start] for tokens in encoded])
    for number, (exchange, tokens, text) in enumerate(zip(exchanges, encoded, asked, strict=True)):
        prompt = exchange.prompt.replace(GUARD, "")
        if worst[number][0] < Verdict.UNREAD and prompt not in text and _letters(prompt) not in _letters(text):
            worst[number] = Verdict.UNREAD, _around_loss(tokenizer, prompt, tokens.ids[: tokens.start])
    return worst


def _letters(text: str) -> str:
    """What a reader sees of it: white space, case and form aside, which tokenizers of prompts may change."""
    folded = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    return folded if folded.isprintable() else "".join(filter(str.isprintable, folded))


def _around_loss(tokenizer: Tokenizer, prompt: str, ids: list[int]) -> str:
    """A stretch of what is read, around the first token that the prompt does not say."""
    own = ids[len(tokenizer.prefix) :] if ids[: len(tokenizer.prefix)] == tokenizer.prefix else ids
    lost = next((place for place, token in enumerate(own) if tokenizer.decode([token]).strip() not in prompt), 0)
    return tokenizer.decode(own[max(0, lost - _AROUND) : lost + _AROUND])


def _spans(exchange: Exchange, encoded: Encoded) -> list[tuple[Exchange, tuple[int, int]]]:
    spans = [*encoded.earlier, (encoded.start + encoded.forced, len(encoded.ids))]
    return list(zip((*exchange.earlier, exchange), spans, strict=True))


def _verdict(tokenizer: Tokenizer, exchange: Exchange, ids: list[int], span: tuple[int, int], decoded: str) -> Verdict:
    start, end = span
    expected = exchange.answer.replace(GUARD, "") + exchange.stop
    if decoded == expected and ids[end - 1] == tokenizer.control[exchange.stop]:
        return Verdict.EXACT
    if start >= end - 1 or ids[end - 1] != tokenizer.control[exchange.stop]:
        return Verdict.WRONG
    if _in_context(tokenizer, ids, span) == expected:
        return Verdict.EXACT
    for form in ("NFC", "NFKC"):
        if unicodedata.normalize(form, expected) == unicodedata.normalize(form, decoded):
            return Verdict.NORMALISED
    alone = tokenizer.decode([*tokenizer.encode(exchange.answer), ids[end - 1]])
    # Only the space that some tokenizers put before a text's first word may differ.
    return Verdict.LOSSY if decoded.removeprefix(" ") == alone.removeprefix(" ") else Verdict.WRONG


def _in_context(tokenizer: Tokenizer, ids: list[int], span: tuple[int, int]) -> str:
    """What the trained tokens add to the prompt: decoders cut the first space of a text, not one in its middle."""
    whole, prompt = tokenizer.decode(ids[: span[1]]), tokenizer.decode(ids[: span[0]])
    return whole[len(prompt) :] if whole.startswith(prompt) else whole
