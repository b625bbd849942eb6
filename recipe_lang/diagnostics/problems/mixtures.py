"""Problems with mixtures and suites that the recipe alone shows (600 to 649)."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Place
from recipe_lang.diagnostics.suggest import closest


def shares_do_not_add_up(total: float, mixture: str, others: Sequence[Place], place: Place) -> Diagnostic:
    written = f"{total:.4%}".rstrip("0%").rstrip(".")
    return Diagnostic(
        "IFT600",
        "error",
        f"the shares of mixture `{mixture}` add up to {written}%, not 100%",
        place,
        "the last of them",
        tuple(Label(other, "counted too") for other in others),
        "change one; for amounts that are only relative to each other, write `rates`",
    )


def not_a_member(name: str, setting: str, mixture: str, members: Sequence[str], place: Place) -> Diagnostic:
    guess = closest(name, members)
    return Diagnostic(
        "IFT601",
        "error",
        f"`{setting}` of mixture `{mixture}` names `{name}`, which is not among its tasks",
        place,
        help=f"did you mean `{guess}`?" if guess else f"its tasks are {_listed(members)}",
    )


def member_without_rate(missing: Sequence[str], setting: str, mixture: str, place: Place) -> Diagnostic:
    word = setting.removesuffix("s")
    return Diagnostic(
        "IFT602",
        "error",
        f"mixture `{mixture}` has no {word} for {_listed(missing)}",
        place,
        help=f"give every task of the mixture a {word}, or take it out of `tasks`",
    )


def circular_mixture(kind: str, circle: Sequence[str], place: Place) -> Diagnostic:
    way = " → ".join(f"`{name}`" for name in (*circle, circle[0]))
    return Diagnostic(
        "IFT603",
        "error",
        f"{kind} `{circle[0]}` contains itself: {way}",
        place,
        help="take one of them out of the other's `tasks`",
    )


def except_without_effect(name: str, mixture: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT604",
        "error",
        f"`except` takes `{name}` out of mixture `{mixture}`, where it is not",
        place,
        help="remove it, or name a task or mixture that stands under `tasks`",
    )


def nothing_left(mixture: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT605",
        "error",
        f"`except` leaves nothing of mixture `{mixture}`",
        place,
        help="keep at least one task",
    )


def evaluation_data_in_training(task: str, dataset: str, declared: Place, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT606",
        "error",
        f"task `{task}` is trained on dataset `{dataset}`, which is for evaluation only",
        place,
        "trained on here",
        (Label(declared, "declared here"),),
        "train on other data; a benchmark that was trained on measures memory",
    )


def no_training_split(
    task: str, dataset: str, splits: Sequence[str], misspelt: Place | None, place: Place
) -> Diagnostic:
    """`misspelt`: where a split is declared whose name is nearly `train`."""
    message = f"task `{task}` cannot be trained: dataset `{dataset}` has no split `train`"
    if misspelt is None:
        return Diagnostic("IFT607", "error", message, place, help=f"its splits are {_listed(splits)}; name one `train`")
    fix = Fix("write `train`", (Edit(misspelt, "train"),), safe=False)
    label = Label(place, "trained here")
    return Diagnostic("IFT607", "error", message, misspelt, "", (label,), "did you mean `train`?", fix)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
