"""IFT750 to IFT799: what goes wrong while training."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic, problem
from recipe_lang.diagnostics.problems.wording import quoted

_SHOWN = 8


def loss_not_finite(step: int, what: str, rows: Sequence[str], cause: str, last_good: str | None) -> Diagnostic:
    """`what` is "loss", "gradient" or "validation loss"; `cause` the likeliest one, in words."""
    message = f"the {what} is not a number at step {step} (rows {_some(rows)})"
    return problem("IFT750", message, "/train", f"{cause}; {_last_good(last_good)}")


def steps_dropped(step: int, count: int, rows: Sequence[str], cause: str, last_good: str | None) -> Diagnostic:
    message = f"the gradient overflows fp16 in {count} steps in a row, up to step {step} (rows {_some(rows)})"
    return problem("IFT750", message, "/train", f"{cause}; {_last_good(last_good)}")


def loss_settled_high(
    step: int, mean: float, steps: int, first: float, rows: Sequence[str], cause: str, last_good: str | None
) -> Diagnostic:
    message = (
        f"the loss does not come back: {mean:.3g} on average over the {steps} steps up to step {step}, "
        f"{first:.3g} at the first (rows {_some(rows)})"
    )
    return problem("IFT751", message, "/train/learning_rate", f"{cause}; {_last_good(last_good)}")


def loss_exploded(
    step: int, loss: float, usual: float, rows: Sequence[str], cause: str, last_good: str | None
) -> Diagnostic:
    message = f"the loss explodes: {loss:.3g} at step {step}, {usual:.3g} before (rows {_some(rows)})"
    return problem("IFT751", message, "/train/learning_rate", f"{cause}; {_last_good(last_good)}")


def interrupted(step: int, steps: int) -> Diagnostic:
    reached = f"after step {step} of {steps}; a checkpoint is written" if step else f"before the first of {steps} steps"
    return _stopped(reached)


def interrupted_asking(phase: str) -> Diagnostic:
    """`phase`: `base` or `tuned`."""
    if phase == "base":
        return _stopped("while the untouched model was asked; the tasks that it has answered are kept")
    return _stopped("while the tuned model was asked; its weights are kept")


def _stopped(reached: str) -> Diagnostic:
    help = "`ift-run … --resume` goes on from there, to the same bits"
    return problem("IFT752", f"stopped {reached}", help=help)


def out_of_memory(step: int, length: int, rows: Sequence[str]) -> Diagnostic:
    message = f"out of memory at step {step} with one example of {length} tokens (row {_some(rows)})"
    help = "lower `max_length`, or set `gradient_checkpointing = true`, or use an adapter method"
    return problem("IFT753", message, "/train/max_length", help)


def out_of_memory_on_a_device(step: int, process: int) -> Diagnostic:
    help = "set a smaller `micro_batch`, or `gradient_checkpointing = true`"
    return problem("IFT753", f"out of memory at step {step} on process {process}", "/train/micro_batch", help)


def out_of_memory_updating(step: int) -> Diagnostic:
    message = f"out of memory at step {step} in the optimiser's update: its states are made in the first one"
    help = "use an adapter method, which trains fewer weights, or `optimizer = adafactor`, whose states are smaller"
    return problem("IFT753", message, "/train/optimizer", help)


def model_does_not_fit(model: str, device: str) -> Diagnostic:
    help = "choose a smaller model or `precision = bf16`, or train it with `qlora`"
    return problem("IFT753", f"out of memory while `{model}` is loaded ({device})", f"/models/{model}", help)


def out_of_memory_evaluating(task: str, tokens: int) -> Diagnostic:
    """`tokens`: the budget of a batch that held single rows."""
    message = f"out of memory while `{task}` is evaluated row by row, in batches of {tokens} tokens"
    help = "lower `max_new_tokens` or the number of exemplars, or evaluate with `precision = bf16`"
    return problem("IFT753", message, f"/tasks/{task}", help)


def damaged_checkpoint(step: int, reason: str, used: int | None) -> Diagnostic:
    """`used` is the step of the checkpoint taken instead; None where there is none."""
    instead = f"going on from step {used}" if used is not None else "there is no other, so training starts at step 1"
    return problem("IFT754", f"the checkpoint of step {step} is damaged ({reason}); {instead}")


def record_lost(name: str, lost: int, steps: int) -> Diagnostic:
    """`lost` lines of so many steps that are done."""
    message = f"`{name}` lacks the lines of {lost} of the {steps} steps before this start"
    help = "the weights are those of all steps; what the lines held is gone, and curves have a gap there"
    return problem("IFT786", message, help=help)


def lock_lost(lock: str) -> Diagnostic:
    message = f"`{lock}` is gone from the run: what data and models held at its start cannot be compared"
    return problem(
        "IFT786", message, help="what the checkpoint was made with is compared still; the lock is written anew"
    )


def run_folder_gone(folder: str) -> Diagnostic:
    message = f"the run folder `{folder}` was deleted or moved while the run was going on"
    return problem("IFT787", message, help="start the run again; let nothing clean up folders of runs that go on")


def unusable_file_name(name: str, other: str | None, pointer: str) -> Diagnostic:
    """`other`: the name whose files are the same here; None where the system keeps the name for itself."""
    what = f"differs from `{other}` in case alone, and files here do not" if other else "is no name of a file here"
    return problem("IFT789", f"`{name}` {what}: its predictions could not be kept", pointer, "give it another name")


def changed_recipe(what: str, differences: Sequence[str]) -> Diagnostic:
    """`what`: as "it trains"; `differences` are settings by path, as `train.learning_rate: was 0.0005, is 0.001`."""
    message = f"this run cannot be resumed: what {what} has changed ({'; '.join(differences[:_SHOWN])})"
    return problem("IFT755", message, help="undo the change, or start anew with `--overwrite` or another `--output`")


def moved_inputs(moved: Sequence[tuple[str, str]]) -> list[Diagnostic]:
    """`moved`: kind and name, `("datasets", "reviews")`."""
    help = "let nothing write to what a run reads while it goes on; start it anew, and it is planned with what is there"
    kinds = {"models": "model", "datasets": "data set"}
    return [
        problem("IFT780", f"the {kinds[kind]} `{name}` is not what this run was planned with", f"/{kind}/{name}", help)
        for kind, name in moved
    ]


def read_otherwise(folder: str, what: str, count: int, of: int, text: str, expected: str, found: str) -> Diagnostic:
    """`what`: "loading", "tokens", "prompts" or "answers"; `text` is the first of those that differ."""
    if what == "loading":
        help = "the run's own copy is whole: `ift eval` and `path(…)` read it; see which of its files the message is of"
        return problem("IFT783", f"plain `transformers` cannot load `{folder}/`: {found}", help=help)
    first = f"{count} of {of}: for {quoted([text])}, `{found}` in place of `{expected}`"
    if what == "answers":
        help = "what is judged here is not what `generate` gives there: see `config.json` and `generation_config.json`"
        return problem("IFT782", f"plain `transformers` gets other answers from `{folder}/`, {first}", help=help)
    things = {"tokens": "tokens", "prompts": "prompts of the chat template"}[what]
    help = f"`PreTrainedTokenizerFast.from_pretrained({folder!r})` reads `tokenizer.json` there as it is"
    return problem("IFT781", f"plain `transformers` reads other {things} from `{folder}/`, {first}", help=help)


def changed_environment(differences: Sequence[str]) -> Diagnostic:
    message = f"resumed in another environment ({'; '.join(differences)}): results may differ in the last bits"
    return problem("IFT756", message)


def packing_leaks(difference: float) -> Diagnostic:
    """`difference`: largest one of logits, as a part of their range."""
    message = f"packed examples see each other in this model: their logits differ by {difference:.2g} of the range"
    help = "set `packing = false`: this architecture does not keep packed examples apart"
    return problem("IFT758", message, "/train/packing", help)


def package_missing(package: str, setting: str, pointer: str) -> Diagnostic:
    """`package` as pip takes it, with a version where one is asked for."""
    message = f"`{setting}` needs the package `{package}`, which is not installed"
    return problem("IFT759", message, pointer, f"pip install {shlex.quote(package)}")


def cannot_compile(reason: str) -> Diagnostic:
    message = f"the model cannot be compiled on this machine: {reason}"
    return problem("IFT769", message, "/train/compile", "set `compile = false`, or install a C++ compiler")


def nothing_to_learn(step: int, rows: Sequence[str]) -> Diagnostic:
    help = "completions are empty or cut off: `ift preview` shows which tokens are labels"
    return problem("IFT760", f"no token of step {step} is trained on (rows {_some(rows)})", "/train/data", help)


def nothing_is_trainable(method: str) -> Diagnostic:
    message = f"method `{method}` leaves no parameter of this model to train"
    return problem("IFT761", message, "/train/method", "name layers that the model has in `targets`")


def not_distributed(asked: str, got: str) -> Diagnostic:
    message = f"`distribute = {asked}` was asked for, and this machine gives {got}"
    help = "`ddp` and `deepspeed` run on any device; `fsdp` needs accelerators"
    return problem("IFT762", message, "/train/distribute", help)


def too_few_devices(asked: int, here: int) -> Diagnostic:
    help = "without `devices` a run takes all that a node has; `nodes` counts the machines"
    return problem("IFT762", f"`devices = {asked}` was asked for, and this machine has {here}", "/train/devices", help)


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
        problem("IFT767", f"`{setting}` does not go with `distribute = deepspeed`", pointer, reason)
        for applies, setting, reason, pointer in refused
        if applies
    ]


def not_evaluated_sharded() -> Diagnostic:
    help = "evaluate at `start` and `end`; loss and token accuracy on the validation split are taken all the same"
    return problem("IFT768", "a sharded model cannot be evaluated between steps", "/train/distribute", help)


NOT_SHARDED = {
    "adafactor": "its states are means over the rows and columns of whole matrices",
    "adamw_8bit": "its states are quantised in blocks of whole tensors",
    "qlora": "4-bit weights are packed into bytes, which are not cut into shards",
}
"""Optimisers and methods, and why no process can hold a part of theirs."""


def not_sharded(setting: str, kind: str) -> Diagnostic:
    """`setting`: "optimizer" or "method"."""
    help = "use `optimizer = adamw` and `full`, `lora` or `dora` with `fsdp`, or share the work with `ddp`"
    return problem("IFT776", f"`{setting} = {kind}` cannot be sharded: {NOT_SHARDED[kind]}", f"/train/{setting}", help)


def process_lost(log: str) -> Diagnostic:
    help = f"`{log}` holds its last words; `ift-run … --resume` goes on from the last checkpoint"
    return problem("IFT763", "a process of the run was lost, and the others were ended", help=help)


def no_rendezvous(nodes: int, address: str, number: str) -> Diagnostic:
    """`address`, `number`: names of environment variables."""
    message = f"the recipe trains on {nodes} nodes, and this one does not know where they meet, or which one it is"
    help = (
        f"on each node set `{address}=HOST:PORT`, an address of the first, and `{number}` from 0 to {nodes - 1}: "
        "`ift launch` prints how"
    )
    return problem("IFT766", message, "/train/nodes", help)


def other_run_folder(folder: str) -> Diagnostic:
    message = f"`{folder}` on this node does not hold the plan of the run that the first node has begun"
    help = "run the same recipe on all nodes, with a run folder on a file system that they share"
    return problem("IFT770", message, "/train/nodes", help)


def other_checkpoints(folder: str, step: int, reason: str) -> Diagnostic:
    message = f"`{folder}` on this node does not hold the checkpoint of step {step} that the first node has: {reason}"
    return problem("IFT770", message, "/train/nodes", "run with a run folder on a file system that all nodes share")


def tracker_does_not_start(trackers: Sequence[str], reason: str) -> Diagnostic:
    """`reason`: the tracker's own words."""
    help = (
        "log in with the tracker's own command or variables, or leave it out: `metrics.jsonl` holds the same "
        "lines; `ift-run … --resume` goes on without evaluating anew"
    )
    return problem("IFT771", f"`track = [{', '.join(trackers)}]` does not start: {reason}", "/train/track", help)


def tracker_lost(tracker: str, reason: str) -> Diagnostic:
    """`reason`: the tracker's own words."""
    help = "the run goes on without it; `metrics.jsonl` and `validation.jsonl` hold the same lines"
    return problem("IFT775", f"`{tracker}` takes no more figures: {reason}", "/train/track", help)


def never_judged(metric: str, setting: str, steps: int) -> Diagnostic:
    """`setting`: "checkpoint/best" or "early_stop/on"."""
    what = {"checkpoint/best": "which checkpoint is the best", "early_stop/on": "when training stops"}[setting]
    message = f"`{metric}` decides {what}, and is not evaluated in any of the {steps} steps"
    help = "evaluate its task in the loop, as `when = [every(1 epoch)]`, on a split that it has"
    return problem("IFT764", message, f"/train/{setting}", help)


def unusable_weights(step: int, reason: str) -> Diagnostic:
    message = f"the weights to keep are those of step {step}, and its checkpoint is damaged ({reason})"
    return problem("IFT765", message, help="a run anew (`--overwrite`) gives the same weights")


def adapter_does_not_fit(path: str, missing: Sequence[str], unexpected: Sequence[str]) -> Diagnostic:
    """`missing`: tensors that the adapted model has and the file lacks; `unexpected`: the other way round."""
    parts = [(missing, "lacks"), (unexpected, "has a place for none of")]
    found = [f"{words} {len(keys)} tensors ({_some(keys[:1])})" for keys, words in parts if keys]
    message = f"the adapter in `{path}` does not fit its base: it {' and '.join(found)}"
    help = "the file was cut, or belongs to another base or another `adapter_config.json`: fetch or save it anew"
    return problem("IFT777", message, "/source", help)


def adapter_on_itself(path: str) -> Diagnostic:
    message = f"the adapter in `{path}` is its own base, by itself or through other adapters"
    help = "name the folder or hub model with the weights that it was trained on as its base"
    return problem("IFT778", message, "/source", help)


def _some(rows: Sequence[str]) -> str:
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return quoted(rows[:_SHOWN]) + more


def _last_good(checkpoint: str | None) -> str:
    return f"the last good checkpoint is `{checkpoint}`" if checkpoint else "there is no checkpoint yet"
