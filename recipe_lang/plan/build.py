"""From a checked recipe to its program: the blocks that training and evaluation reach, and defaults that hang on other
blocks filled in.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from recipe_lang.program.block import Block
from recipe_lang.program.dataset import HubSource
from recipe_lang.program.lock import pinned
from recipe_lang.program.methods import Lora
from recipe_lang.program.metrics import DEFAULTS, MetricName, metric_of
from recipe_lang.program.model import HubModel
from recipe_lang.program.program import Program

if TYPE_CHECKING:
    from recipe_lang.check import Recipe
    from recipe_lang.program.evaluate import Evaluate
    from recipe_lang.program.task import Task
    from recipe_lang.program.template import Template
    from recipe_lang.program.train import Train

Some = TypeVar("Some")


def build_program(recipe: Recipe) -> Program:
    """The program of a recipe without errors, validated as whoever loads it from a plan does."""
    train = _train(recipe) if recipe.train else None
    evaluations = [_evaluation(block, recipe) for block in recipe.evaluations]
    reached = _Reached(recipe)
    if train:
        reached.model(train.model)
        reached.data([train.data])
    for evaluation in evaluations:
        reached.model(evaluation.model)
        reached.data([*evaluation.tasks, *evaluation.retain])
    header = recipe.header
    program = Program.model_construct(
        name=header.name,
        description=header.description,
        seed=header.seed,
        **reached.parts,
        train=train,
        evaluations=evaluations,
    )
    return Program.model_validate(program.model_dump(by_alias=True))


class _Reached:
    """Collects blocks with everything that they name, in the order of first mention."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.parts: dict[str, dict[str, Block]] = {
            part: {} for part in ("models", "datasets", "templates", "tasks", "mixtures", "suites")
        }

    def model(self, name: str) -> None:
        model = self.recipe.model(name)
        self.parts["models"][name] = model.model_copy(update={"source": self._pinned(model.source)})

    def data(self, names: Iterable[str]) -> None:
        """Tasks, mixtures and suites; the checks have made sure that they do not go in circles."""
        for name in names:
            kind = self.recipe.kind_of(name)
            if name in self.parts[f"{kind}s"]:
                continue
            if kind == "task":
                self.task(name)
            elif kind == "mixture":
                mixture = self.recipe.mixture(name)
                self.parts["mixtures"][name] = mixture
                self.data([*mixture.tasks, *mixture.except_, *(mixture.replay.tasks if mixture.replay else ())])
            else:
                suite = self.recipe.suite(name)
                self.parts["suites"][name] = suite
                self.data([*suite.tasks, *suite.except_])

    def task(self, name: str) -> None:
        task = self.recipe.task(name)
        for template in task.templates:
            self.parts["templates"][template] = _trimmed(self.recipe.template(template))
        dataset = self.recipe.task_dataset(task)
        self.parts["tasks"][name] = _whole(task, self.recipe.template(task.templates[0]), dataset.name)
        sources = dataset.source
        held = {s: self._pinned(o) for s, o in sources.items()} if isinstance(sources, dict) else self._pinned(sources)
        self.parts["datasets"][dataset.name] = dataset.model_copy(update={"source": held})

    def _pinned(self, source: Some) -> Some:
        """A hub's branch never moves under a locked recipe."""
        if self.recipe.lock is None or not isinstance(source, HubModel | HubSource):
            return source
        return pinned(source, self.recipe.lock)


def _trimmed(template: Template) -> Template:
    """Empty lines at both ends are no part of a text; spaces are."""
    texts = {name: getattr(template, name) for name in ("prompt", "completion", "system")}
    return template.model_copy(update={name: text.strip("\n") for name, text in texts.items() if text})


def _whole(task: Task, template: Template, dataset: str) -> Task:
    score = task.score or ("choose" if template.choices is not None else "generate")
    metrics = task.metrics or [metric_of(word) for word in DEFAULTS[score]]
    return task.model_copy(update={"dataset": dataset, "score": score, "metrics": metrics})


def _train(recipe: Recipe) -> Train:
    train = recipe.train
    update: dict[str, Any] = {}
    if isinstance(train.method, Lora):
        update["method"] = train.method.model_copy(update={"alpha": train.method.scale})
    if (best := train.checkpoint.best) is not None:
        update["checkpoint"] = train.checkpoint.model_copy(update={"best": _spelt(best, recipe)})
    if train.early_stop is not None:
        update["early_stop"] = train.early_stop.model_copy(update={"on": _spelt(train.early_stop.on, recipe)})
    return train.model_copy(update=update)


def _evaluation(block: Evaluate, recipe: Recipe) -> Evaluate:
    """`when` in the order of time, so that the order in which it is written is no difference."""
    when = [*["start"] * block.start, *(each for each in block.when if not isinstance(each, str)), *["end"] * block.end]
    return block.model_copy(
        update={
            "name": block.name or None,
            "model": block.model or (recipe.train.model if recipe.train else None),
            "when": when,
            "require": [_spelt(requirement, recipe) for requirement in block.require],
        }
    )


def _spelt(name: Some, recipe: Recipe) -> Some:
    """With the key that the metric has in `results.json`."""
    assert isinstance(name, MetricName)
    return name.model_copy(update={"metric": recipe.metric(name)})
