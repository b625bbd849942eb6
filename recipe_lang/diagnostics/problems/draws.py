"""What is wrong in the drawing of examples to train on and to judge by, once their numbers are known (650–699)."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic


def too_many_passes(mixture: str, task: str, passes: float, allowed: float) -> Diagnostic:
    return Diagnostic(
        "IFT650",
        "error",
        f"mixture `{mixture}` draws every example of task `{task}` {passes:.1f} times, and {allowed:g} are allowed",
        help="lower the task's rate, the mixture's `size` or the duration, or raise `max_repeats`",
        pointer=f"/mixtures/{mixture}/max_repeats",
    )


def many_passes(mixture: str, task: str, passes: float) -> Diagnostic:
    return Diagnostic(
        "IFT651",
        "warning",
        f"mixture `{mixture}` draws every example of task `{task}` {passes:.1f} times",
        help="lower its rate, or say how often is meant with `max_repeats`: beyond about four passes new data is worth "
        "much more than old (Muennighoff et al. 2023)",
        pointer=f"/mixtures/{mixture}/sampling",
    )


def nothing_to_train(task: str, dataset: str, splits: Sequence[str]) -> Diagnostic:
    if "train" not in splits:
        names = ", ".join(f"`{split}`" for split in splits)
        return Diagnostic(
            "IFT652",
            "error",
            f"task `{task}` is trained, and its data `{dataset}` has no split `train`, only {names}",
            help="name a split `train`: training reads that one alone",
            pointer=f"/datasets/{dataset}/split",
        )
    return Diagnostic(
        "IFT652",
        "error",
        f"task `{task}` is trained, and none of its templates is for any training row of `{dataset}`",
        help="look at `applies_if`: it says which rows a template is for",
        pointer=f"/tasks/{task}/templates",
    )


def nothing_to_judge(task: str, dataset: str, split: str, rows: int) -> Diagnostic:
    """`rows` of the split are ones that a template is for; all of them were dropped."""
    reason = "every row there is dropped" if rows else "none of its templates is for any row there"
    return Diagnostic(
        "IFT653",
        "error",
        f"task `{task}` is judged on `{split}` of `{dataset}`, and {reason}",
        help="look at `applies_if`, which says which rows a template is for, or at `overlong`; or judge the task on "
        "another `split`",
        pointer=f"/tasks/{task}/templates",
    )


def no_steps(duration: str, epoch: int) -> Diagnostic:
    return Diagnostic(
        "IFT654",
        "error",
        f"the run has no steps: {duration} of {epoch:,} examples an epoch come to no example",
        help="train longer, such as `duration = 1 epoch`",
        pointer="/train/duration",
    )
