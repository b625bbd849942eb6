"""The plan and the data of a run, as tables of the report and the model card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from recipe_lang.diagnostics.problems.wording import counted
from recipe_lang.program.course import Step
from recipe_lang.program.dataset import HubSource
from recipe_lang.program.document import Plan
from recipe_lang.program.figures import DatasetFigures, TrainFigures
from recipe_lang.program.methods import QLora
from recipe_lang.program.model import HubModel, LanguageModel, PathModel, WheelModel
from recipe_lang.program.reach import deciding_metric
from recipe_lang.program.results import Results, Spoken


def model_source(model: LanguageModel) -> str:
    """Where a model's weights come from, in the words of the recipe."""
    source = model.source
    if isinstance(source, HubModel):
        return f"{source.name} at {source.revision}" if source.revision else source.name
    if isinstance(source, WheelModel):
        return f"{source.requirement}, file {source.file}"
    if isinstance(source, PathModel):
        return source.path
    return f"random weights from {source.config}"


class Described(NamedTuple):
    """A data set."""

    name: str
    source: str
    license: str
    citation: str | None
    figures: DatasetFigures | None


def datasets(plan: Plan) -> list[Described]:
    counts = {figures.name: figures for figures in plan.figures.datasets}
    return [
        Described(name, _data_source(data.source), data.license or "not stated", data.citation, counts.get(name))
        for name, data in plan.program.datasets.items()
    ]


def _data_source(source: Any) -> str:
    if isinstance(source, dict):
        return "; ".join(f"{split}: {_data_source(one)}" for split, one in source.items())
    if not isinstance(source, HubSource):
        return ", ".join(source.paths)
    return (
        source.name
        + (f" ({source.config})" if source.config else "")
        + (f" at {source.revision}" if source.revision else "")
    )


def merged_model(plan: Plan, results: Results) -> str | None:
    """What `model-merged/` holds, and what it lost; None where nothing was merged."""
    merged = results.merged
    if merged is None:
        return None
    text = "the adapter merged into its base in fp32"
    if merged.rounding:
        text += f", then cast to {merged.type}, which moves the weights by {merged.rounding:.1e} of their norm"
    quantised = plan.program.train is not None and plan.program.train.method.kind == "qlora"
    return f"{text}; its own weights, not the quantised ones that were judged" if quantised else text


def read_back(results: Results) -> list[str]:
    """A line for each folder that the run saved, and for each template whose languages a reader has to say."""
    found = [
        f"{one.folder}: "
        + ("; ".join(f"OTHERWISE elsewhere: {part.what}, {part.count} of {part.of}" for part in one.unlike) or _ALIKE)
        + f" ({one.rows} texts, {one.asked} answers)"
        for one in results.read_back
    ]
    return found + [_spoken(one) for one in (results.read_back[0].languages if found else ())]


def _spoken(one: Spoken) -> str:
    said = [f"`forced_bos_token_id` of `{one.first}`, given to `generate`"] if one.first else []
    said += [f"`{one.source}` in place of `{one.own}` in the prompt's ids"] if one.source else []
    return f"model: template `{one.template}` needs {' and '.join(said)}"


_ALIKE = "read back by plain transformers as it is here"


def kept_weights(plan: Plan, results: Results, steps: Sequence[Step]) -> str | None:
    """Which step's weights `model/` holds, where a metric decides on it."""
    train, step = plan.program.train, results.tuned_step
    best = train and deciding_metric(train)
    if best is None or step is None:
        return None
    return f"of step {step:,} of {len(steps):,} made, the best by {best}"


def settings(plan: Plan, results: Results, steps: Sequence[Step]) -> list[tuple[str, str]]:
    """What was trained and how, line by line; empty where the recipe only evaluates. `steps`: those that were made."""
    train, figures = plan.program.train, plan.figures.train
    if train is None:
        return []
    kept = {"bits": train.method.bits} if isinstance(train.method, QLora) else {}
    given = train.method.peft_options() | kept
    options = ", ".join(f"{key} = {value}" for key, value in given.items() if value is not None)
    lines = [
        ("model", model_source(plan.program.models[train.model])),
        ("method", f"{train.method.kind}({options})" if options else train.method.kind),
        ("data", train.data),
        ("learning rate", f"{train.learning_rate:g}, {train.schedule.kind}"),
        ("batch", f"{counted(train.batch, 'example')} a step"),
        ("seed", str(plan.program.seed)),
    ]
    if figures is not None:
        lines[3:3] = [
            ("duration", _duration(figures, steps)),
            ("tokens", _tokens(figures, steps)),
        ]
        if figures.trainable_parameters is not None:
            lines.insert(2, ("trained parameters", f"{figures.trainable_parameters:,}"))
    if kept := kept_weights(plan, results, steps):
        lines.append(("weights kept", kept))
    return lines


def _duration(figures: TrainFigures, steps: Sequence[Step]) -> str:
    epochs = "1 epoch" if figures.epochs == 1 else f"{figures.epochs:g} epochs"
    planned = f"{epochs}, {counted(figures.steps, 'step')}, {counted(figures.examples, 'example')}"
    return (
        f"{counted(len(steps), 'step')}; planned were {planned}" if steps and len(steps) != figures.steps else planned
    )


def _tokens(figures: TrainFigures, steps: Sequence[Step]) -> str:
    """The plan takes what an epoch has, in parts: which examples part of one draws, only training knows."""
    planned = f"{figures.tokens:,}, of which {figures.loss_tokens:,} bear loss"
    read = sum(line.tokens for line in steps)
    return f"{read:,}; planned were {planned}" if steps and read != figures.tokens else planned
