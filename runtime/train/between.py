"""What happens between steps: starting, checkpoints, evaluations, the best, and ending."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from accelerate.utils import DistributedType, broadcast_object_list

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.program.course import Timing, Validation
from recipe_lang.program.document import Plan
from recipe_lang.program.inputs import Inputs
from recipe_lang.program.reach import deciding_metric
from recipe_lang.program.results import Evaluation
from runtime.base.records import read_record, write_lines
from runtime.models.environment import describe_environment, differences
from runtime.train import checkpoint
from runtime.train.best import judge
from runtime.train.distribute import any_process, wait_for_all
from runtime.train.guard import check_validation
from runtime.train.interrupt import Interrupt
from runtime.train.record import Record
from runtime.train.resume import check_inputs, check_unchanged
from runtime.train.run import Run, TrainOutcome
from runtime.train.setup import bare_model, compiled, first_limit, release
from runtime.train.state import State
from runtime.train.step import Setup
from runtime.train.tensors import load_optimizer, load_weights, optimizer_tensors, trained_weights
from runtime.train.track import track, track_figures
from runtime.train.validation import validate


def start(run: Run, *, resume: bool) -> State:
    """The state to go on from: the newest whole checkpoint's, else the one before the first step."""
    main = run.setup.accelerator.is_main_process
    if main:
        checkpoint.remove_leftovers(run.folder)
    if not resume:
        return _begin(run)
    found = _newest(run) if main else None
    # Each node sees the folder through its own file system: what they go on from is one process's choice.
    wait_for_all()
    (step,) = broadcast_object_list([found.state.step if found else None])
    if step is None:
        return _begin(run)
    state = _go_on(run, found or _chosen(run, step))
    # Processes on unlike devices may find otherwise, and all have to cut a step in the same way.
    (limit,) = broadcast_object_list([state.limit])
    return state.model_copy(update={"limit": limit})


def _newest(run: Run) -> checkpoint.Checkpoint | None:
    found, damaged = checkpoint.newest(run.folder)
    for warning in damaged:
        run.report(warning)
    checkpoint.set_aside(run.folder, after=found.state.step if found else 0)
    return found


def _chosen(run: Run, step: int) -> checkpoint.Checkpoint:
    """The checkpoint that the main process goes on from. Raises `Stop` (IFT770) where it is not here."""
    found = checkpoint.read(run.folder / f"step-{step}")
    if isinstance(found, str):
        raise Stop(fitting.other_checkpoints(str(run.folder), step, found), exit_code=4)
    return found


def _begin(run: Run) -> State:
    early_stop = run.setup.train.early_stop
    return State(
        limit=first_limit(run.setup),
        patience_left=early_stop.patience if early_stop else None,
        training_hash=run.plan.hashes.training,
        evaluation_hash=run.plan.hashes.evaluation,
        inputs=_inputs(run.plan),
        program=run.plan.program,
        environment=_environment(run.setup),
    )


def _inputs(plan: Plan) -> Inputs | None:
    return plan.facts.inputs if plan.facts else None


def _environment(setup: Setup) -> dict[str, str]:
    accelerator = setup.accelerator
    also = ["deepspeed"] if accelerator.distributed_type == DistributedType.DEEPSPEED else []
    return describe_environment(accelerator.device, setup.precision, processes=accelerator.num_processes, also=also)


def _go_on(run: Run, found: checkpoint.Checkpoint) -> State:
    setup, state = run.setup, found.state
    check_unchanged(run.plan, state.training_hash, state.evaluation_hash, state.program)
    check_inputs(state.inputs, _inputs(run.plan))
    now = _environment(setup)
    if changed := differences(state.environment, now):
        run.report(fitting.changed_environment(changed))
    model = setup.accelerator.unwrap_model(setup.model)
    load_weights(model, found.weights())
    load_optimizer(setup.optimizer.optimizer, model, found.optimizer())
    if state.scaler is not None and setup.accelerator.scaler is not None:
        setup.accelerator.scaler.load_state_dict(state.scaler)
    update = {"environment": now, "evaluation_hash": run.plan.hashes.evaluation}
    if state.evaluation_hash != run.plan.hashes.evaluation:
        # Answers to other questions are not set beside those to come.
        update["evaluations"] = []
    before, train = state.program.train, setup.train
    asked = before.micro_batch == train.micro_batch and before.distribute == train.distribute
    if not asked or state.environment["device"] != now["device"]:
        # What fitted there says nothing here.
        update["limit"] = first_limit(setup)
    return state.model_copy(update=update | {"program": run.plan.program, "inputs": _inputs(run.plan)})


def after_step(run: Run, state: State, interrupt: Interrupt, records: Sequence[Record]) -> State:
    """Records first, checkpoint next, judgement then: a run that is stopped inside an evaluation makes it anew."""
    due = state.step in run.evaluations or state.step in run.validations
    scaler = run.setup.accelerator.scaler
    state = state.model_copy(update={"judged": not due, "scaler": scaler and scaler.state_dict()})
    stopping = any_process(run.setup.accelerator, interrupt.asked)
    if due or stopping or state.step in run.checkpoints:
        for record in records:
            record.sync()
        _save(run, state)
    if stopping:
        raise _interrupted(run, state)
    return judged(run, state, interrupt) if due else state


def judged(run: Run, state: State, interrupt: Interrupt) -> State:
    """The state of a checkpoint after what is due. What a run goes on from comes here at once: to write it anew would
    put the newest checkpoint at risk for nothing."""
    try:
        with interrupt.at_once(when=run.setup.accelerator.num_processes == 1):
            lines = _validate(run, state) if state.step in run.validations else []
            made = _evaluate(run, state.step) if state.step in run.evaluations else []
    except KeyboardInterrupt:
        interrupt.asked = True
    else:
        state = judge(state, made, run.setup.train)
        state = state.model_copy(update={"validations": state.validations + lines})
        if run.setup.accelerator.is_main_process:
            checkpoint.restate(run.folder, state)
            write_lines(run.folder.parent / "validation.jsonl", state.validations)
            _prune(run, state)
    stop_if_asked(run, state, interrupt)
    return state


def stop_if_asked(run: Run, state: State, interrupt: Interrupt) -> None:
    """Ends a run that was interrupted where there is nothing to write."""
    if any_process(run.setup.accelerator, interrupt.asked):
        raise _interrupted(run, state)


def _interrupted(run: Run, state: State) -> Stop:
    return Stop(fitting.interrupted(state.step, run.plan.figures.train.steps), exit_code=130)


def _validate(run: Run, state: State) -> list[Validation]:
    lines = []
    with (
        compiled(run.setup.train),
        run.progress.task("validating", total=sum(map(len, run.held_out.values())), unit="rows") as bar,
    ):
        for task, samples in run.held_out.items():
            line = validate(run.setup, state.step, task, samples, state.limit, bar.advance)
            check_validation(run, state.step, samples, line.loss)
            lines.append(line)
            track(run, line)
            bar.advance(0, loss=line.loss)
    return lines


def _evaluate(run: Run, step: int) -> list[Evaluation]:
    """Made by all processes and summed up by the main one; what it found decides on all."""
    with bare_model(run.setup):
        made = run.on_event(step, run.evaluations[step])
    wait_for_all()
    (made,) = broadcast_object_list([made])
    track_figures(run, step, made)
    return made


def finish(run: Run, state: State) -> TrainOutcome:
    """Puts the weights to keep into the model, and leaves it as it was passed in."""
    if state.best is not None and state.best.step != state.step:
        adopt(run.setup.accelerator.unwrap_model(run.setup.model), run.folder, state.best.step)
    release(run.setup)
    return TrainOutcome(
        steps=state.step,
        tokens=state.tokens,
        seconds=sum(line.seconds for line in read_record(run.folder.parent, "timing.jsonl", Timing)),
        last_loss=state.last_loss,
        best_step=state.best.step if state.best else None,
        best_value=state.best.value if state.best else None,
        stopped_early=state.patience_left == 0 and state.step < run.plan.figures.train.steps,
        evaluations=state.evaluations,
    )


def adopt(model: torch.nn.Module, checkpoints: Path, step: int) -> None:
    """Gives a model (loaded, with its adapter) the weights of a step's checkpoint."""
    kept = checkpoint.read(checkpoints / f"step-{step}")
    if isinstance(kept, str):
        raise Stop(fitting.unusable_weights(step, kept), exit_code=4)
    load_weights(model, kept.weights())


def _save(run: Run, state: State) -> None:
    setup = run.setup
    model = setup.accelerator.unwrap_model(setup.model)
    main = setup.accelerator.is_main_process
    weights = trained_weights(model, keep=main)
    states = optimizer_tensors(setup.optimizer.optimizer, model, keep=main)
    if main:
        checkpoint.write(run.folder, state, weights, states)
        _prune(run, state)
    wait_for_all()


def _prune(run: Run, state: State) -> None:
    """An unjudged checkpoint may be the best, so it never goes before its turn: it is the newest."""
    best = state.best.step if deciding_metric(run.setup.train) and state.best else None
    checkpoint.prune(run.folder, keep=run.setup.train.checkpoint.keep, best=best)
