"""What is wrong in the drawing of examples to train on and to judge by, once their numbers are known (650–699)."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic, problem
from recipe_lang.diagnostics.problems.wording import quoted


def too_many_passes(mixture: str, task: str, passes: float, allowed: float) -> Diagnostic:
    message = (
        f"mixture `{mixture}` draws every example of task `{task}` {passes:.1f} times, and {allowed:g} are allowed"
    )
    help = "lower the task's rate, the mixture's `size` or the duration, or raise `max_repeats`"
    return problem("IFT650", message, f"/mixtures/{mixture}/max_repeats", help)


def many_passes(mixture: str, task: str, passes: float) -> Diagnostic:
    message = f"mixture `{mixture}` draws every example of task `{task}` {passes:.1f} times"
    help = (
        "lower its rate, or say how often is meant with `max_repeats`: beyond about four passes new data is worth "
        "much more than old (Muennighoff et al. 2023)"
    )
    return problem("IFT651", message, f"/mixtures/{mixture}/sampling", help)


def nothing_to_train(task: str, dataset: str, splits: Sequence[str]) -> Diagnostic:
    if "train" not in splits:
        message = f"task `{task}` is trained, and its data `{dataset}` has no split `train`, only {quoted(splits)}"
        help = "name a split `train`: training reads that one alone"
        return problem("IFT652", message, f"/datasets/{dataset}/split", help)
    message = f"task `{task}` is trained, and none of its templates is for any training row of `{dataset}`"
    help = "look at `applies_if`: it says which rows a template is for"
    return problem("IFT652", message, f"/tasks/{task}/templates", help)


def nothing_to_judge(task: str, dataset: str, split: str, rows: int) -> Diagnostic:
    """`rows` of the split are ones that a template is for; all of them were dropped."""
    reason = "every row there is dropped" if rows else "none of its templates is for any row there"
    message = f"task `{task}` is judged on `{split}` of `{dataset}`, and {reason}"
    help = (
        "look at `applies_if`, which says which rows a template is for, or at `overlong`; or judge the task on "
        "another `split`"
    )
    return problem("IFT653", message, f"/tasks/{task}/templates", help)


def no_steps(duration: str, epoch: int) -> Diagnostic:
    message = f"the run has no steps: {duration} of {epoch:,} examples an epoch come to no example"
    return problem("IFT654", message, "/train/duration", "train longer, such as `duration = 1 epoch`")
