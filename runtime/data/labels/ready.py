"""What labelling works with: its settings, and examples on their way from row to tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from recipe_lang.jinja.environment import RenderError, Template
from recipe_lang.program.task import Task
from recipe_lang.program.train import Lengths
from runtime.base.seeds import seed
from runtime.data.labels.encode import Encoded, encode_causal, encode_pair
from runtime.data.prompts.asked import Asked, ask_conversation, ask_encoder, ask_in_chat, ask_in_text
from runtime.data.prompts.exemplars import Pool, Shots, in_turns, with_exemplars
from runtime.data.prompts.render import Rendered, RowProblem, RowTemplate
from runtime.data.tokenizer.tokenizer import Tokenizer


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
    """`train.max_length` of a task that is trained; None where nothing but the model's context bounds its rows."""
    context: int | None
    """The longest input that the model has positions for."""
    rooms: Mapping[str, int]
    """Splits that are asked, with the tokens that every answer to their rows may take."""
    control_as_text: bool
    train_on_all: bool
    """`loss_on = all`: the prompt's tokens are trained too."""
    header: Template | None
    """What stands before exemplars, and before the prompt where there are none."""
    pool: Pool | None
    """Where exemplars come from; None where nobody asks for any."""
    seed: int
    """The recipe's."""
    room: int | None = None
    """Of the split at hand, see `rooms`; None where rows are trained and not asked."""

    def on(self, split: str) -> Labelling:
        return replace(self, room=self.rooms.get(split))


@dataclass(frozen=True, slots=True)
class Ready:
    """An example before it is encoded."""

    row: int
    row_id: str
    values: dict[str, Any]
    template: int
    rendered: Rendered
    shots: Shots
    asked: Asked
    turn: int = 0
    """Of an unrolled conversation: which of its answers, counted from 1."""
    flags: int = 0


def templates_for(labelling: Labelling, row_id: str, values: dict[str, Any]) -> list[int]:
    """The places of the templates that ask this row: one drawn by seed among those that apply, or all of them.

    Raises RowProblem.
    """
    places = [place for place, template in enumerate(labelling.templates) if template.applies(row_id, values)]
    if labelling.task.templates_per_row == "all" or len(places) < 2:
        return places
    return [places[seed(labelling.seed, "template", labelling.name, row_id) % len(places)]]


def pick_shots(
    labelling: Labelling, row: int, row_id: str, values: dict[str, Any], number: int, count: int | None, draw: int = 0
) -> Shots:
    """The row's exemplars: `count` of them, or as many as the task gives the row. Raises RowProblem."""
    template = labelling.templates[number]
    header = _header(labelling, template, row_id, values)
    if labelling.pool is None:
        return Shots(header)
    count = labelling.pool.shots(row_id, template.name) if count is None else count
    return Shots(header, labelling.pool.pick(row, row_id, values, template, count, draw), count)


def _header(labelling: Labelling, template: RowTemplate, row_id: str, values: dict[str, Any]) -> str | None:
    if labelling.header is None:
        return None
    try:
        return labelling.header.render(values, seed=seed(labelling.seed, "pick", template.name, row_id))
    except RenderError as error:
        raise RowProblem("header", error.message) from None


def answers(template: RowTemplate, rendered: Rendered) -> list[tuple[int, Rendered]]:
    """What a row's rendering gives to train: itself, or each answer of an unrolled conversation, counted from 1."""
    if template.template.turns != "unrolled" or not rendered.messages:
        return [(0, rendered)]
    found = []
    for place, turn in enumerate(rendered.messages):
        if turn["role"] == "assistant":
            content = turn.get("content") or ""
            upto = rendered.messages[: place + 1]
            found.append((len(found) + 1, replace(rendered, messages=upto, completion=content, references=(content,))))
    return found


def ask(labelling: Labelling, template: RowTemplate, rendered: Rendered, shots: Shots) -> Asked:
    """Raises ChatError, AskedProblem."""
    tokenizer, few_shot = labelling.tokenizer, labelling.task.few_shot
    if labelling.control_as_text:
        rendered, shots = _guarded(tokenizer, rendered), _guarded_shots(tokenizer, shots)
    if rendered.messages:
        every = template.template.turns == "all"
        return ask_conversation(tokenizer, rendered.messages, rendered.tools, every_turn=every)
    prompt = with_exemplars(rendered.prompt, shots, template.template.join, few_shot.separator)
    if labelling.pair:
        return ask_encoder(tokenizer, prompt, rendered.completion)
    if tokenizer.chat is None:
        return ask_in_text(tokenizer, prompt, template.template.join, rendered.completion)
    system = [{"role": "system", "content": rendered.system}] if rendered.system is not None else []
    one = [{"role": "user", "content": prompt}]
    turns = in_turns(rendered.prompt, shots, few_shot.separator) if few_shot.style == "turns" else one
    return ask_in_chat(tokenizer, [*system, *turns], rendered.completion)


def encode_ready(labelling: Labelling, ready: Sequence[Ready]) -> list[Encoded]:
    encode = encode_pair if labelling.pair else encode_causal
    return encode(labelling.tokenizer, [one.asked for one in ready])


def excess(labelling: Labelling, one: Ready, tokens: Encoded) -> int:
    """Tokens beyond what is trained, or beyond the model's context where the row is asked."""
    answer = len(tokens.ids) - tokens.start
    over = beyond(labelling.max_length, tokens.start, answer)
    if labelling.context is None or labelling.room is None:
        return over
    longest = max(answer, labelling.room, _longest_choice(labelling, one, labelling.context - tokens.start))
    sides = Lengths(prompt=labelling.context, completion=labelling.context)
    return max(over, beyond(sides if labelling.pair else labelling.context, tokens.start, longest))


def beyond(limit: int | Lengths | None, prompt: int, answer: int) -> int:
    """With a limit a side, tokens of the prompt beyond it, or all where the answer is too long."""
    if limit is None:
        return 0
    if isinstance(limit, int):
        return prompt + answer - limit
    return prompt + answer if answer > limit.completion else prompt - limit.prompt


def _longest_choice(labelling: Labelling, one: Ready, free: int) -> int:
    """Tokens of the row's longest choice and its stop token; no token is shorter than a byte, so that most rows need
    none of them encoded."""
    choices = one.rendered.choices or ()
    if not choices or max(len(text.encode()) for text in choices) < free:
        return 0
    return max(len(ids) + 1 for ids in labelling.tokenizer.encode_batch(list(choices)))


def _guarded(tokenizer: Tokenizer, rendered: Rendered) -> Rendered:
    return replace(
        rendered,
        prompt=tokenizer.guarded(rendered.prompt),
        completion=tokenizer.guarded(rendered.completion),
        system=tokenizer.guarded(rendered.system) if rendered.system is not None else None,
        messages=_guarded_value(tokenizer, rendered.messages),
        tools=_guarded_value(tokenizer, rendered.tools),
    )


def _guarded_shots(tokenizer: Tokenizer, shots: Shots) -> Shots:
    header = tokenizer.guarded(shots.header) if shots.header is not None else None
    return replace(shots, header=header, exemplars=tuple(_guarded(tokenizer, one) for one in shots.exemplars))


def _guarded_value(tokenizer: Tokenizer, value: Any) -> Any:
    match value:
        case str():
            return tokenizer.guarded(value)
        case list() | tuple():
            return type(value)(_guarded_value(tokenizer, part) for part in value)
        case dict():
            return {tokenizer.guarded(key): _guarded_value(tokenizer, part) for key, part in value.items()}
    return value
