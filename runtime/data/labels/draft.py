"""Render and ask: a row in the words of its templates, and those as the text that the model reads and is to write."""

from __future__ import annotations

from dataclasses import dataclass, replace

from recipe_lang.jinja.environment import RenderError
from runtime.base.seeds import seed
from runtime.data.labels.labelling import Labelling
from runtime.data.prompts.exchange import (
    Exchange,
    exchange_in_chat,
    exchange_in_conversation,
    exchange_in_pair,
    exchange_in_text,
)
from runtime.data.prompts.exemplars import Shots, in_turns, with_exemplars
from runtime.data.prompts.render import Rendered, RowProblem, RowTemplate
from runtime.data.rows.turn import is_answer
from runtime.data.splits.select import Row


@dataclass(frozen=True, slots=True)
class Draft:
    """An example as text."""

    row: Row
    template: RowTemplate
    rendered: Rendered
    shots: Shots
    exchange: Exchange
    turn: int = 0
    """Of an unrolled conversation: which of its answers, counted from 1."""
    flags: int = 0


def templates_for(labelling: Labelling, row: Row) -> list[RowTemplate]:
    """The templates that ask this row: one drawn by seed among those that apply, or all of them. Raises RowProblem."""
    applying = [template for template in labelling.templates if template.applies(row)]
    if labelling.task.templates_per_row == "all" or len(applying) < 2:
        return applying
    return [applying[seed(labelling.seed, "template", labelling.name, row.id) % len(applying)]]


def answers(template: RowTemplate, row: Row) -> list[tuple[int, Rendered]]:
    """What a row gives to train: itself, or each answer of an unrolled conversation, counted from 1. Raises
    RowProblem."""
    rendered = template.render(row)
    if template.declared.turns != "unrolled" or not rendered.messages:
        return [(0, rendered)]
    unrolled: list[tuple[int, Rendered]] = []
    for place, turn in enumerate(rendered.messages):
        if is_answer(turn):
            text = turn["content"]
            upto = replace(rendered, messages=rendered.messages[: place + 1], completion=text, references=(text,))
            unrolled.append((len(unrolled) + 1, upto))
    return unrolled


def shots_for(labelling: Labelling, row: Row, template: RowTemplate, count: int | None = None, draw: int = 0) -> Shots:
    """The row's exemplars: `count` of them, or as many as the task gives the row. Raises RowProblem."""
    header = _header(labelling, row, template)
    if labelling.pool is None:
        return Shots(header)
    count = labelling.pool.shots(row, template) if count is None else count
    return Shots(header, labelling.pool.pick(row, template, count, draw), count)


def _header(labelling: Labelling, row: Row, template: RowTemplate) -> str | None:
    if labelling.header is None:
        return None
    try:
        return labelling.header.render(row.values, seed=seed(labelling.seed, "pick", template.name, row.id))
    except RenderError as error:
        raise RowProblem("header", error.message) from None


def ask(labelling: Labelling, template: RowTemplate, rendered: Rendered, shots: Shots) -> Exchange:
    """Raises ChatError, ExchangeProblem."""
    tokenizer, few_shot = labelling.tokenizer, labelling.task.few_shot
    if labelling.control_as_text:
        text, answer = tokenizer.guarded, tokenizer.guarded_answer
        shown = answer if few_shot.style == "turns" and tokenizer.chat is not None else text
        rendered, shots = rendered.mapped(text, answer), shots.mapped(text, shown)
    if rendered.messages:
        every = template.declared.turns == "all"
        return exchange_in_conversation(
            tokenizer, rendered.messages, rendered.tools, rendered.variables, every_turn=every
        )
    prompt = with_exemplars(rendered.prompt, shots, template.declared.join, few_shot.separator)
    if labelling.pair:
        return exchange_in_pair(tokenizer, prompt, rendered.completion, *labelling.languages(template.name))
    if tokenizer.chat is None:
        return exchange_in_text(tokenizer, prompt, template.declared.join, rendered.completion)
    system = [{"role": "system", "content": rendered.system}] if rendered.system is not None else []
    alone = [{"role": "user", "content": prompt}]
    turns = in_turns(rendered.prompt, shots, few_shot.separator) if few_shot.style == "turns" else alone
    return exchange_in_chat(tokenizer, [*system, *turns], rendered.completion, rendered.variables)
