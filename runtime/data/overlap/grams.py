"""Runs of 13 words as numbers: what two texts share when one was copied from the other (Brown et al. 2020, appendix C).

Words are compared after `normalise`, without punctuation; where a script has no spaces, each character is a word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from runtime.data.rows.content import normalise

WORDS = 13
SHORTEST = 6
"""Texts of fewer words say too little to be a copy."""

_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_BASE = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Grams:
    """Aligned arrays: hashes (uint64) of texts and their runs, and the text (its place) that each is of.

    `whole` marks those of whole texts, which are there for every text of `SHORTEST` words or more.
    """

    hashes: np.ndarray
    owner: np.ndarray
    whole: np.ndarray


def grams_of(texts: Sequence[str]) -> Grams:
    """Every run of 13 words of each text, and each text as a whole.

    >>> grams = grams_of(["a b c d e f g h i j k l m n o", "too short"])  # 15 words: as a whole, and three runs of 13
    >>> grams.owner.tolist(), grams.whole.tolist()
    ([0, 0, 0, 0], [True, False, False, False])
    """
    joined, first, counts = _words(texts)
    kept = np.flatnonzero(counts >= SHORTEST)
    starts, ends, prefix = _positions(joined)
    last = first + counts - 1
    runs = [np.arange(f, f + c - WORDS + 1) for f, c in zip(first.tolist(), counts.tolist(), strict=True) if c > WORDS]
    run = np.concatenate([np.zeros(0, np.int64), *runs])
    owner = np.repeat(np.flatnonzero(counts > WORDS), counts[counts > WORDS] - WORDS + 1)
    begin = np.concatenate([starts[first[kept]], starts[run]])
    end = np.concatenate([ends[last[kept]], ends[run + WORDS - 1]])
    whole = np.zeros(len(begin), dtype=bool)
    whole[: len(kept)] = True
    return Grams(_hash(prefix, begin, end), np.concatenate([kept, owner]), whole)


def words_of(text: str) -> list[str]:
    """Of the normalised text, without punctuation.

    >>> words_of("Don't stop: 東京!")
    ['don', 't', 'stop', '東', '京']
    """
    return _WORD.findall(normalise(text))


def _words(texts: Sequence[str]) -> tuple[bytes, np.ndarray, np.ndarray]:
    """All words with a space between them, and of each text its first word's number and how many it has."""
    words_by_text = [words_of(text) for text in texts]
    counts = np.array([len(words) for words in words_by_text], np.int64)
    first = np.cumsum(counts) - counts
    return " ".join(word for words in words_by_text for word in words).encode(), first, counts


def _positions(joined: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Byte ranges of the words, and the running sum of a polynomial over the bytes, modulo 2 ** 64."""
    data = np.frombuffer(joined, np.uint8)
    spaces = np.flatnonzero(data == ord(" "))
    starts = np.concatenate([[0], spaces + 1])
    ends = np.concatenate([spaces, [len(data)]])
    prefix = np.zeros(len(data) + 1, np.uint64)
    np.cumsum(data.astype(np.uint64) * _powers(len(data), _BASE), out=prefix[1:])
    return starts, ends, prefix


def _hash(prefix: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The polynomial of each byte range, moved to the beginning by the inverse of its first power, and mixed."""
    inverse = _powers(len(prefix), pow(_BASE, -1, 2**64))
    value = (prefix[end] - prefix[begin]) * inverse[begin] + (end - begin).astype(np.uint64)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def _powers(count: int, base: int) -> np.ndarray:
    powers = np.full(count, base, np.uint64)
    powers[:1] = 1
    return np.cumprod(powers, dtype=np.uint64)
