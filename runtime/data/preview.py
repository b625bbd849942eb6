"""Examples as the model sees them: what each token says, and whether it is trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np

from recipe_lang.program.reach import judged_split, leaf_tasks, trained_tasks
from runtime.data.labels.example import Flag
from runtime.data.prepared import Prepared
from runtime.data.tokenizer.tokenizer import Tokenizer

_CONTEXT = 8
"""Tokens that are decoded along: what a token says depends on what stands right before it."""
_NOTES = {
    Flag.MERGED: "the tokenizer would merge over the boundary of prompt and answer: the answer is encoded alone",
    Flag.CUT: "cut to fit",
    Flag.FEWER: "fewer exemplars than asked for: the pool has no more, or more would not fit",
    Flag.TRIMMED: "the chat template changes the white space around the answer",
    Flag.NORMALISED: "the tokenizer writes the answer in another Unicode normal form",
    Flag.LOSSY: "the tokenizer cannot write the prompt, or the answer, as it is",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One token, or the few that share a character."""

    text: str
    ids: tuple[int, ...]
    trained: bool


@dataclass(frozen=True)
class Shown:
    """One example."""

    task: str
    split: str
    template: str
    place: str
    """File and row."""
    sides: tuple[tuple[Piece, ...], ...]
    """One sequence; of a sequence-to-sequence model the encoder's input and the labels."""
    notes: tuple[str, ...]
    """What is not as the template wrote it."""

    @property
    def tokens(self) -> int:
        return sum(len(piece.ids) for side in self.sides for piece in side)

    @property
    def trained(self) -> int:
        return sum(len(piece.ids) for side in self.sides for piece in side if piece.trained)


def shown_split(prepared: Prepared, task: str) -> str | None:
    """The split that a task is trained on, else the one that it is judged on, else any; None where it has none."""
    splits = list(prepared.tables.get(task, ()))
    if task in trained_tasks(prepared.program) and "train" in splits:
        return "train"
    blocks = [block for block in prepared.program.evaluations if task in leaf_tasks(block.tasks, prepared.program)]
    judged = (judged_split(block, splits, between=not (block.start or block.end)) for block in blocks)
    return next((split for split in judged if split), next(iter(splits), None))


def show(prepared: Prepared, task: str, split: str, each: int) -> Iterator[Shown]:
    """The first `each` examples of every template, in the table's seeded order. All of them have passed the proof."""
    table, labelling = prepared.tokens(task, split), prepared.labellings[task]
    rows = labelling.selection.rows
    for template in labelling.templates:
        for index in islice(np.flatnonzero(table.templates == template.number).tolist(), each):
            ids, trained = table[index]
            cuts = [0, int(table.starts[index]), len(ids)] if labelling.pair else [0, len(ids)]
            sides = tuple(
                tuple(pieces(labelling.tokenizer, ids[a:b].tolist(), trained[a:b].tolist())) for a, b in pairwise(cuts)
            )
            notes = tuple(words for flag, words in _NOTES.items() if table.flags[index] & flag)
            yield Shown(task, split, template.name, rows.place(int(table.rows[index])), sides, notes)


def pieces(tokenizer: Tokenizer, ids: Sequence[int], trained: Sequence[bool]) -> Iterator[Piece]:
    """The pieces' texts, one after the other, are the decoded whole.

    A piece ends where what its tokens add is what the whole says there; half a character is not.
    """
    whole = tokenizer.decode(ids)
    begin = at = 0
    for end in range(1, len(ids) + 1):
        before = ids[max(0, begin - _CONTEXT) : begin]
        text = tokenizer.decode([*before, *ids[begin:end]])[len(tokenizer.decode(before)) :]
        if end == len(ids):
            text = whole[at:]
        if whole.startswith(text, at) or trained[end] != trained[begin]:
            yield Piece(text, tuple(ids[begin:end]), trained[begin])
            begin, at = end, at + len(text)
