"""What can be wrong with training as a whole: steps that never come, batches that do not divide, misfit methods."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from recipe_lang.check.mixture import check_trainable
from recipe_lang.check.model_files import known_model
from recipe_lang.diagnostics.problems import data, evaluation, fitting, settings, store
from recipe_lang.diagnostics.problems import training as problems
from recipe_lang.program.dataset import HubSource
from recipe_lang.program.metrics import ends
from recipe_lang.program.split import SourceSplit

if TYPE_CHECKING:
    from recipe_lang.check.result import Recipe, Report
    from recipe_lang.program.evaluate import Evaluate
    from recipe_lang.program.metrics import MetricName
    from recipe_lang.program.train import Train
    from recipe_lang.program.values import Measure

SANE_RATES = {"full": (1e-7, 1e-3), "adapter": (1e-6, 2e-2), "soft prompt": (1e-4, 1.0)}
"""Learning rates that people get results with, and some room: full tuning 1e-5 to 1e-3 (FLAN-T5, arXiv:2210.11416),
LoRA 1e-4 to 2e-3 (arXiv:2106.09685), soft prompts up to 0.3 (arXiv:2104.08691)."""

SHORTEST_WARMUP = 0.002
"""A smaller share of the steps is hardly a warm-up, and likely a fraction with a sign behind it."""


def check_settings(train: Train, recipe: Recipe, report: Report) -> None:
    for name in ("devices", "nodes"):
        if train.written(name) and train.distribute is None:
            report(settings.without_effect(name, "without `distribute`", train.key_place(name)))


def check_data(train: Train, recipe: Recipe, report: Report) -> None:
    if recipe.kind_of(train.data) == "task":
        check_trainable(train.data, recipe, train.place("data"), report)


def check_published_test(train: Train, recipe: Recipe, report: Report) -> None:
    """A split that a source publishes as its test split is what others report figures on."""
    trained = {(found := recipe.task_dataset(task)).name: found for task in recipe.leaves([train.data])}
    for dataset in trained.values():
        parts = dataset.split.parts if dataset.split is not None else {}
        sources = dataset.source if isinstance(dataset.source, dict) else {None: dataset.source}
        if isinstance(part := parts.get("train"), SourceSplit) and part.name == "test":
            report(data.published_test_trained(dataset.name, dataset.place("split", "train")))
        for name, source in sources.items():
            if name in (None, "train") and isinstance(source, HubSource) and source.split == "test":
                path = ("source", "split") if name is None else ("source", name, "split")
                report(data.published_test_trained(dataset.name, dataset.place(*path)))


def check_rate(train: Train, recipe: Recipe, report: Report) -> None:
    kind = train.method.kind
    family = kind if kind == "full" else "soft prompt" if kind.endswith("_tuning") else "adapter"
    low, high = SANE_RATES[family]
    if not low <= train.learning_rate <= high:
        report(problems.rate_far_out(train.learning_rate, kind, low, high, train.place("learning_rate")))


def check_warmup(train: Train, recipe: Recipe, report: Report) -> None:
    steps = _steps(train)
    if isinstance(train.warmup, int) and steps is not None and train.warmup >= steps:
        label = train.place("duration")
        report(problems.warmup_too_long(train.warmup, steps, label, train.place("warmup")))
    elif isinstance(train.warmup, float) and train.warmup >= 1:
        report(problems.warmup_too_long(None, None, train.place("duration"), train.place("warmup")))
    elif isinstance(train.warmup, float) and 0 < train.warmup < SHORTEST_WARMUP:
        report(settings.fraction_in_percent("warmup", train.warmup, train.place("warmup")))


def check_batch(train: Train, recipe: Recipe, report: Report) -> None:
    """Micro-batch × accumulation × devices is the batch."""
    devices = (train.devices or 1) * train.nodes if train.distribute else 1
    together = (train.micro_batch or 1) * devices
    if train.batch % together:
        last = max(
            (train.place(name) for name in ("batch", "micro_batch", "devices", "nodes") if train.written(name)),
            key=lambda place: place.span,
            default=train.place(),
        )
        report(problems.batch_does_not_divide(train.batch, train.micro_batch, devices, last))


def check_checkpoints(train: Train, recipe: Recipe, report: Report) -> None:
    if train.checkpoint.written("every") and never_fires(train.checkpoint.every, train):
        place = train.place("checkpoint", "every")
        report(problems.checkpoint_never(train.place("duration"), place))


def check_method(train: Train, recipe: Recipe, report: Report) -> None:
    model, method = recipe.model(train.model), train.method.kind
    if method == "full":
        if model.weights == "bf16":
            report(problems.full_in_bf16(train.model, train.place("method"), model.place("weights")))
        if train.merge:
            report(settings.without_effect("merge", "without an adapter", train.key_place("merge")))
    if train.merge and method.endswith("_tuning"):
        report(problems.cannot_merge(method, train.place("merge")))
    if train.packing and method.endswith("_tuning"):
        what = f"with `{method}`, which puts its vectors before a row, not before each example in it"
        report(problems.packing_does_not_fit(what, train.place("packing")))
    for block in recipe.evaluations if method == "qlora" else ():
        if block.model in (None, train.model) and block.precision not in (None, model.precision):
            report(problems.quantised_computes_as_loaded(train.model, block.precision, block.place("precision")))
    if train.gradient_checkpointing and method == "prefix_tuning":
        report(problems.recomputing_drops_the_prefix(train.place("gradient_checkpointing")))


def check_engine(train: Train, recipe: Recipe, report: Report) -> None:
    """What the engine refuses on every machine, said before anything is fetched."""
    kind, model = train.distribute.kind if train.distribute else None, recipe.model(train.model)
    if kind == "deepspeed":
        optimizer, compiled = train.optimizer.kind, train.compile
        for found in fitting.misfits_of_deepspeed(optimizer, train.model, model.precision, compiled=compiled):
            declared = train if found.pointer.startswith("/train/") else model
            report(found.at(declared.place(found.pointer.rpartition("/")[2])))
    sharded = kind == "fsdp" or (kind == "deepspeed" and train.distribute.stage == 3)
    if sharded and any(block.every for block in recipe.evaluations):
        report(fitting.not_evaluated_sharded().at(train.place("distribute")))
    for setting, name in (("optimizer", train.optimizer.kind), ("method", train.method.kind)):
        if kind == "fsdp" and name in fitting.NOT_SHARDED:
            report(fitting.not_sharded(setting, name).at(train.place(setting)))
    if train.new_tokens and train.method.kind not in ("full", "lora", "qlora"):
        refused = store.method_does_not_fit(train.method.kind, train.model, store.NO_NEW_TOKENS)
        report(refused.at(train.place("new_tokens")))


def check_shape(train: Train, recipe: Recipe, report: Report) -> None:
    """Packing, joins and limits of the two architectures."""
    from recipe_lang.program.train import Lengths

    kind = recipe.model(train.model).kind
    if isinstance(train.max_length, Lengths) and kind == "causal":
        report(problems.lengths_do_not_fit("causal", train.place("max_length")))
    if isinstance(train.max_length, int) and kind == "seq2seq":
        report(problems.lengths_do_not_fit("seq2seq", train.place("max_length")))
    paired = kind == "seq2seq" or (kind is None and isinstance(train.max_length, Lengths))
    if paired and train.packing:
        what = f"for model `{train.model}`, an encoder-decoder model"
        report(problems.packing_does_not_fit(what, train.place("packing")))
    if paired and train.loss_on == "all":
        place = train.key_place("loss_on")
        report(settings.without_effect("loss_on", "on an encoder-decoder model, whose prompt is only read", place))
    useless: dict[str, str] = {}
    if paired:
        useless = {"join": "on an encoder-decoder model, which reads prompts and writes answers apart"}
    elif kind == "causal":
        useless = dict.fromkeys(("source_language", "target_language"), "on a model that is no encoder-decoder")
    for name in {name: None for task in recipe.leaves([train.data]) for name in task.templates} if useless else ():
        template = recipe.template(name)
        for setting, reason in useless.items():
            if template.written(setting):
                report(settings.without_effect(setting, reason, template.key_place(setting)))


def check_targets(train: Train, recipe: Recipe, report: Report) -> None:
    """Layers that get an adapter are layers of the model, as its folder or the lock has it."""
    targets = getattr(train.method, "targets", None)
    known = known_model(recipe, train.model) if targets else None
    for index, target in enumerate(targets or ()):
        if known is not None and known.layers is not None and not known.has_layer(target):
            place = train.place("method", "targets", index)
            layers = sorted({layer.rpartition(".")[2] for layer in known.layers})
            report(problems.layer_missing(target, train.model, layers, known.witness, place))


def check_context(train: Train, recipe: Recipe, report: Report) -> None:
    """Examples are no longer than the model's positions. T5 and its kin count distances, and have no end of them."""
    from recipe_lang.program.train import Lengths

    known = known_model(recipe, train.model) if train.max_length is not None else None
    if known is None or known.context is None or "T5" in known.architecture.upper():
        return
    limits: dict[tuple[str, ...], int] = {("max_length",): train.max_length}
    if isinstance(train.max_length, Lengths):
        limits = {("max_length", side): getattr(train.max_length, side) for side in ("prompt", "completion")}
    for path, limit in limits.items():
        if limit > known.context:
            place = train.place(*path)
            report(problems.longer_than_context(limit, train.model, known.context, known.witness, place))


def check_judged(train: Train, recipe: Recipe, report: Report) -> None:
    """`best` and `early_stop` need figures while the run is on."""
    watched: list[tuple[MetricName, tuple[str, ...]]] = []
    if train.checkpoint.best is not None:
        watched.append((train.checkpoint.best, ("checkpoint", "best")))
    if train.early_stop is not None:
        watched.append((train.early_stop.on, ("early_stop", "on")))
    for metric, path in watched:
        if not any(_measures(block, metric.task, train, recipe) for block in recipe.evaluations):
            report(problems.never_judged(metric.task, path[0], _a_few_times(train.duration), train.place(*path)))


def _a_few_times(duration: Measure) -> str:
    """A cadence that a run of this length meets before its end; of tokens it is not known how many steps they are."""
    match duration.unit:
        case "step":
            amount = max(1, int(duration.amount) // 4)
            return f"{amount} step{'s' * (amount != 1)}"
        case "epoch" if duration.amount >= 2:
            return "1 epoch"
        case "epoch" if duration.amount >= 0.1:
            return f"{duration.amount / 4:g} epochs"
    return "1 step"


def check_gain(train: Train, recipe: Recipe, report: Report) -> None:
    """A gain that the metric cannot make would end every run at once."""
    stop = train.early_stop
    metric = recipe.metric(stop.on) if stop is not None else None
    if stop is not None and metric is not None:
        low, high = ends(metric, gain=True)
        if stop.min_gain > high:
            place = train.place("early_stop", "min_gain")
            report(evaluation.out_of_the_metric(f"{metric}.gain", low, high, stop.min_gain, place))


def _measures(block: Evaluate, task: str, train: Train, recipe: Recipe) -> bool:
    """Whether a block measures a task between steps."""
    tasks = {each.name for each in recipe.leaves(block.tasks)}
    return task in tasks and any(not never_fires(every, train) for every in block.every)


def never_fires(every: Measure, train: Train) -> bool:
    """Whether a cadence is longer than the run, where both are counted alike."""
    return every.unit == train.duration.unit and every.amount > train.duration.amount + 1e-9


def _steps(train: Train) -> int | None:
    return math.ceil(train.duration.amount) if train.duration.unit == "step" else None


RULES = (
    check_settings,
    check_data,
    check_published_test,
    check_rate,
    check_warmup,
    check_batch,
    check_checkpoints,
    check_method,
    check_engine,
    check_shape,
    check_targets,
    check_context,
    check_judged,
    check_gain,
)
