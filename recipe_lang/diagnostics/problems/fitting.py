"""IFT750 to IFT799: what goes wrong while training."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic

_SHOWN = 8


def loss_not_finite(step: int, what: str, rows: Sequence[str], cause: str, last_good: str | None) -> Diagnostic:
    """`what` is "loss", "gradient" or "validation loss"; `cause` the likeliest one, in words."""
    return Diagnostic(
        "IFT750",
        "error",
        f"the {what} is not a number at step {step} (rows {_some(rows)})",
        help=f"{cause}; {_last_good(last_good)}",
        pointer="/train",
    )


def steps_dropped(step: int, count: int, rows: Sequence[str], cause: str, last_good: str | None) -> Diagnostic:
    return Diagnostic(
        "IFT750",
        "error",
        f"the gradient overflows fp16 in {count} steps in a row, up to step {step} (rows {_some(rows)})",
        help=f"{cause}; {_last_good(last_good)}",
        pointer="/train",
    )


def loss_settled_high(
    step: int, mean: float, steps: int, first: float, rows: Sequence[str], cause: str, last_good: str | None
) -> Diagnostic:
    return Diagnostic(
        "IFT751",
        "error",
        f"the loss does not come back: {mean:.3g} on average over the {steps} steps up to step {step}, "
        f"{first:.3g} at the first (rows {_some(rows)})",
        help=f"{cause}; {_last_good(last_good)}",
        pointer="/train/learning_rate",
    )


def loss_exploded(
    step: int, loss: float, usual: float, rows: Sequence[str], cause: str, last_good: str | None
) -> Diagnostic:
    return Diagnostic(
        "IFT751",
        "error",
        f"the loss explodes: {loss:.3g} at step {step}, {usual:.3g} before (rows {_some(rows)})",
        help=f"{cause}; {_last_good(last_good)}",
        pointer="/train/learning_rate",
    )


def interrupted(step: int, steps: int) -> Diagnostic:
    reached = f"after step {step} of {steps}; a checkpoint is written" if step else f"before the first of {steps} steps"
    return _stopped(reached)


def interrupted_asking(phase: str) -> Diagnostic:
    """`phase`: `base` or `tuned`."""
    reached = {
        "base": "while the untouched model was asked; the tasks that it has answered are kept",
        "tuned": "while the tuned model was asked; its weights are kept",
    }
    return _stopped(reached[phase])


def _stopped(reached: str) -> Diagnostic:
    help = "`ift-run … --resume` goes on from there, to the same bits"
    return Diagnostic("IFT752", "note", f"stopped {reached}", help=help)


def out_of_memory(step: int, length: int, rows: Sequence[str]) -> Diagnostic:
    return Diagnostic(
        "IFT753",
        "error",
        f"out of memory at step {step} with one example of {length} tokens (row {_some(rows)})",
        help="lower `max_length`, or set `gradient_checkpointing = true`, or use an adapter method",
        pointer="/train/max_length",
    )


def out_of_memory_on_a_device(step: int, process: int) -> Diagnostic:
    return Diagnostic(
        "IFT753",
        "error",
        f"out of memory at step {step} on process {process}",
        help="set a smaller `micro_batch`, or `gradient_checkpointing = true`",
        pointer="/train/micro_batch",
    )


def out_of_memory_updating(step: int) -> Diagnostic:
    return Diagnostic(
        "IFT753",
        "error",
        f"out of memory at step {step} in the optimiser's update: its states are made in the first one",
        help="use an adapter method, which trains fewer weights, or `optimizer = adafactor`, whose states are smaller",
        pointer="/train/optimizer",
    )


def model_does_not_fit(model: str, device: str) -> Diagnostic:
    return Diagnostic(
        "IFT753",
        "error",
        f"out of memory while `{model}` is loaded ({device})",
        help="choose a smaller model or `precision = bf16`, or train it with `qlora`",
        pointer=f"/models/{model}",
    )


def out_of_memory_evaluating(task: str, tokens: int) -> Diagnostic:
    """`tokens`: the budget of a batch that held single rows."""
    return Diagnostic(
        "IFT753",
        "error",
        f"out of memory while `{task}` is evaluated row by row, in batches of {tokens} tokens",
        help="lower `max_new_tokens` or the number of exemplars, or evaluate with `precision = bf16`",
        pointer=f"/tasks/{task}",
    )


def damaged_checkpoint(step: int, reason: str, used: int | None) -> Diagnostic:
    """`used` is the step of the checkpoint taken instead; None where there is none."""
    instead = f"going on from step {used}" if used is not None else "there is no other, so training starts at step 1"
    return Diagnostic("IFT754", "warning", f"the checkpoint of step {step} is damaged ({reason}); {instead}")


def changed_recipe(what: str, differences: Sequence[str]) -> Diagnostic:
    """`what`: as "it trains"; `differences` are settings by path, as `train.learning_rate: was 0.0005, is 0.001`."""
    return Diagnostic(
        "IFT755",
        "error",
        f"this run cannot be resumed: what {what} has changed ({'; '.join(differences[:_SHOWN])})",
        help="undo the change, or start anew with `--overwrite` or another `--output`",
    )


def changed_environment(differences: Sequence[str]) -> Diagnostic:
    return Diagnostic(
        "IFT756",
        "warning",
        f"resumed in another environment ({'; '.join(differences)}): results may differ in the last bits",
    )


def packing_leaks(difference: float) -> Diagnostic:
    """`difference`: largest one of logits, as a part of their range."""
    return Diagnostic(
        "IFT758",
        "error",
        f"packed examples see each other in this model: their logits differ by {difference:.2g} of the range",
        help="set `packing = false`: this architecture does not keep packed examples apart",
        pointer="/train/packing",
    )


def package_missing(package: str, setting: str, pointer: str) -> Diagnostic:
    """`package` as pip takes it, with a version where one is asked for."""
    return Diagnostic(
        "IFT759",
        "error",
        f"`{setting}` needs the package `{package}`, which is not installed",
        help=f"pip install {shlex.quote(package)}",
        pointer=pointer,
    )


def cannot_compile(reason: str) -> Diagnostic:
    return Diagnostic(
        "IFT769",
        "error",
        f"the model cannot be compiled on this machine: {reason}",
        help="set `compile = false`, or install a C++ compiler",
        pointer="/train/compile",
    )


def nothing_to_learn(step: int, rows: Sequence[str]) -> Diagnostic:
    return Diagnostic(
        "IFT760",
        "error",
        f"no token of step {step} is trained on (rows {_some(rows)})",
        help="completions are empty or cut off: `ift preview` shows which tokens are labels",
        pointer="/train/data",
    )


def nothing_is_trainable(method: str) -> Diagnostic:
    return Diagnostic(
        "IFT761",
        "error",
        f"method `{method}` leaves no parameter of this model to train",
        help="name layers that the model has in `targets`",
        pointer="/train/method",
    )


def not_distributed(asked: str, got: str) -> Diagnostic:
    return Diagnostic(
        "IFT762",
        "error",
        f"`distribute = {asked}` was asked for, and this machine gives {got}",
        help="`ddp` and `deepspeed` run on any device; `fsdp` needs accelerators",
        pointer="/train/distribute",
    )


def too_few_devices(asked: int, here: int) -> Diagnostic:
    return Diagnostic(
        "IFT762",
        "error",
        f"`devices = {asked}` was asked for, and this machine has {here}",
        help="without `devices` a run takes all that a node has; `nodes` counts the machines",
        pointer="/train/devices",
    )


def misfits_of_deepspeed(optimizer: str, model: str, precision: str | None, *, compiled: bool) -> list[Diagnostic]:
    """One for each setting that DeepSpeed's engine would make something else of."""
    flat = "`adamw`: DeepSpeed's optimiser works on flat pieces, and others look at the shape of a matrix"
    scaler = "`bf16` or `fp32`: DeepSpeed scales fp16's gradients in a way of its own"
    hooks = "`false`: DeepSpeed gathers and reduces in hooks that a compiled model leaves out"
    refused = [
        (optimizer != "adamw", f"optimizer = {optimizer}", flat, "/train/optimizer"),
        (precision == "fp16", "precision = fp16", scaler, f"/models/{model}/precision"),
        (compiled, "compile = true", hooks, "/train/compile"),
    ]
    return [
        Diagnostic(
            "IFT767",
            "error",
            f"`{setting}` does not go with `distribute = deepspeed`",
            help=reason,
            pointer=pointer,
        )
        for applies, setting, reason, pointer in refused
        if applies
    ]


def not_evaluated_sharded() -> Diagnostic:
    return Diagnostic(
        "IFT768",
        "error",
        "a sharded model cannot be evaluated between steps",
        help="evaluate at `start` and `end`; loss and token accuracy on the validation split are taken all the same",
        pointer="/train/distribute",
    )


NOT_SHARDED = {
    "adafactor": "its states are means over the rows and columns of whole matrices",
    "adamw_8bit": "its states are quantised in blocks of whole tensors",
    "qlora": "4-bit weights are packed into bytes, which are not cut into shards",
}
"""Optimisers and methods, and why no process can hold a part of theirs."""


def not_sharded(setting: str, kind: str) -> Diagnostic:
    """`setting`: "optimizer" or "method"."""
    return Diagnostic(
        "IFT776",
        "error",
        f"`{setting} = {kind}` cannot be sharded: {NOT_SHARDED[kind]}",
        help="use `optimizer = adamw` and `full`, `lora` or `dora` with `fsdp`, or share the work with `ddp`",
        pointer=f"/train/{setting}",
    )


def process_lost(log: str) -> Diagnostic:
    return Diagnostic(
        "IFT763",
        "error",
        "a process of the run was lost, and the others were ended",
        help=f"`{log}` holds its last words; `ift-run … --resume` goes on from the last checkpoint",
    )


def no_rendezvous(nodes: int, address: str, number: str) -> Diagnostic:
    """`address`, `number`: names of environment variables."""
    return Diagnostic(
        "IFT766",
        "error",
        f"the recipe trains on {nodes} nodes, and this one does not know where they meet, or which one it is",
        help=f"on each node set `{address}=HOST:PORT`, an address of the first, and `{number}` from 0 to {nodes - 1}: "
        "`ift launch` prints how",
        pointer="/train/nodes",
    )


def other_run_folder(folder: str) -> Diagnostic:
    return Diagnostic(
        "IFT770",
        "error",
        f"`{folder}` on this node does not hold the plan of the run that the first node has begun",
        help="run the same recipe on all nodes, with a run folder on a file system that they share",
        pointer="/train/nodes",
    )


def other_checkpoints(folder: str, step: int, reason: str) -> Diagnostic:
    return Diagnostic(
        "IFT770",
        "error",
        f"`{folder}` on this node does not hold the checkpoint of step {step} that the first node has: {reason}",
        help="run with a run folder on a file system that all nodes share",
        pointer="/train/nodes",
    )


def tracker_does_not_start(trackers: Sequence[str], reason: str) -> Diagnostic:
    """`reason`: the tracker's own words."""
    return Diagnostic(
        "IFT771",
        "error",
        f"`track = [{', '.join(trackers)}]` does not start: {reason}",
        help="log in with the tracker's own command or variables, or leave it out: `metrics.jsonl` holds the same "
        "lines; `ift-run … --resume` goes on without evaluating anew",
        pointer="/train/track",
    )


def tracker_lost(tracker: str, reason: str) -> Diagnostic:
    """`reason`: the tracker's own words."""
    return Diagnostic(
        "IFT775",
        "warning",
        f"`{tracker}` takes no more figures: {reason}",
        help="the run goes on without it; `metrics.jsonl` and `validation.jsonl` hold the same lines",
        pointer="/train/track",
    )


def never_judged(metric: str, setting: str, steps: int) -> Diagnostic:
    """`setting`: "checkpoint/best" or "early_stop/on"."""
    what = {"checkpoint/best": "which checkpoint is the best", "early_stop/on": "when training stops"}[setting]
    return Diagnostic(
        "IFT764",
        "error",
        f"`{metric}` decides {what}, and is not evaluated in any of the {steps} steps",
        help="evaluate its task in the loop, as `when = [every(1 epoch)]`, on a split that it has",
        pointer=f"/train/{setting}",
    )


def unusable_weights(step: int, reason: str) -> Diagnostic:
    return Diagnostic(
        "IFT765",
        "error",
        f"the weights to keep are those of step {step}, and its checkpoint is damaged ({reason})",
        help="a run anew (`--overwrite`) gives the same weights",
    )


def _some(rows: Sequence[str]) -> str:
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return ", ".join(f"`{row}`" for row in rows[:_SHOWN]) + more


def _last_good(checkpoint: str | None) -> str:
    return f"the last good checkpoint is `{checkpoint}`" if checkpoint else "there is no checkpoint yet"
