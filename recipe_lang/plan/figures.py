"""Figures: everything that the plan shows, computed from a program and its facts."""

from __future__ import annotations

from collections.abc import Collection

from recipe_lang.plan.memory import step_memory, trainable_parameters
from recipe_lang.plan.power import groups_among, smallest_detectable_drop
from recipe_lang.plan.rates import Rated, rate_data
from recipe_lang.plan.spelling import settings
from recipe_lang.plan.steps import Steps, count_steps
from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.facts import Facts, SplitFacts
from recipe_lang.program.figures import (
    DatasetFigures,
    EvaluateFigures,
    Figures,
    MemoryFigures,
    TaskFigures,
    TaskRows,
    TrainFigures,
)
from recipe_lang.program.program import Program
from recipe_lang.program.reach import (
    asked_shots,
    judged_rows_limit,
    judged_split,
    leaf_tasks,
    per_group,
    trained_tasks,
)
from recipe_lang.program.task import Task
from recipe_lang.program.train import Train

NOT_AT_HAND = "data or model are not at hand: rows, tokens, steps and memory are unknown until `ift lock` or `ift-run`"
NO_DATA = "dataset `{}` is not on this machine: its rows are unknown until `ift lock` fetches it"
NO_MODEL = "model `{}`, {}, is not on this machine: tokens, steps and memory are unknown until `ift lock` fetches it"

NO_SIZE = "memory of activations is unknown: the config of model `{}` does not state all sizes that it follows from"

NOT_BY_ROW = "the smallest drop that `retain` can see of `{}` is not known: `{}` is not right or wrong row by row"

IN_BF16 = "memory is that of a device which computes in bf16; one that does not stores and computes in fp32"


def make_figures(program: Program, facts: Facts | None) -> Figures:
    """With `facts` None only what the recipe alone says is filled in; nothing is guessed.

    Where facts lack a model, they lack what its tokenizer counts: there are rows, but no tokens, steps or memory. Where
    they lack data that is trained, there are no steps and no memory either.
    """
    if facts is None:
        tasks = [_task_figures(name, program, None, None, None) for name in program.tasks]
        evaluate = [f for block in program.evaluations for f in _evaluate_figures(block, program, None)]
        return Figures(datasets=[], tasks=tasks, train=None, memory=None, evaluate=evaluate, notes=[NOT_AT_HAND])
    rated = steps = memory = None
    lacking = [name for name in program.models if name not in facts.models]
    absent = [name for name in program.datasets if name not in facts.datasets]
    trained = {program.tasks[task].dataset for task in trained_tasks(program)}
    if program.train and program.train.model not in lacking and trained.isdisjoint(absent):
        rows = {task: _split(facts, task, "train").examples for task in trained_tasks(program)}
        rated = rate_data(program.train.data, program, rows)
        steps = count_steps(program.train, rated.size, _mean_tokens(rated, facts), rated.draws(rows).most)
        memory = _memory_figures(program, program.train, facts, rated)
    notes = [NO_MODEL.format(name, settings(program.models[name])["source",]) for name in lacking]
    notes += [NO_DATA.format(name) for name in absent]
    if memory and memory.total is None:
        notes.append(NO_SIZE.format(program.train.model))
    if memory and program.models[program.train.model].precision is None:
        notes.append(IN_BF16)
    retained = {task for block in program.evaluations for task in block.retain}
    notes += [
        NOT_BY_ROW.format(task, program.tasks[task].metrics[0].spelling)
        for task in program.tasks
        if task in retained and not program.tasks[task].metrics[0].row_by_row
    ]
    return Figures(
        datasets=[_dataset_figures(name, facts) for name in facts.datasets],
        tasks=[_task_figures(name, program, facts, rated, steps) for name in program.tasks],
        train=_train_figures(program, program.train, facts, rated, steps) if rated and steps else None,
        memory=memory,
        evaluate=[f for block in program.evaluations for f in _evaluate_figures(block, program, facts)],
        notes=notes,
    )


def _split(facts: Facts, task: str, split: str) -> SplitFacts:
    return facts.tasks[task][split]


def _mean_tokens(rated: Rated, facts: Facts) -> float:
    mean = 0.0
    for task, share in rated.shares.items():
        split = _split(facts, task, "train")
        mean += share * split.tokens / split.examples if split.examples else 0.0
    return mean


def _draws(rated: Rated, total: int, facts: Facts) -> dict[str, int]:
    draws = rated.draws({task: _split(facts, task, "train").examples for task in rated.shares})
    return dict(zip(rated.shares, draws.among(total), strict=True))


def _dataset_figures(name: str, facts: Facts) -> DatasetFigures:
    return DatasetFigures(name=name, **facts.datasets[name].model_dump(include=set(DatasetFigures.model_fields)))


def _task_figures(
    name: str, program: Program, facts: Facts | None, rated: Rated | None, steps: Steps | None
) -> TaskFigures:
    dataset = program.tasks[name].dataset
    if facts is None or dataset not in facts.datasets:
        known = {"name": name, "dataset": dataset, "rows": TaskRows(**dict.fromkeys(TaskRows.model_fields))}
        return TaskFigures(**dict.fromkeys(TaskFigures.model_fields) | known)
    data, splits = facts.datasets[dataset], facts.tasks[name]
    rows = TaskRows(
        source=data.source,
        kept=sum(data.splits.values()),
        **{split: _rows(name, split, program, facts) for split in ("train", "validation", "test")},
    )
    drawn = rated is not None and steps is not None and name in rated.shares
    train = splits.get("train")
    total = _draws(rated, steps.examples, facts)[name] if drawn else None
    passes = total / train.examples if drawn and train.examples else None
    return TaskFigures(
        name=name,
        dataset=dataset,
        rows=rows,
        rate=rated.rates.get(name) if drawn else None,
        share=rated.shares[name] if drawn else None,
        examples_per_epoch=_draws(rated, rated.size, facts)[name] if drawn else None,
        passes=passes,
        tokens=round(train.tokens * passes) if passes is not None else None,
        loss_tokens=round(train.loss_tokens * passes) if passes is not None else None,
        dropped=sum(split.dropped for split in splits.values()) if splits else None,
        cut=sum(split.cut for split in splits.values()) if splits else None,
    )


def _rows(task: str, split: str, program: Program, facts: Facts) -> int | None:
    """Rows that a task asks; of a task that no tokenizer was at hand for, those of a split that it asks whole."""
    splits = facts.tasks[task]
    if splits:
        return splits[split].rows if split in splits else None
    whole = all(program.templates[name].applies_if is None for name in program.tasks[task].templates)
    return facts.datasets[program.tasks[task].dataset].splits.get(split) if whole else None


def _train_figures(program: Program, train: Train, facts: Facts, rated: Rated, steps: Steps) -> TrainFigures:
    tasks = [_task_figures(name, program, facts, rated, steps) for name in rated.shares]
    devices = train.devices if train.distribute else 1
    accumulation = train.batch // (train.micro_batch * devices) if train.micro_batch and devices else None
    return TrainFigures(
        epochs=steps.epochs,
        steps=steps.steps,
        examples=steps.examples,
        examples_per_epoch=rated.size,
        examples_per_step=train.batch,
        micro_batch=train.micro_batch,
        accumulation=accumulation,
        devices=devices,
        warmup_steps=steps.warmup,
        trainable_parameters=trainable_parameters(train, facts.models[train.model]),
        tokens=sum(task.tokens or 0 for task in tasks),
        loss_tokens=sum(task.loss_tokens or 0 for task in tasks),
    )


def _memory_figures(program: Program, train: Train, facts: Facts, rated: Rated) -> MemoryFigures | None:
    """At the declared micro-batch, else at one example, the least that the run needs."""
    splits = [_split(facts, task, "train") for task in rated.shares]
    longest = max((s.lengths.max for s in splits if s.lengths), default=0)
    labels = max((s.completion_lengths.max for s in splits if s.completion_lengths), default=0)
    return step_memory(
        train,
        program.models[train.model],
        facts.models[train.model],
        micro_batch=train.micro_batch or 1,
        length=longest,
        labels=longest if train.loss_on == "all" else labels,
    )


def _evaluate_figures(block: Evaluate, program: Program, facts: Facts | None) -> list[EvaluateFigures]:
    figures = []
    for task in leaf_tasks(block.tasks, program):
        known = facts.tasks[task] if facts else {}
        for split, phases in evaluated_splits(block, known or split_names(program, task, facts)).items():
            rows = _judged_rows(block, program, task, known[split].examples) if known else None
            groups = _judged_groups(program.tasks[task], rows, known[split]) if known else None
            tested = task in block.retain and program.tasks[task].metrics[0].row_by_row
            figures.append(
                EvaluateFigures(
                    block=block.name,
                    task=task,
                    split=split,
                    phases=phases,
                    shots=asked_shots(block, program, task, base=False),
                    base_shots=asked_shots(block, program, task, base=True) if "base" in phases else None,
                    rows=rows,
                    groups=groups,
                    smallest_drop=smallest_detectable_drop(groups, len(block.retain)) if groups and tested else None,
                )
            )
    return figures


def _judged_rows(block: Evaluate, program: Program, task: str, examples: int) -> int:
    limit = judged_rows_limit(block, program, task)
    return min(examples, limit) if limit is not None else examples


def _judged_groups(task: Task, rows: int, facts: SplitFacts) -> int:
    if per_group(task) and facts.examples:
        return round(facts.groups * rows / facts.examples)
    return groups_among(rows, facts.examples, facts.groups)


def evaluated_splits(block: Evaluate, splits: Collection[str]) -> dict[str, list[str]]:
    """Split → phases, for a task with these splits."""
    found: dict[str, list[str]] = {}
    final = judged_split(block, splits, between=False)
    if final is not None:
        found[final] = ["base"] * block.start + ["tuned"] * block.end
    during = judged_split(block, splits, between=True)
    if block.every and during is not None:
        found.setdefault(during, []).append("step-N")
    return {split: phases for split, phases in found.items() if phases}


def split_names(program: Program, task: str, facts: Facts | None) -> list[str]:
    """The splits that a task's dataset has, as far as program and facts say."""
    name = program.tasks[task].dataset
    if facts is not None and name in facts.datasets:
        return list(facts.datasets[name].splits)
    dataset = program.datasets[name]
    if dataset.split is not None:
        return list(dataset.split.parts)
    if isinstance(dataset.source, dict):
        return list(dataset.source)
    return ["train"]
