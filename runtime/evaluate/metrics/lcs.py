"""Longest common subsequences, as ROUGE-L and ROUGE-Lsum read them, a whole row of the table at a time.

`rouge-score` fills the same table cell by cell in Python, which is nearly all of the time that it takes. Here a row is
one integer (Hyyrö 2004, "Bit-parallel LCS-length computation revisited"): bit j is 0 where the common subsequence with
the first j + 1 tokens is longer than that with the first j. The tests hold both to the same scores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

Tokens = Sequence[str]


def length(first: Tokens, second: Tokens) -> int:
    """Of a longest common subsequence.

    >>> length("the cat sat on the mat".split(), "the cat on a mat".split())  # the cat on mat
    4
    """
    return _at(_rows(first, second)[-1], len(second)) if first and second else 0


def summary_hits(references: Sequence[Tokens], answers: Sequence[Tokens]) -> int:
    """Tokens of the reference's sentences in the union of their longest common subsequences with the answer's, none
    counted more often than it stands on either side (Lin 2004, section 3.2, as ROUGE-1.5.5 does it).

    >>> summary_hits(["a b c d".split()], ["a c".split(), "d b".split()])  # a c, and d or b
    3
    """
    left = Counter(token for sentence in references for token in sentence)
    given = Counter(token for sentence in answers for token in sentence)
    hits = 0
    for sentence in references:
        union = sorted({place for answer in answers for place in places(sentence, answer)})
        for token in (sentence[place] for place in union):
            if left[token] > 0 and given[token] > 0:
                hits += 1
                left[token] -= 1
                given[token] -= 1
    return hits


def places(first: Tokens, second: Tokens) -> list[int]:
    """Where one longest common subsequence stands in `first`: the one that `rouge-score` traces back.

    >>> places("the cat sat on the mat".split(), "the cat on a mat".split())
    [0, 1, 3, 5]
    """
    rows = _rows(first, second)
    i, j, found = len(first), len(second), []
    while i and j:
        if first[i - 1] == second[j - 1]:
            found.append(i - 1)
            i, j = i - 1, j - 1
        elif _at(rows[i], j - 1) > _at(rows[i - 1], j):
            j -= 1
        else:
            i -= 1
    return found[::-1]


def _rows(first: Tokens, second: Tokens) -> list[int]:
    """The table's rows, from no token of `first` to all of them."""
    where: dict[str, int] = {}
    for j, token in enumerate(second):
        where[token] = where.get(token, 0) | 1 << j
    whole = (1 << len(second)) - 1
    rows = [whole]
    for token in first:
        row = rows[-1]
        common = row & where.get(token, 0)
        rows.append(((row + common) | (row - common)) & whole)
    return rows


def _at(row: int, columns: int) -> int:
    """The table's entry: how many of the row's first bits are 0."""
    return columns - (row & ((1 << columns) - 1)).bit_count()
