"""Problems with training that the recipe alone shows (700 to 749)."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic, Label, Place, problem
from recipe_lang.diagnostics.problems.wording import did_you_mean, quoted
from recipe_lang.diagnostics.suggest import closest


def rate_far_out(rate: float, method: str, low: float, high: float, place: Place) -> Diagnostic:
    word = "low" if rate < low else "high"
    help = f"rates from {low:g} to {high:g} are known to work; `# allow IFT700: reason` where it is meant"
    return problem("IFT700", f"a learning rate of {rate:g} is very {word} for `{method}`", place, help)


def warmup_too_long(warmup: int | None, steps: int | None, duration: Place | None, place: Place | None) -> Diagnostic:
    """Without places where only the data shows it."""
    what = f"a warm-up of {warmup} steps" if warmup else "a warm-up of the whole run"
    run = f", which has {steps}," if steps else ""
    message = f"{what} leaves nothing of the run{run} at the full learning rate"
    help = "warm up for a small part of the run, such as `3%`"
    return problem("IFT701", message, place or "/train/warmup", help, related=_the_run(duration))


def batch_does_not_divide(batch: int, micro_batch: int | None, devices: int, place: Place) -> Diagnostic:
    parts = [f"micro-batches of {micro_batch}"] * (micro_batch is not None) + [f"{devices} devices"] * (devices > 1)
    together = (micro_batch or 1) * devices
    near = max(together, round(batch / together) * together)
    message = f"a batch of {batch} examples cannot be cut into {' on '.join(parts)}"
    return problem("IFT702", message, place, f"the batch must be a multiple of {together}, such as {near}")


def checkpoint_never(duration: Place | None, place: Place | None) -> Diagnostic:
    """Without places where only the data shows it."""
    message = "no checkpoint is written before the run ends"
    help = "choose a cadence that is shorter than the run"
    return problem("IFT703", message, place or "/train/checkpoint/every", help, related=_the_run(duration))


def full_in_bf16(model: str, place: Place, weights: Place) -> Diagnostic:
    message = f"full tuning of model `{model}` in bf16 weights loses most updates"
    help = "leave `weights` out (fp32 where trained, computed in bf16), or train an adapter"
    return problem("IFT704", message, place, help, related=(Label(weights, "stored in bf16 here"),))


def cannot_merge(method: str, place: Place) -> Diagnostic:
    message = f"what `{method}` learns cannot be merged into weights: it stands before the input"
    return problem("IFT705", message, place, "leave `merge` out, or use `lora`")


def lengths_do_not_fit(kind: str, place: Place) -> Diagnostic:
    causal = kind == "causal"
    what = "a causal model has one limit, for" if causal else "an encoder-decoder model has two limits, of"
    help = "`max_length = 512 tokens`" if causal else "`max_length { prompt = 512 tokens, completion = 64 tokens }`"
    return problem("IFT706", f"{what} prompt and completion", place, f"write {help}")


def packing_does_not_fit(what: str, place: Place) -> Diagnostic:
    message = f"examples cannot be packed {what}"
    return problem("IFT707", message, place, "leave `packing` out: batches are cut by length, so little is padded")


def never_judged(task: str, setting: str, cadence: str, place: Place) -> Diagnostic:
    """`cadence`: one that the run meets, as the language writes it."""
    message = f"`{setting}` waits for figures of task `{task}`, which nothing measures while the run is on"
    help = f"add `every({cadence})` to the `when` of an `evaluate` block that has `{task}`"
    return problem("IFT708", message, place, help)


def never_measured(task: str, place: Place) -> Diagnostic:
    message = f"`best` waits for figures of task `{task}`, which nothing measures"
    return problem("IFT708", message, place, f"add `{task}` to the tasks of an `evaluate` block")


def fp16_overflows(model: str, place: Place) -> Diagnostic:
    message = f"model `{model}` overflows in fp16: T5 and its kin were trained in bf16"
    return problem("IFT709", message, place, "use bf16 or fp32")


def layer_missing(target: str, model: str, layers: Sequence[str], witness: str, place: Place) -> Diagnostic:
    """`witness`: what says so."""
    message = f"model `{model}` has no linear layer `{target}`, says {witness}"
    help = did_you_mean(closest(target, layers), f"it has {quoted(layers)}")
    return problem("IFT710", message, place, help)


def longer_than_context(limit: int, model: str, context: int, witness: str, place: Place) -> Diagnostic:
    message = f"{limit} tokens are more than the {context} that model `{model}` reads, says {witness}"
    help = f"choose {context} or less; `overlong` of a task says what happens to longer examples"
    return problem("IFT711", message, place, help)


def recomputing_drops_the_prefix(place: Place) -> Diagnostic:
    message = (
        "`gradient_checkpointing` cannot be used with `prefix_tuning`: layers that are computed again read no cache, "
        "and the prefix stands in it"
    )
    return problem("IFT712", message, place, "leave `gradient_checkpointing` out, or use `prompt_tuning`")


def quantised_computes_as_loaded(model: str, precision: str, place: Place) -> Diagnostic:
    message = (
        f"this evaluation would not be in {precision}: quantised layers compute in the type that they were loaded with"
    )
    help = f"set `precision = {precision}` in model `{model}`, where it holds for training and evaluation"
    return problem("IFT713", message, place, help)


def experts_unreached(method: str, model: str, share: float) -> Diagnostic:
    message = f"`{method}` adapts none of the experts of model `{model}`: {share:.0%} of its weights stay as they are"
    help = '`lora(targets = ["q_proj", "experts"])` adapts them too, without `dropout` and `dora`'
    return problem("IFT714", message, "/train/method", help)


def no_language_token(template: str, setting: str, token: str, model: str, near: str | None) -> Diagnostic:
    """A token that the tokenizer lacks, or, of `source_language`, that it has no place for."""
    message = f"template `{template}` says `{setting} = {token}`, which the tokenizer of model `{model}` does not know"
    help = did_you_mean(near, "name one of its special tokens; a tokenizer of one language has no use for it")
    return problem("IFT715", message, f"/templates/{template}/{setting}", help)


def unknown_forced_token(number: int) -> Diagnostic:
    message = f"the model's settings force every answer to begin with token {number}, which its tokenizer does not know"
    return problem("IFT715", message, "/models", "correct `forced_bos_token_id` in its `generation_config.json`")


def _the_run(duration: Place | None) -> tuple[Label, ...]:
    return (Label(duration, "the run"),) if duration else ()
