"""Problems found while evaluating, scoring and comparing (850 to 899)."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic


def unknown_metric(name: str, known: Sequence[str]) -> Diagnostic:
    return Diagnostic(
        "IFT850",
        "error",
        f"there is no metric called `{name}`",
        help="metrics are " + ", ".join(f"`{k}`" for k in known),
    )


def unknown_metric_option(option: str, metric: str, known: Sequence[str]) -> Diagnostic:
    options = ", ".join(f"`{k}`" for k in known)
    return Diagnostic(
        "IFT851",
        "error",
        f"metric `{metric}` has no option `{option}`",
        help=f"its options are {options}" if known else f"`{metric}` takes no options",
    )


def bad_metric_option(option: str, value: object, metric: str, allowed: Sequence[object]) -> Diagnostic:
    return Diagnostic(
        "IFT852",
        "error",
        f"option `{option}` of metric `{metric}` cannot be `{value}`",
        help="write " + " or ".join(f"`{a}`" for a in allowed),
    )


def answer_not_in_reference(task: str, row: str, reference: str) -> Diagnostic:
    """A rule that finds nothing in a right answer would count every answer to that row as wrong."""
    return Diagnostic(
        "IFT853",
        "error",
        f"the `answer` rule of task `{task}` finds nothing in the reference of row `{row}`: {_short(reference)}",
        help="change the rule until it matches every reference, or clean the data with `keep_if`",
        pointer=f"/tasks/{task}/answer",
    )


def completion_lengths_unknown(task: str) -> Diagnostic:
    return Diagnostic(
        "IFT854",
        "error",
        f"task `{task}` has no completions from which to take the length of its answers",
        help=f"set `generate {{ max_new_tokens = … }}` in task `{task}`",
        pointer=f"/tasks/{task}/generate",
    )


def _short(text: str, length: int = 60) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= length else text[: length - 1] + "…")
