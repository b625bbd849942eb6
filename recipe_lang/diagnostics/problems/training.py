"""Problems with training that the recipe alone shows (700 to 749)."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic, Label, Place
from recipe_lang.diagnostics.suggest import closest


def rate_far_out(rate: float, method: str, low: float, high: float, place: Place) -> Diagnostic:
    word = "low" if rate < low else "high"
    return Diagnostic(
        "IFT700",
        "warning",
        f"a learning rate of {rate:g} is very {word} for `{method}`",
        place,
        help=f"rates from {low:g} to {high:g} are known to work; `# allow IFT700: reason` where it is meant",
    )


def warmup_too_long(warmup: int | None, steps: int | None, duration: Place | None, place: Place | None) -> Diagnostic:
    """Without places where only the data shows it."""
    what = f"a warm-up of {warmup} steps" if warmup else "a warm-up of the whole run"
    run = f", which has {steps}," if steps else ""
    return Diagnostic(
        "IFT701",
        "error",
        f"{what} leaves nothing of the run{run} at the full learning rate",
        place,
        related=_the_run(duration),
        help="warm up for a small part of the run, such as `3%`",
        pointer=None if place else "/train/warmup",
    )


def batch_does_not_divide(batch: int, micro_batch: int | None, devices: int, place: Place) -> Diagnostic:
    parts = [f"micro-batches of {micro_batch}"] * (micro_batch is not None) + [f"{devices} devices"] * (devices > 1)
    together = (micro_batch or 1) * devices
    near = max(together, round(batch / together) * together)
    return Diagnostic(
        "IFT702",
        "error",
        f"a batch of {batch} examples cannot be cut into {' on '.join(parts)}",
        place,
        help=f"the batch must be a multiple of {together}, such as {near}",
    )


def checkpoint_never(duration: Place | None, place: Place | None) -> Diagnostic:
    """Without places where only the data shows it."""
    return Diagnostic(
        "IFT703",
        "warning",
        "no checkpoint is written before the run ends",
        place,
        related=_the_run(duration),
        help="choose a cadence that is shorter than the run",
        pointer=None if place else "/train/checkpoint/every",
    )


def full_in_bf16(model: str, place: Place, weights: Place) -> Diagnostic:
    return Diagnostic(
        "IFT704",
        "error",
        f"full tuning of model `{model}` in bf16 weights loses most updates",
        place,
        related=(Label(weights, "stored in bf16 here"),),
        help="leave `weights` out (fp32 where trained, computed in bf16), or train an adapter",
    )


def cannot_merge(method: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT705",
        "error",
        f"what `{method}` learns cannot be merged into weights: it stands before the input",
        place,
        help="leave `merge` out, or use `lora`",
    )


def lengths_do_not_fit(kind: str, place: Place) -> Diagnostic:
    causal = kind == "causal"
    what = "a causal model has one limit, for" if causal else "an encoder-decoder model has two limits, of"
    cure = "`max_length = 512 tokens`" if causal else "`max_length { prompt = 512 tokens, completion = 64 tokens }`"
    return Diagnostic("IFT706", "error", f"{what} prompt and completion", place, help=f"write {cure}")


def packing_does_not_fit(what: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT707",
        "error",
        f"examples cannot be packed {what}",
        place,
        help="leave `packing` out: batches are cut by length, so little is padded",
    )


def never_judged(task: str, setting: str, cadence: str, place: Place) -> Diagnostic:
    """`cadence`: one that the run meets, as the language writes it."""
    return Diagnostic(
        "IFT708",
        "error",
        f"`{setting}` waits for figures of task `{task}`, which nothing measures while the run is on",
        place,
        help=f"add `every({cadence})` to the `when` of an `evaluate` block that has `{task}`",
    )


def fp16_overflows(model: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT709",
        "error",
        f"model `{model}` overflows in fp16: T5 and its kin were trained in bf16",
        place,
        help="use bf16 or fp32",
    )


def layer_missing(target: str, model: str, layers: Sequence[str], witness: str, place: Place) -> Diagnostic:
    """`witness`: what says so."""
    guess = closest(target, layers)
    known = ", ".join(f"`{layer}`" for layer in layers)
    return Diagnostic(
        "IFT710",
        "error",
        f"model `{model}` has no linear layer `{target}`, says {witness}",
        place,
        help=f"did you mean `{guess}`?" if guess else f"it has {known}",
    )


def longer_than_context(limit: int, model: str, context: int, witness: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT711",
        "error",
        f"{limit} tokens are more than the {context} that model `{model}` reads, says {witness}",
        place,
        help=f"choose {context} or less; `overlong` of a task says what happens to longer examples",
    )


def recomputing_drops_the_prefix(place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT712",
        "error",
        "`gradient_checkpointing` cannot be used with `prefix_tuning`: layers that are computed again read no cache, "
        "and the prefix stands in it",
        place,
        help="leave `gradient_checkpointing` out, or use `prompt_tuning`",
    )


def quantised_computes_as_loaded(model: str, precision: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT713",
        "error",
        f"this evaluation would not be in {precision}: quantised layers compute in the type that they were loaded with",
        place,
        help=f"set `precision = {precision}` in model `{model}`, where it holds for training and evaluation",
    )


def _the_run(duration: Place | None) -> tuple[Label, ...]:
    return (Label(duration, "the run"),) if duration else ()
