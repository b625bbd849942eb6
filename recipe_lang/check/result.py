"""What a check gives: the recipe as typed blocks, and the diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.program.block import Block, Unresolved
from recipe_lang.program.metrics import DEFAULTS
from recipe_lang.program.reach import Group, TooManyWays, for_task, leaves
from recipe_lang.source import Source

if TYPE_CHECKING:
    from recipe_lang.program.columns import ColumnType
    from recipe_lang.program.dataset import Dataset
    from recipe_lang.program.evaluate import Evaluate
    from recipe_lang.program.facts import ModelFacts
    from recipe_lang.program.lock import Lock
    from recipe_lang.program.metrics import MetricName
    from recipe_lang.program.mixture import Mixture
    from recipe_lang.program.model import LanguageModel
    from recipe_lang.program.recipe import Recipe as Header
    from recipe_lang.program.suite import Suite
    from recipe_lang.program.task import Task
    from recipe_lang.program.template import Template
    from recipe_lang.program.train import Train

Found = TypeVar("Found")

Report = Callable[[Diagnostic], None]
"""Takes what is wrong."""


@dataclass(eq=False)
class Recipe:
    """The blocks of a file and of everything imported that they name, with all overrides made.

    What could not be read is absent: looking it up, or an attribute of it, raises `Unresolved`.
    """

    folder: Path
    """The main file's; paths in values are relative to it."""
    source: Source
    """The main file."""
    lock: Lock | None = None
    """What the outside world held when the recipe was locked."""
    blocks: dict[str, dict[str, Block]] = field(default_factory=dict)
    """Kind → qualified name → block, in the order of the text, imported ones last; without a name the key is empty."""
    unknown_kinds: bool = False
    """Whether blocks are left out whose kind is not one of the language's."""
    unnamed: set[str] = field(default_factory=set)
    """Kinds of blocks of which one is wanted and none is named: any of them may be meant."""
    label: str = ""
    """The combination of a sweep, `rank=4`; fit to name a folder."""
    _found: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @property
    def header(self) -> Header | None:
        """The `recipe` block; None in a library."""
        return next(iter(self.blocks.get("recipe", {}).values()), None)  # type: ignore[return-value]

    @property
    def train(self) -> Train | None:
        return self.blocks["train"].get("") if self.has("train") else None  # type: ignore[return-value]

    @property
    def evaluations(self) -> list[Evaluate]:
        return list(self.blocks.get("evaluate", {}).values())  # type: ignore[arg-type]

    def has(self, kind: str) -> bool:
        """Whether there is a block of a kind; `Unresolved` where one of an unknown kind may be it."""
        if not self.blocks.get(kind) and self.unknown_kinds:
            raise Unresolved(kind)
        return bool(self.blocks.get(kind))

    def find(self, kind: str, name: str) -> Block:
        block = self.blocks.get(kind, {}).get(name)
        if block is None:
            raise Unresolved(name)
        return block

    def model(self, name: str) -> LanguageModel:
        return self.find("model", name)  # type: ignore[return-value]

    def dataset(self, name: str) -> Dataset:
        return self.find("dataset", name)  # type: ignore[return-value]

    def template(self, name: str) -> Template:
        return self.find("template", name)  # type: ignore[return-value]

    def task(self, name: str) -> Task:
        return self.find("task", name)  # type: ignore[return-value]

    def mixture(self, name: str) -> Mixture:
        return self.find("mixture", name)  # type: ignore[return-value]

    def suite(self, name: str) -> Suite:
        return self.find("suite", name)  # type: ignore[return-value]

    def kind_of(self, name: str) -> str:
        """The kind of a named task, mixture or suite."""
        for kind in ("task", "mixture", "suite"):
            if name in self.blocks.get(kind, {}):
                return kind
        raise Unresolved(name)

    def leaves(self, names: Sequence[str]) -> list[Task]:
        """The tasks that tasks, mixtures (with what they replay) and suites come down to, each once."""
        try:
            return [self.task(name) for name in leaves(names, self.group)]
        except TooManyWays:
            raise Unresolved(names[0]) from None

    def group(self, name: str) -> Group | None:
        """What a mixture or suite holds; None for a task."""
        kind = self.kind_of(name)
        if kind == "task":
            return None
        if kind == "suite":
            return Group(self.suite(name).tasks, self.suite(name).except_)
        mixture = self.mixture(name)
        return Group(mixture.tasks, mixture.except_, mixture.replay.tasks if mixture.replay else ())

    def shots(self, block: Evaluate, task: Task) -> list[int]:
        """What a block asks the untouched model with, beside the task's own numbers of exemplars."""
        return for_task(block.shots, task.name, lambda name: {each.name for each in self.leaves([name])}) or []

    def once(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """What several rules ask for, found when the first one does. What raises is not kept."""
        if key not in self._found:
            self._found[key] = find()
        return self._found[key]

    def asked(self, template: Template) -> Dataset | Template:
        """What declares the columns that a template reads: its dataset, or itself."""
        return template if template.columns is not None else self.dataset(template.dataset or "")

    def columns(self, owner: Dataset | Template) -> dict[str, ColumnType] | None:
        """Columns by the name that templates use: the declared ones, else the locked ones, else None."""
        if owner.columns is not None:
            return self.once(("columns", owner.name), lambda: owner.column_types)
        locked = self.lock and self.lock.datasets.get(owner.name)
        return locked.columns if locked else None

    def locked_model(self, name: str) -> ModelFacts | None:
        """What the lock says of a model; None where it says nothing."""
        return self.lock.models.get(name) if self.lock else None

    def metrics(self, task: Task) -> list[str]:
        """The spellings of a task's metrics, its main one first; the default ones where none are written."""
        if task.metrics is not None:
            return [metric.spelling for metric in task.metrics]
        choose = task.score == "choose" or self.template(task.templates[0]).choices is not None
        return list(DEFAULTS["choose" if task.score != "generate" and choose else "generate"])

    def metric(self, name: MetricName) -> str | None:
        """The spelling of the metric that a setting names: `bleu` stands for the task's only `bleu(…)`."""
        known = self.metrics(self.task(name.task))
        if name.metric is None or name.metric in known:
            return name.metric or known[0]
        alike = [spelling for spelling in known if spelling.partition("(")[0] == name.metric]
        return alike[0] if len(alike) == 1 else None

    def task_dataset(self, task: Task) -> Dataset:
        """The dataset of a task: its own, else that of its templates."""
        theirs = (self.template(name).dataset for name in task.templates)
        return self.dataset(task.dataset or next(filter(None, theirs), ""))


Rule = Callable[[Block, Recipe, Report], None]
"""Looks at one block in its recipe. It ends quietly where it asks for a value that was misread."""


@dataclass(eq=False)
class Checked:
    """The outcome of a check."""

    recipe: Recipe | None
    """The recipe with the chosen variant and `--set`, without its sweep; None where the file cannot be read."""
    diagnostics: list[Diagnostic]
    """In the order of the files, and within a file in the order of the text."""
    sources: dict[str, Source] = field(default_factory=dict)
    """Every text that was read, by the name that messages show."""
    combinations: list[Recipe] = field(default_factory=list)
    """One recipe for every combination of a sweep; empty without one."""
    best: str | None = None
    """`task.metric`, by which a sweep names its best run."""
