"""What labelling works with: its settings, and examples on their way from row to tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recipe_lang.program.program import Lengths, Task
from runtime.base.seeds import seed
from runtime.data.asked import Asked, ask_encoder, ask_in_chat, ask_in_text
from runtime.data.encode import Encoded, encode_causal, encode_pair
from runtime.data.render import Rendered, RowTemplate
from runtime.data.tokenizer import Tokenizer


@dataclass(frozen=True)
class Labelling:
    """All that labelling a task's rows depends on, the rows aside."""

    name: str
    task: Task
    templates: Sequence[RowTemplate]
    tokenizer: Tokenizer
    pair: bool
    """Sequence to sequence."""
    max_length: int | Lengths | None
    control_as_text: bool
    train_on_all: bool
    """`loss_on = all`: the prompt's tokens are trained too."""
    seed: int
    """The recipe's."""


@dataclass(frozen=True, slots=True)
class Ready:
    """An example before it is encoded."""

    row: int
    row_id: str
    values: dict[str, Any]
    template: int
    rendered: Rendered
    asked: Asked
    flags: int = 0


def templates_for(labelling: Labelling, row_id: str, values: dict[str, Any]) -> list[int]:
    """The places of the templates that ask this row: one drawn by seed among those that apply, or all of them.

    Raises RowProblem.
    """
    places = [place for place, template in enumerate(labelling.templates) if template.applies(row_id, values)]
    if labelling.task.templates_per_row == "all" or len(places) < 2:
        return places
    return [places[seed(labelling.seed, "template", labelling.name, row_id) % len(places)]]


def ask(labelling: Labelling, template: RowTemplate, rendered: Rendered) -> Asked:
    """Raises ChatError, AskedProblem."""
    tokenizer = labelling.tokenizer
    if labelling.pair:
        return ask_encoder(tokenizer, rendered.prompt, rendered.completion)
    if tokenizer.chat is None:
        return ask_in_text(tokenizer, rendered.prompt, template.template.join, rendered.completion)
    system = [{"role": "system", "content": rendered.system}] if rendered.system is not None else []
    return ask_in_chat(tokenizer, [*system, {"role": "user", "content": rendered.prompt}], rendered.completion)


def encode_ready(labelling: Labelling, ready: Sequence[Ready]) -> list[Encoded]:
    encode = encode_pair if labelling.pair else encode_causal
    return encode(labelling.tokenizer, [one.asked for one in ready])


def excess(limit: int | Lengths | None, tokens: Encoded) -> int:
    """Tokens beyond the limit; with a limit a side, those of the prompt, or all where the answer is too long."""
    if limit is None:
        return 0
    if isinstance(limit, int):
        return len(tokens.ids) - limit
    answer = len(tokens.ids) - tokens.start - limit.completion
    return len(tokens.ids) if answer > 0 else tokens.start - limit.prompt
