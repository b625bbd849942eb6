"""Problems found while evaluating, scoring and comparing (850 to 899)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from recipe_lang.diagnostics.model import Diagnostic, Place, problem
from recipe_lang.diagnostics.problems.wording import quoted


def bad_metric_option(option: str, value: object, metric: str, allowed: Sequence[object]) -> Diagnostic:
    message = f"option `{option}` of metric `{metric}` cannot be `{value}`"
    return problem("IFT852", message, help=f"write {quoted(allowed, ' or ')}")


def answer_not_in_reference(task: str, row: str, reference: str) -> Diagnostic:
    """A rule that finds nothing in a right answer would count every answer to that row as wrong."""
    message = f"the `answer` rule of task `{task}` finds nothing in the reference of row `{row}`: {_short(reference)}"
    help = "change the rule until it matches every reference, or clean the data with `keep_if`"
    return problem("IFT853", message, f"/tasks/{task}/answer", help)


def reference_is_no_number(metric: str, row: str, reference: str) -> Diagnostic:
    message = f"`{metric}` compares numbers, and the reference of row `{row}` is none: {_short(reference)}"
    help = 'take the number out of it with `answer = regex("…")`, or clean the data with `keep_if`'
    return problem("IFT853", message, help=help)


def endless_pattern(pattern: str, text: str, seconds: int) -> Diagnostic:
    message = f"the pattern {_short(pattern)} is not searched to its end in {seconds} seconds: {_short(text)}"
    help = "write it so that a text fits in one way only: `x+y` in place of `(x+x+)+y`"
    return problem("IFT880", message, help=help)


def completion_lengths_unknown(task: str) -> Diagnostic:
    message = f"task `{task}` has no completions from which to take the length of its answers"
    help = f"set `generate {{ max_new_tokens = … }}` in task `{task}`"
    return problem("IFT854", message, f"/tasks/{task}/generate", help)


def _short(text: str, length: int = 60) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= length else text[: length - 1] + "…")


def no_choices(task: str, template: str, row: str) -> Diagnostic:
    message = f"task `{task}` chooses among answers, but template `{template}` gives none for row `{row}`"
    help = "give the template `choices`, or let the task `score = generate`"
    return problem("IFT856", message, f"/tasks/{task}/score", help)


def rows_differ(first: str, second: str, what: str, count: int) -> Diagnostic:
    message = (
        f"`{first}` and `{second}` do not hold the same rows of {what}: {count} stand in one of them only, or have "
        "another reference"
    )
    help = (
        "figures of different rows are not compared; evaluate both sides again with the same data and limit, "
        "and the same `recipe.seed`, which draws splits and samples"
    )
    return problem("IFT855", message, help=help)


def requirement_missed(expression: str, value: float | None, pointer: str) -> Diagnostic:
    found = "it was not measured" if value is None else f"it is {value:.4g}"
    return problem("IFT860", f"the requirement `{expression}` is missed: {found}", pointer)


def forgotten(task: str, metric: str, drop: float, low: float, budget: float, pointer: str) -> Diagnostic:
    message = (
        f"task `{task}` was forgotten: {metric} fell by {_points(drop)}, at least {_points(low)}, "
        f"with a budget of {_points(budget)}"
    )
    help = "mix earlier tasks in with `replay`, train fewer steps or with an adapter, or raise the budget"
    return problem("IFT861", message, pointer, help)


def undecided(
    task: str, metric: str, low: float, high: float, budget: float, pointer: str, *, strict: bool
) -> Diagnostic:
    message = (
        f"whether task `{task}` was kept is undecided: the drop in {metric} is between {_points(low)} and "
        f"{_points(high)}, with a budget of {_points(budget)}"
    )
    help = (
        "more rows decide it; of metrics that are right or wrong row by row, the plan shows the smallest drop "
        "that so many detect"
    )
    diagnostic = problem("IFT862", message, pointer, help)
    return replace(diagnostic, severity="error") if strict else diagnostic


def retained_without_figures(task: str, pointer: str) -> Diagnostic:
    message = (
        f"whether task `{task}` was kept is not known: the plan measures it before and after, and figures are missing"
    )
    help = "evaluate again: `ift-run … --resume`, or `--overwrite` where the run folder was changed"
    return problem("IFT865", message, pointer, help)


def no_better_than_chance(task: str, chance: float, value: float, low: float, high: float, pointer: str) -> Diagnostic:
    message = (
        f"the untouched model guesses task `{task}`: it has {value:.3f} (from {low:.3f} to {high:.3f}), chance is "
        f"{chance:.3f}"
    )
    help = "a model that guesses has nothing to forget; retain a task that it can do"
    return problem("IFT863", message, pointer, help)


def unseen_by_metric(task: str, metric: str, unseen: int, rows: int) -> Diagnostic:
    """Of ROUGE's tokenizer, or of the normalisation of `exact_match` and `f1`."""
    rouge = metric.startswith("rouge")
    dropped = "its tokenizer keeps a to z and 0 to 9 alone" if rouge else "it ignores punctuation, articles and case"
    message = (
        f"{metric} does not see the references of {unseen:,} of {rows:,} rows of task `{task}` whole: {dropped}, and "
        "what is left of them is nothing, has lost letters, or is another reference too"
    )
    name = metric.partition("(")[0]
    help = (
        f"write `{name}(tokenizer = unicode)`, which keeps words of every script"
        if rouge
        else f"write `{name}(normalize = none)`; numbers are compared by `answer = number`"
    )
    return problem("IFT864", message, f"/tasks/{task}/metrics", help)


def stop_in_references(task: str, stop: str, count: int, rows: int) -> Diagnostic:
    message = (
        f"the stop text {stop!r} of task `{task}` stands in the references of {count:,} of {rows:,} rows: an answer "
        "ends before it, and cannot be all of such a reference"
    )
    help = "take another stop text, or an `answer` rule that reads references up to it, such as `first_line`"
    return problem("IFT877", message, f"/tasks/{task}/generate/stop", help)


def equal_choices(task: str, count: int, rows: int) -> Diagnostic:
    message = (
        f"two choices of {count:,} of {rows:,} rows of task `{task}` are equal, or differ in white space at their ends "
        "alone"
    )
    help = "chance is higher than one of so many choices, and a page shows them alike; make `choices` differ"
    return problem("IFT878", message, f"/tasks/{task}/templates", help)


def accuracy_of_text(task: str, place: Place) -> Diagnostic:
    message = f"`accuracy` of text that task `{task}` generates is `exact_match(normalize = none)` by another name"
    help = "write `exact_match(normalize = none)`, so that one figure has one name wherever runs are compared"
    return problem("IFT879", message, place, help)


def batches_differ(task: str, precision: str, base: int, tuned: int, pointer: str) -> Diagnostic:
    """`base` and `tuned` are token budgets of a batch."""
    message = (
        f"the two sides of task `{task}` were computed in {precision} on different batches, of {base:,} and {tuned:,} "
        "tokens: part of the difference may be rounding"
    )
    help = "evaluate with `precision = fp32`, whose figures do not depend on batches, or with more memory"
    return problem("IFT866", message, pointer, help)


def _points(share: float) -> str:
    return f"{100 * share:z.1f} points"


def not_a_run(folder: str, reason: str) -> Diagnostic:
    help = (
        "name a folder that a run has filled to its end (`plan.json`, `results.json`, `predictions/`); "
        "`ift-run RECIPE --resume` ends a run that was stopped"
    )
    return problem("IFT870", f"`{folder}` is not the folder of a finished run: {reason}", help=help)


def nothing_in_common(names: Sequence[str], metric: str = "") -> Diagnostic:
    """`metric`: the one that is wanted."""
    message = f"the runs {quoted(names)} have no {f'figure of `{metric}`' if metric else 'evaluation'} in common"
    help = "runs are compared task by task, on the same split, with the same number of exemplars"
    return problem("IFT871", message, help=help)


def signatures_differ(metric: str, signatures: Sequence[str]) -> Diagnostic:
    message = f"`{metric}` was not computed alike in the runs: " + " against ".join(dict.fromkeys(signatures))
    help = "figures with different signatures are not comparable; evaluate both with the same metric and version"
    return problem("IFT872", message, help=help)


def space_before_join(template: str, join: str, rows: str = "") -> Diagnostic:
    """`rows`: how many it was found in, where it depends on the row."""
    subject = f"the prompt of template `{template}` ends in white space{rows}"
    message = f"{subject}, and so begins `join`, {join!r}: both stand before the answer"
    help = 'take it off the prompt, `{{ … | trim }}` where a value brings it, or write `join = ""`'
    return problem("IFT876", message, f"/templates/{template}/join", help)


def sampled_beams(task: str) -> Diagnostic:
    message = f"task `{task}` asks for beams and for sampling at once"
    help = "drop `temperature` for beam search, or `beams` for sampling"
    return problem("IFT857", message, f"/tasks/{task}/generate/beams", help)


def needs_both_sides(what: str, pointer: str) -> Diagnostic:
    subject = "a bar on a gain compares" if what == "require" else "`retain` compares"
    message = f"{subject} a tuned model with the untouched one: not judged where one model is evaluated"
    return problem("IFT873", message, pointer, "`ift compare` shows two evaluations side by side, paired by row")


def no_subject(recipe: str, models: Sequence[str]) -> Diagnostic:
    evaluated = f"several: {quoted(models)}" if models else "nothing"
    message = f"`--model` stands for the model that a recipe evaluates, and `{recipe}` evaluates {evaluated}"
    own_run = f"run the recipe itself with `--set '{models[0]}.source=path(\"…\")'`" if models else ""
    return problem("IFT874", message, help=own_run or "add an `evaluate` block")


def one_run_alone(folder: str, again: str = "") -> Diagnostic:
    """`again`: how the run is named a second time."""
    message = f"`{folder}` is one run, and there is none to compare it with"
    if again:
        message = f"`{folder}` and `{again}` are one run, and it differs from itself in nothing"
    return problem("IFT875", message, help="name two run folders or more, or the folder of a sweep")
