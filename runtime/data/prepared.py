"""What preparation gives: tables of tokens, examples, and what training and evaluation ask of both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.program.facts import Facts
from recipe_lang.program.figures import Figures
from recipe_lang.program.program import Program
from recipe_lang.program.reach import trained_tasks, writes
from runtime.data.draws.mixture import Schedule
from runtime.data.labels.labelling import Labelling, Languages, model_of
from runtime.data.splits.select import Selection
from runtime.data.tables.build import BuiltTable
from runtime.data.tables.examples import Examples
from runtime.data.tables.table import TokenTable
from runtime.data.tokenizer.tokenizer import Tokenizer


@dataclass(frozen=True)
class Prepared:
    """Data ready for training and evaluation. Tables are mapped from the cache, examples rendered on demand."""

    facts: Facts
    """Without models: those are measured on their folders."""
    diagnostics: list[Diagnostic]
    """Warnings and notes; errors raise."""
    tokenizers: dict[str, Tokenizer]
    """By model."""
    selections: dict[str, Selection]
    """By data set; without those of a hub that are not on this machine."""
    labellings: dict[str, Labelling]
    """By task."""
    built: dict[str, dict[str, BuiltTable]]
    """By task and split."""
    program: Program

    @cached_property
    def tables(self) -> dict[str, dict[str, TokenTable]]:
        """By task and split."""
        return {name: {split: built.table for split, built in splits.items()} for name, splits in self.built.items()}

    def tokens(self, task: str, split: str) -> TokenTable:
        return self.tables[task][split]

    def examples(self, task: str, split: str, *, shots: int | None = None, draw: int = 0) -> Examples:
        """Aligned with `tokens`: example `i` is that of row `i` of the table.

        `shots`: so many exemplars in place of the task's own, the same ones for the same `draw`; as many as the model's
        context holds beside the answer, since such prompts are never trained.
        """
        labelling = self.labellings[task].on(split)
        if shots is not None:
            room = (self.answer_length(task, split) or 0) if writes(labelling.task) else 0
            labelling = replace(labelling, max_length=None, room=room)
        return Examples(labelling, self.tables[task][split], shots, draw)

    def stop_ids(self, task: str) -> list[int]:
        """The tokens that end an answer: those that examples of this task, and of any other for the same model, were
        trained to end with, the end token, and those that the model's own configs end on. Evaluation stops on exactly
        these, and so does the exported model."""
        model = model_of(self.program, task)
        same = (splits for name, splits in self.built.items() if model_of(self.program, name) == model)
        ends = {token for splits in same for built in splits.values() for token in built.ends}
        return sorted(ends | set(self.tokenizers[model].end_ids))

    def forced(self) -> set[int | None]:
        """The tokens that answers of trained templates are made to begin with; None where there is none."""
        tokenizer = self.tokenizers[self.program.train.model]
        firsts = {spoken.first for spoken in self.languages().values()}
        return {None if first is None else tokenizer.special[first] for first in firsts}

    def languages(self) -> dict[str, Languages]:
        """Of all templates that are trained."""
        tasks = (self.labellings[task] for task in trained_tasks(self.program))
        return {t.name: labelling.languages(t.name) for labelling in tasks for t in labelling.templates}

    def answer_length(self, task: str, split: str) -> int | None:
        """The longest answer in tokens: the task's, else the 99th percentile of its training completions, or of the
        split's own where the task is not trained."""
        return answer_length(self.program, self.facts, task, split)

    def schedule(self, figures: Figures) -> Schedule:
        """What each step of a run draws. `figures` are those computed from `facts`."""
        counts = {task: len(splits["train"]) for task, splits in self.tables.items() if "train" in splits}
        mixture = self.program.mixtures.get(self.program.train.data) if self.program.train else None
        return Schedule(figures, counts, self.program.seed, mixture.when_exhausted if mixture else "repeat")


def answer_length(program: Program, facts: Facts, task: str, split: str) -> int | None:
    """See `Prepared.answer_length`."""
    if (declared := program.tasks[task].generate.max_new_tokens) is not None:
        return declared
    splits = (facts.tasks[task].get(name) for name in ("train", split))
    return next((known.completion_lengths.p99 for known in splits if known and known.completion_lengths), None)
