"""What a task's labelling depends on: put together from the program, and verified against data and model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems import examples, rows
from recipe_lang.diagnostics.problems.evaluation import pool_is_judged
from recipe_lang.diagnostics.problems.templates import misfit_column
from recipe_lang.diagnostics.problems.training import no_language_token, unknown_forced_token
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.jinja.environment import Template as Text
from recipe_lang.jinja.environment import compile_template
from recipe_lang.jinja.types import describe
from recipe_lang.program.columns import Messages, fits
from recipe_lang.program.program import Program
from recipe_lang.program.reach import further_shots, judged_by, judged_splits, leaf_tasks, trained_tasks, writes
from recipe_lang.program.task import Cut, Task
from recipe_lang.program.template import Template
from recipe_lang.program.train import Lengths
from runtime.data.architecture import ModelFolder, answer_positions, context, forced_first, is_pair, longest
from runtime.data.prompts.exemplars import Pool
from runtime.data.prompts.render import RowTemplate
from runtime.data.splits.select import Selection
from runtime.data.tokenizer.tokenizer import Tokenizer


class Languages(NamedTuple):
    source: str | None
    """The token around a prompt that says in which language it is."""
    first: str | None
    """The one that its answer is forced to begin with."""


@dataclass(frozen=True)
class Labelling:
    name: str
    """The task's."""
    task: Task
    selection: Selection
    templates: Sequence[RowTemplate]
    tokenizer: Tokenizer
    pair: bool
    """Sequence to sequence."""
    max_length: int | Lengths | None
    """`train.max_length` of a task that is trained; None where nothing but the model's context bounds its rows."""
    context: int | None
    """The longest input that the model has positions for."""
    answer_context: int | None
    """The longest answer of an encoder-decoder that it has."""
    rooms: Mapping[str, int]
    """Splits that are asked, with the tokens that every answer to their rows may take."""
    control_as_text: bool
    train_on_all: bool
    """`loss_on = all`: the prompt's tokens are trained too."""
    first: str | None
    """The token that the model's own config forces answers to begin with; a template's own goes before."""
    header: Text | None
    """What stands before exemplars, and before the prompt where there are none."""
    pool: Pool | None
    """Where exemplars come from; None where nobody asks for any."""
    seed: int
    """The recipe's."""
    room: int | None = None
    """Of the split at hand, see `rooms`; None where rows are trained and not asked."""

    def languages(self, template: str) -> Languages:
        """Those of the words of this template; none of a model that is no encoder-decoder."""
        declared = next(t.declared for t in self.templates if t.name == template)
        if not self.pair:
            return Languages(None, None)
        return Languages(declared.source_language or self.tokenizer.language, declared.target_language or self.first)

    def forced(self, template: str) -> int | None:
        """The token that answers in the words of this template are forced to begin with."""
        first = self.languages(template).first
        return None if first is None else self.tokenizer.special[first]

    def on(self, split: str) -> Labelling:
        return replace(self, room=self.rooms.get(split))


def model_of(program: Program, task: str) -> str:
    """The model whose tokens a task is labelled in: the trained one, else the one that evaluates the task."""
    if program.train is not None:
        return program.train.model
    blocks = [block for block in program.evaluations if task in leaf_tasks(block.tasks, program)]
    return blocks[0].model if blocks else next(iter(program.models), "")


def make_labelling(
    program: Program, name: str, model: str, folder: ModelFolder, tokenizer: Tokenizer, selection: Selection
) -> Labelling:
    """Raises Stop where settings do not fit what the data or the model turned out to be."""
    task, train = program.tasks[name], program.train
    pair = is_pair(program.models[model], folder)
    diagnostics = [
        *_unknown_columns(program, name, selection),
        *(d for t in task.templates for d in _verify(t, program.templates[t], model, tokenizer, pair, selection)),
    ]
    if diagnostics:
        raise Stop(*diagnostics)
    return Labelling(
        name=name,
        task=task,
        selection=selection,
        templates=[RowTemplate(n, t, program.templates[t], program.seed) for n, t in enumerate(task.templates)],
        tokenizer=tokenizer,
        pair=pair,
        max_length=_trained_length(program, name, folder),
        context=context(folder.config),
        answer_context=answer_positions(folder.config) or context(folder.config),
        rooms=_rooms(program, name, selection),
        control_as_text=program.datasets[task.dataset].control_tokens == "as_text",
        train_on_all=train is not None and train.loss_on == "all",
        first=_forced(folder, tokenizer) if pair else None,
        header=compile_template(task.few_shot.header) if task.few_shot.header is not None else None,
        pool=_pool(program, name, selection),
        seed=program.seed,
    )


def _forced(folder: ModelFolder, tokenizer: Tokenizer) -> str | None:
    """Raises `Stop` (IFT715) where the model's settings force a token that its tokenizer has not."""
    number = forced_first(folder)
    if number is None:
        return None
    token = next((text for text, own in tokenizer.special.items() if own == number), None)
    if token is None:
        raise Stop(unknown_forced_token(number))
    return token


def _trained_length(program: Program, name: str, folder: ModelFolder) -> int | Lengths | None:
    if program.train is None or name not in trained_tasks(program):
        return None
    limit, answer = program.train.max_length, answer_positions(folder.config)
    limit = longest(folder.config) if limit is None else limit
    if answer is None or limit is None:
        return limit
    prompt, completion = (limit.prompt, limit.completion) if isinstance(limit, Lengths) else (limit, limit)
    return Lengths(prompt=prompt, completion=min(completion, answer))


def _rooms(program: Program, name: str, selection: Selection) -> dict[str, int]:
    """A row of the training split is what it is, however long an answer to it may become."""
    task, splits = program.tasks[name], list(selection.splits)
    new = (task.generate.max_new_tokens or 0) if writes(task) else 0
    if name not in trained_tasks(program):
        return dict.fromkeys(splits, new)
    return {split: 0 if split == "train" else new for split in judged_splits(program, name, splits)}


def _verify(
    name: str, template: Template, model: str, tokenizer: Tokenizer, pair: bool, selection: Selection
) -> Iterator[Diagnostic]:
    for setting in ("source_language", "target_language"):
        token = getattr(template, setting)
        if token is not None and not pair:
            yield examples.other_architecture(model, pair, setting, f"/templates/{name}/{setting}")
        elif token is not None and token not in tokenizer.special:
            near = closest(token, list(tokenizer.special))
            yield no_language_token(name, setting, token, model, near)
    if template.source_language is not None and pair and tokenizer.language is None:
        yield no_language_token(name, "source_language", template.source_language, model, None)
    for setting in ("system", "messages", "chat_variables"):
        if getattr(template, setting) is not None and (pair or tokenizer.chat is None):
            yield examples.needs_chat(name, setting, model)
    columns = selection.rows.columns
    for setting in ("messages", "tools", "chat_variables"):
        column = getattr(template, setting)
        if column is not None and column not in columns:
            pointer = f"/templates/{name}/{setting}"
            yield rows.unknown_column(column, selection.name, pointer, closest(column, list(columns)))
    if template.messages in columns and not isinstance(columns[template.messages], Messages):
        yield rows.no_messages(template.messages, selection.name, name)
    for column, wanted in (template.column_types or {}).items():
        if column not in columns or not fits(columns[column], wanted):
            found = describe(columns[column]) if column in columns else None
            pointer = f"/templates/{name}/columns/{column}"
            yield misfit_column(name, column, describe(wanted), selection.name, found, list(columns), pointer)


def _unknown_columns(program: Program, name: str, selection: Selection) -> Iterator[Diagnostic]:
    """Columns that only the data can tell, where the recipe declares none."""
    task = program.tasks[name]
    named = [("slices", column) for column in task.slices]
    named += [("few_shot/same", column) for column in task.few_shot.same]
    named += [("overlong", task.overlong.column)] if isinstance(task.overlong, Cut) else []
    columns = list(selection.rows.columns)
    for setting, column in named:
        if column not in columns:
            pointer = f"/tasks/{name}/{setting}"
            yield rows.unknown_column(column, task.dataset, pointer, closest(column, columns))


def _pool(program: Program, name: str, selection: Selection) -> Pool | None:
    """Exemplars are there for whoever trains or evaluates with them."""
    few_shot = program.tasks[name].few_shot
    evaluated = [block for block in program.evaluations if name in leaf_tasks(block.tasks, program)]
    further = {number for block in evaluated for number in further_shots(block, program, name)}
    if not any(few_shot.shots) and not any(further):
        return None
    if few_shot.pool not in selection.splits:
        near = closest(few_shot.pool, list(selection.splits))
        raise Stop(examples.missing_pool(name, few_shot.pool, list(selection.splits), near))
    for block in evaluated:
        numbers = [*few_shot.shots, *further_shots(block, program, name)]
        if few_shot.pool in judged_by(block, selection.splits) and any(numbers):
            raise Stop(pool_is_judged(name, few_shot.pool, f"/tasks/{name}/few_shot/pool"))
    return Pool(name, few_shot, selection, program.seed)
