"""From a checked recipe to its program: references followed, defaults that hang on other blocks filled in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from recipe_lang.program.dataset import Dataset as Dataset
from recipe_lang.program.dataset import HubSource
from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.lock import pinned
from recipe_lang.program.mixture import Mixture, Suite
from recipe_lang.program.model import HubModel, LanguageModel
from recipe_lang.program.program import Program
from recipe_lang.program.task import Task, Template
from recipe_lang.program.train import Train
from recipe_lang.schema.metrics import DEFAULTS, METRICS

if TYPE_CHECKING:
    from recipe_lang.check import Recipe
    from recipe_lang.schema.evaluate import Evaluate as EvaluateBlock
    from recipe_lang.schema.metrics import MetricName

Source = TypeVar("Source")


def build_program(recipe: Recipe) -> Program:
    """The program of a recipe without errors: only what training and evaluation reach."""
    train = _train(recipe) if recipe.train else None
    evaluations = [_evaluation(block, recipe, train) for block in recipe.evaluations]
    reached = _Reached(recipe)
    if train:
        reached.model(train.model)
        reached.data([train.data])
    for evaluation in evaluations:
        reached.model(evaluation.model)
        reached.data([*evaluation.tasks, *evaluation.retain])
    return Program(
        name=recipe.header.name,
        description=recipe.header.description,
        seed=recipe.header.seed,
        models=reached.models,
        datasets=reached.datasets,
        templates=reached.templates,
        tasks=reached.tasks,
        mixtures=reached.mixtures,
        suites=reached.suites,
        train=train,
        evaluations=evaluations,
    )


class _Reached:
    """Collects blocks with everything that they name, in the order of first mention."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.models: dict[str, LanguageModel] = {}
        self.datasets: dict[str, Dataset] = {}
        self.templates: dict[str, Template] = {}
        self.tasks: dict[str, Task] = {}
        self.mixtures: dict[str, Mixture] = {}
        self.suites: dict[str, Suite] = {}

    def model(self, name: str) -> None:
        model = LanguageModel.model_validate(self.recipe.model(name).plain())
        self.models[name] = model.model_copy(update={"source": self._pinned(model.source)})

    def data(self, names: Iterable[str]) -> None:
        """Tasks, mixtures and suites; the checks have made sure that they do not go in circles."""
        for name in names:
            kind = self.recipe.kind_of(name)
            if kind == "task":
                self.task(name)
            elif kind == "mixture" and name not in self.mixtures:
                mixture = Mixture.model_validate(self.recipe.mixture(name).plain())
                self.mixtures[name] = mixture
                self.data([*mixture.tasks, *mixture.except_, *(mixture.replay.tasks if mixture.replay else ())])
            elif kind == "suite" and name not in self.suites:
                suite = Suite.model_validate(self.recipe.suite(name).plain())
                self.suites[name] = suite
                self.data(suite.tasks)

    def task(self, name: str) -> None:
        if name in self.tasks:
            return
        values = self.recipe.task(name).plain()
        for template in values["templates"]:
            self.templates[template] = Template.model_validate(self.recipe.template(template).plain())
        used = [self.templates[template] for template in values["templates"]]
        values["dataset"] = used[0].dataset
        values["score"] = values["score"] or ("choose" if used[0].choices is not None else "generate")
        values["metrics"] = values["metrics"] or [_metric(word) for word in DEFAULTS[values["score"]]]
        self.tasks[name] = Task.model_validate(values)
        dataset = Dataset.model_validate(self.recipe.dataset(values["dataset"]).plain())
        sources = dataset.source
        held = {s: self._pinned(o) for s, o in sources.items()} if isinstance(sources, dict) else self._pinned(sources)
        self.datasets[values["dataset"]] = dataset.model_copy(update={"source": held})

    def _pinned(self, source: Source) -> Source:
        """A hub's branch never moves under a locked recipe."""
        if self.recipe.lock is None or not isinstance(source, HubModel | HubSource):
            return source
        return pinned(source, self.recipe.lock)


def _metric(word: str) -> dict[str, Any]:
    """A metric as if it had been written without options."""
    model = next(model for model in METRICS if word in model.calls)
    return {**model.model_construct().plain(), "name": word, "spelling": word}


def _train(recipe: Recipe) -> Train:
    values = recipe.train.plain()
    if recipe.train.checkpoint.best is not None:
        values["checkpoint"]["best"] = _full_name(recipe.train.checkpoint.best, recipe)
    if recipe.train.early_stop is not None:
        values["early_stop"]["on"] = _full_name(recipe.train.early_stop.on, recipe)
    return Train.model_validate(values)


def _evaluation(block: EvaluateBlock, recipe: Recipe, train: Train | None) -> Evaluate:
    values = block.plain()
    values["model"] = values["model"] or (train.model if train else None)
    for written, requirement in zip(values["require"], block.require, strict=True):
        written["metric"] = recipe.metric(requirement.left)
    return Evaluate.model_validate(values)


def _full_name(name: MetricName, recipe: Recipe) -> str:
    """`task.metric`, with the key that the metric has in `results.json`."""
    return f"{name.task}.{recipe.metric(name)}"
