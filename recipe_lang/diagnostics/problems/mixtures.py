"""Problems with mixtures and suites that the recipe alone shows (600 to 609, 620 to 649)."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic, Label, Place, problem
from recipe_lang.diagnostics.problems.wording import did_you_mean, percent, quoted, way_round, write
from recipe_lang.diagnostics.suggest import closest


def shares_do_not_add_up(total: float, mixture: str, others: Sequence[Place], place: Place) -> Diagnostic:
    message = f"the shares of mixture `{mixture}` add up to {percent(total)}, not 100%"
    help = "change one; for amounts that are only relative to each other, write `rates`"
    related = tuple(Label(other, "counted too") for other in others)
    return problem("IFT600", message, place, help, label="the last of them", related=related)


def not_a_member(name: str, setting: str, mixture: str, members: Sequence[str], place: Place) -> Diagnostic:
    message = f"`{setting}` of mixture `{mixture}` names `{name}`, which is not among its tasks"
    help = did_you_mean(closest(name, members), f"its tasks are {quoted(members)}")
    return problem("IFT601", message, place, help)


def member_without_rate(missing: Sequence[str], setting: str, mixture: str, place: Place) -> Diagnostic:
    word = setting.removesuffix("s")
    message = f"mixture `{mixture}` has no {word} for {quoted(missing)}"
    return problem("IFT602", message, place, f"give every task of the mixture a {word}, or take it out of `tasks`")


def circular_mixture(kind: str, circle: Sequence[str], place: Place) -> Diagnostic:
    message = f"{kind} `{circle[0]}` contains itself: {way_round(circle)}"
    return problem("IFT603", message, place, "take one of them out of the other's `tasks`")


def nested_too_deep(kind: str, name: str, most: int, place: Place) -> Diagnostic:
    message = f"{kind} `{name}` holds more than {most} levels of others within each other"
    return problem("IFT608", message, place, "name the tasks themselves, or those that stand further in")


def too_many_ways(kind: str, name: str, place: Place) -> Diagnostic:
    message = f"{kind} `{name}` reaches its tasks in too many ways, each with other exceptions: they cannot be listed"
    return problem("IFT608", message, place, "write `except` once, on the outermost mixture, or name the tasks")


def except_without_effect(name: str, subject: str, place: Place) -> Diagnostic:
    message = f"`except` takes `{name}` out of {subject}, where it is not"
    return problem("IFT604", message, place, "remove it, or name what stands under `tasks`")


def nothing_left(subject: str, place: Place) -> Diagnostic:
    return problem("IFT605", f"`except` leaves nothing of {subject}", place, "keep at least one task")


def evaluation_data_in_training(task: str, dataset: str, declared: Place, place: Place) -> Diagnostic:
    message = f"task `{task}` is trained on dataset `{dataset}`, which is for evaluation only"
    help = "train on other data; a benchmark that was trained on measures memory"
    return problem("IFT606", message, place, help, label="trained on here", related=(Label(declared, "declared here"),))


def no_training_split(
    task: str, dataset: str, splits: Sequence[str], misspelt: Place | None, place: Place
) -> Diagnostic:
    """`misspelt`: where a split is declared whose name is nearly `train`."""
    message = f"task `{task}` cannot be trained: dataset `{dataset}` has no split `train`"
    if misspelt is None:
        return problem("IFT607", message, place, f"its splits are {quoted(splits)}; name one `train`")
    fix = write("train", misspelt, safe=False)
    label = Label(place, "trained here")
    return problem("IFT607", message, misspelt, "did you mean `train`?", related=(label,), fix=fix)
