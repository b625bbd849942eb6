"""Names that belong to a block and are declared inside it: a dataset's columns and splits, a task's metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from recipe_lang.check.task import misfits
from recipe_lang.diagnostics.problems import names as problems

if TYPE_CHECKING:
    from recipe_lang.check.result import Recipe, Report
    from recipe_lang.program.block import Block
    from recipe_lang.program.columns import ColumnType
    from recipe_lang.program.dataset import Dataset
    from recipe_lang.program.evaluate import Evaluate
    from recipe_lang.program.metrics import MetricName
    from recipe_lang.program.split import Split
    from recipe_lang.program.task import Task
    from recipe_lang.program.template import Template
    from recipe_lang.program.train import Train

Path = tuple[str | int, ...]


def dataset_columns(dataset: Dataset, recipe: Recipe, report: Report) -> None:
    named: list[tuple[str, Path]] = [(name, ("unique_by", i)) for i, name in enumerate(dataset.readable("unique_by"))]
    _columns(named, dataset, dataset, recipe, report)


def split_columns(dataset: Dataset, recipe: Recipe, report: Report) -> None:
    split: Any = dataset.split
    if split is None:
        return
    named: list[tuple[str, Path]] = [(n, ("split", "group_by", i)) for i, n in enumerate(split.readable("group_by"))]
    if split.stratify_by is not None:
        named.append((split.stratify_by, ("split", "stratify_by")))
    if split.by.kind == "hash":
        named.append((split.by.column, ("split", "by", "column")))
    _columns(named, dataset, dataset, recipe, report)


def dataset_splits(dataset: Dataset, recipe: Recipe, report: Report) -> None:
    """Splits that a split is a part of, and splits of the source."""
    split: Split | None = dataset.split
    if split is None:
        return
    from recipe_lang.program.split import PartOf, SourceSplit

    for name, part in split.parts.items():
        others = [other for other in split.parts if other != name]
        if isinstance(part, PartOf) and part.of not in others:
            place = dataset.place("split", name, "of")
            report(problems.unknown_split(part.of, [dataset.name], others, place))
        elif isinstance(part, SourceSplit) and isinstance(dataset.source, dict) and part.name not in dataset.source:
            report(
                problems.unknown_split(part.name, [dataset.name], list(dataset.source), dataset.place("split", name))
            )


def template_columns(template: Template, recipe: Recipe, report: Report) -> None:
    named: list[tuple[str, Path]] = [
        (name, (setting,))
        for setting in ("messages", "tools", "chat_variables")
        if (name := getattr(template, setting)) is not None
    ]
    owner = recipe.asked(template)
    _columns(named, owner, template, recipe, report)
    messages = template.messages
    type_ = (recipe.columns(owner) or {}).get(messages or "")
    if messages is not None and type_ is not None and type_.kind != "messages":
        report(problems.no_conversation(messages, type_.kind, template.place("messages")))
    variables = template.chat_variables
    type_ = (recipe.columns(owner) or {}).get(variables or "")
    if variables is not None and type_ is not None and not holds_variables(type_):
        report(problems.no_variables(variables, type_.kind, template.place("chat_variables")))


def holds_variables(type_: ColumnType) -> bool:
    """Whether the values of a column may be names with values: objects, or JSON text."""
    inner = type_.item if type_.kind == "optional" else type_
    return inner.kind in ("record", "map", "text")


def task_columns(task: Task, recipe: Recipe, report: Report) -> None:
    from recipe_lang.program.task import Cut

    named: list[tuple[str, Path]] = [(name, ("slices", i)) for i, name in enumerate(task.readable("slices"))]
    named += [(name, ("few_shot", "same", i)) for i, name in enumerate(task.few_shot.same)]
    if isinstance(task.overlong, Cut):
        named.append((task.overlong.column, ("overlong", "column")))
    _columns(named, recipe.task_dataset(task), task, recipe, report)


def task_pool(task: Task, recipe: Recipe, report: Report) -> None:
    if task.few_shot.written("pool"):
        _split(task.few_shot.pool, [recipe.task_dataset(task)], task, ("few_shot", "pool"), report)
    elif any(task.few_shot.shots) and not _trained(task, recipe):
        _unwritten_pool(task, recipe, task, ("few_shot", "shots"), report)


def evaluate_pool(evaluate: Evaluate, recipe: Recipe, report: Report) -> None:
    """Exemplars that only an evaluation asks for need a split to come from too."""
    for task in recipe.leaves(evaluate.tasks) if evaluate.shots is not None else ():
        if (
            any(recipe.shots(evaluate, task))
            and not task.few_shot.written("pool")
            and not any(task.few_shot.shots)
            and not _trained(task, recipe)
        ):
            _unwritten_pool(task, recipe, evaluate, ("shots",), report)


def _unwritten_pool(task: Task, recipe: Recipe, block: Block, path: Path, report: Report) -> None:
    """`path`: the setting that asks for exemplars."""
    dataset = recipe.task_dataset(task)
    if dataset.split_names is not None and task.few_shot.pool not in dataset.split_names:
        report(problems.no_pool(task.few_shot.pool, task.name, dataset.name, dataset.split_names, block.place(*path)))


def _trained(task: Task, recipe: Recipe) -> bool:
    """Of a trained task it is said elsewhere that its data has no split `train`, which is the usual pool too."""
    return recipe.train is not None and task in recipe.leaves([recipe.train.data])


def evaluate_split(evaluate: Evaluate, recipe: Recipe, report: Report) -> None:
    if evaluate.split is not None:
        datasets = [recipe.task_dataset(task) for task in recipe.leaves(evaluate.tasks)]
        _split(evaluate.split, datasets, evaluate, ("split",), report)


def evaluate_metrics(evaluate: Evaluate, recipe: Recipe, report: Report) -> None:
    for requirement in evaluate.readable("require"):
        metric_known(requirement, recipe, report)


def train_metrics(train: Train, recipe: Recipe, report: Report) -> None:
    if train.checkpoint.best is not None:
        metric_known(train.checkpoint.best, recipe, report)
    if train.early_stop is not None:
        metric_known(train.early_stop.on, recipe, report)


def _columns(
    named: Iterable[tuple[str, Path]], owner: Dataset | Template, block: Block, recipe: Recipe, report: Report
) -> None:
    columns = recipe.columns(owner)
    if columns is None:
        return
    for name, path in named:
        if name not in columns:
            what = f"{owner.block_kind} `{owner.name}`"
            report(problems.unknown_column(name, what, list(columns), block.place(*path)))


def _split(name: str, datasets: list[Dataset], block: Block, path: Path, report: Report) -> None:
    splits = [dataset.split_names for dataset in datasets]
    if None in splits:
        return
    known = list(dict.fromkeys(each for names in splits for each in names or ()))
    if name not in known:
        owners = list(dict.fromkeys(dataset.name for dataset in datasets))
        report(problems.unknown_split(name, owners, known, block.place(*path)))


def metric_known(name: MetricName, recipe: Recipe, report: Report) -> None:
    task = recipe.task(name.task)
    if recipe.metric(name) is None and not misfits(task, recipe):
        known = recipe.metrics(task)
        report(problems.unknown_metric(name.metric or "", name.task, known, name.place))


RULES: dict[str, tuple[Callable[..., None], ...]] = {
    "dataset": (dataset_columns, split_columns, dataset_splits),
    "template": (template_columns,),
    "task": (task_columns, task_pool),
    "evaluate": (evaluate_split, evaluate_pool, evaluate_metrics),
    "train": (train_metrics,),
}
