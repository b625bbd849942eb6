"""How examples become a model's input: one layout for each kind of model and of packing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from recipe_lang.program.train import Train
from runtime.models.sizes import size, text_config
from runtime.train.batch import BatchRow, MicroBatch, Sample, causal_batch, causal_length
from runtime.train.cut import Limit
from runtime.train.packing import pack
from runtime.train.seq2seq import pair_batch, pair_length


@dataclass(frozen=True, slots=True)
class Layout:
    shifted: bool
    """Labels are predicted from the token before, so that a first token is never one."""
    length: Callable[[Sample], int]
    """Tokens of a row that the sample takes."""
    rows: Callable[[Sequence[int], Limit], list[list[int]]]
    """Lengths of a step's samples → rows of their positions."""
    batch: Callable[[Sequence[BatchRow]], MicroBatch]
    apart: bool = False
    """A micro-batch is one row without padding, for `runtime.train.attention`."""


def make_layout(config: Any, train: Train, pad: int, *, processes: int = 1, apart: bool = False) -> Layout:
    """`config` is the model's; `pad` a token that fills rows and is never seen; `processes` share a step's rows."""
    if config.is_encoder_decoder:
        start = config.decoder_start_token_id if config.decoder_start_token_id is not None else pad
        return Layout(False, pair_length, one_a_row, partial(pair_batch, pad=pad, start=start))
    if train.packing:
        # As examples are labelled: to the recipe's length, else the model's.
        limit = (
            train.max_length if train.max_length is not None else size(text_config(config), "max_position_embeddings")
        )
        rows = partial(_packed_rows, most=limit, processes=processes)
        return Layout(True, causal_length, rows, partial(causal_batch, pad=pad, packed=True, apart=apart), apart)
    batch = partial(causal_batch, pad=pad, masked=has_experts(config), apart=apart)
    return Layout(True, causal_length, one_a_row, batch, apart)


def has_experts(config: Any) -> bool:
    settings = text_config(config).to_dict()
    return any("experts" in name and type(value) is int and value > 1 for name, value in settings.items())


def one_a_row(lengths: Sequence[int], limit: Limit) -> list[list[int]]:
    return [[position] for position in range(len(lengths))]


def _packed_rows(lengths: Sequence[int], limit: Limit, *, most: int | None, processes: int) -> list[list[int]]:
    """Rows of at most `most` tokens, of what a micro-batch may hold, and of a process's share: none of them is idle
    while another reads a row that holds the whole step."""
    held = limit.area if limit.examples is None else most or max(lengths)
    share = max(*lengths, -(-sum(lengths) // processes)) if processes > 1 else sum(lengths)
    return pack(lengths, min(most or held, held, share))
