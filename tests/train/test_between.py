"""Evaluations in the loop, the best checkpoint, early stopping, and the model that is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from recipe_lang.diagnostics.model import Stop
from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.metrics import MetricName
from recipe_lang.program.results import Evaluation
from recipe_lang.program.train import Checkpoint, EarlyStop
from tests.compiled import changed
from tests.evaluate.made import evaluation
from tests.train.small import plan, program, run, settings, tiny_model, weights


def block(every: str = "1 step") -> Evaluate:
    return changed(program(f"evaluate.when = [every({every})]").evaluations[0], tasks=["first"], shots=[0])


def entry(value: float | None, better: str = "more", **changed) -> Evaluation:
    return evaluation({"rouge1": value}, better, **changed)


def kept(best: str, every: str = "1 epoch") -> Checkpoint:
    written = (f"every = {every}", "keep = 1", f"best = {best}")
    return settings(*(f"checkpoint.{setting}" for setting in written)).checkpoint


def early(*written: str) -> EarlyStop:
    return settings(*(f"early_stop.{setting}" for setting in written)).early_stop


class Scores:
    """Evaluations that give these values, and the weights they were given at."""

    def __init__(self, model: torch.nn.Module, values: list[float | None]) -> None:
        self.model, self.values, self.weights, self.steps = model, values, [], []

    def __call__(self, step: int, blocks: list[Evaluate]) -> list[Evaluation]:
        assert not self.model.training
        self.steps.append(step)
        self.weights.append(weights(self.model))
        return [entry(self.values[len(self.steps) - 1])]


def test_model_holds_the_best_weights(tmp_path: Path):
    model = tiny_model()
    scores = Scores(model, [0.1, 0.5, 0.3, 0.2, 0.5, 0.4])

    outcome, _ = run(plan(evaluations=[block()], checkpoint=kept("first.rouge1")), tmp_path, model, on_event=scores)

    assert (outcome.best_step, outcome.best_value) == (2, 0.5)
    assert weights(model) == scores.weights[1]
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["step-2", "step-6"]
    assert len(outcome.evaluations) == 6


def test_early_stop_waits_its_patience_and_keeps_the_best(tmp_path: Path):
    model = tiny_model()
    scores = Scores(model, [0.1, 0.5, 0.505, 0.4])
    stop = early("on = first.rouge1", "patience = 2", "min_gain = 0.01")

    outcome, _ = run(plan(evaluations=[block()], early_stop=stop), tmp_path, model, on_event=scores)

    assert (outcome.steps, outcome.stopped_early, outcome.best_step) == (4, True, 3)
    assert weights(model) == scores.weights[2]


def test_a_gain_of_just_so_much_as_is_asked_for_is_enough(tmp_path: Path):
    """0.6 - 0.55 is 0.0499… in floating point."""
    model = tiny_model()
    scores = Scores(model, [0.5, 0.55, 0.6, 0.65, 0.7, 0.75])
    stop = early("on = first.rouge1", "patience = 1", "min_gain = 0.05")

    outcome, _ = run(plan(evaluations=[block()], early_stop=stop), tmp_path, model, on_event=scores)

    assert (outcome.steps, outcome.stopped_early) == (6, False)


def test_early_stop_and_best_may_watch_two_metrics(tmp_path: Path):
    best, stop = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.5, 0.6, 0.6, 0.6, 0.6, 0.6]
    given = [{"rouge1": b, "exact_match": s} for b, s in zip(best, stop, strict=True)]
    stop = changed(early("on = first", "patience = 2"), on=MetricName(task="first", metric="exact_match"))

    outcome, _ = run(
        plan(evaluations=[block()], checkpoint=kept("first.rouge1"), early_stop=stop),
        tmp_path,
        on_event=lambda step, blocks: [evaluation(given[step - 1])],
    )

    assert (outcome.steps, outcome.stopped_early, outcome.best_step) == (4, True, 4)


def test_patience_that_ends_with_the_run_stops_nothing(tmp_path: Path):
    model = tiny_model()
    scores = Scores(model, [0.1, 0.2, 0.3, 0.5, 0.4, 0.4])
    stop = early("on = first.rouge1", "patience = 2", "min_gain = 0.01")

    outcome, _ = run(plan(evaluations=[block()], early_stop=stop), tmp_path, model, on_event=scores)

    assert (outcome.steps, outcome.stopped_early, outcome.best_step) == (6, False, 4)


def test_less_may_be_better(tmp_path: Path):
    values = iter([3.0, 2.0, 1.0, 4.0, 5.0, 6.0])

    outcome, _ = run(
        plan(evaluations=[block()], checkpoint=kept("first.rouge1")),
        tmp_path,
        on_event=lambda step, blocks: [entry(next(values), "less")],
    )

    assert outcome.best_step == 3


def test_figures_that_are_no_numbers_decide_nothing(tmp_path: Path):
    model = tiny_model()
    scores = Scores(model, [None, 0.5, None, 0.4, None, None])
    stop = early("on = first.rouge1", "patience = 2", "min_gain = 0.01")
    judged = plan(evaluations=[block()], checkpoint=kept("first.rouge1"), early_stop=stop)

    outcome, _ = run(judged, tmp_path, model, on_event=scores)

    assert (outcome.steps, outcome.best_step) == (6, 2)
    assert weights(model) == scores.weights[1]


def test_best_that_is_never_judged_is_refused_before_training(tmp_path: Path):
    rare = block("100 steps")

    with pytest.raises(Stop) as stopped:
        run(plan(evaluations=[rare], checkpoint=kept("first.rouge1")), tmp_path)

    assert stopped.value.diagnostics[0].code == "IFT764"
    assert not (tmp_path / "metrics.jsonl").exists()


def test_early_stop_that_is_never_judged_is_refused_beside_a_best_that_is(tmp_path: Path):
    stop = early("on = second.rouge1", "patience = 2")

    with pytest.raises(Stop) as stopped:
        run(plan(evaluations=[block()], checkpoint=kept("first.rouge1"), early_stop=stop), tmp_path)

    (diagnostic,) = stopped.value.diagnostics
    assert (diagnostic.code, diagnostic.pointer) == ("IFT764", "/train/early_stop/on")


def test_interrupted_evaluation_is_made_anew(tmp_path: Path):
    every = plan(evaluations=[block("3 steps")], checkpoint=kept("first.rouge1"))
    whole, resumed = tiny_model(), tiny_model()
    run(every, tmp_path / "whole", whole, on_event=Scores(whole, [0.5, 0.4]))

    def interrupted(step: int, blocks: list[Evaluate]) -> list[Evaluation]:
        raise KeyboardInterrupt

    with pytest.raises(Stop) as stopped:
        run(every, tmp_path / "parts", tiny_model(), on_event=interrupted)
    scores = Scores(resumed, [0.5, 0.4])
    outcome, _ = run(every, tmp_path / "parts", resumed, on_event=scores, resume=True)

    assert stopped.value.exit_code == 130
    assert scores.steps == [3, 6]
    assert outcome.best_step == 3
    assert weights(whole) == weights(resumed)


def test_evaluation_that_draws_random_numbers_changes_nothing(tmp_path: Path):
    def drawing(step: int, blocks: list[Evaluate]) -> list[Evaluation]:
        torch.rand(step)
        return [entry(0.1)]

    from tests.train.small import with_lora

    quiet, drawn = (with_lora(tiny_model(), dropout=0.3) for _ in range(2))
    run(plan(), tmp_path / "quiet", quiet)
    run(plan(evaluations=[block()]), tmp_path / "drawn", drawn, on_event=drawing)

    assert weights(quiet) == weights(drawn)


def test_model_is_left_as_it_came(tmp_path: Path):
    model = tiny_model()

    run(plan(precision="bf16"), tmp_path, model)

    assert not model.training
    assert model(input_ids=torch.tensor([[1, 2]])).logits.dtype == torch.float32
    assert "forward" not in model.__dict__
    run(plan(), tmp_path / "again", model)
