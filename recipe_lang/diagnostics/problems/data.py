"""Problems with datasets and their splits that the recipe alone shows (500 to 549)."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Place


def shares_do_not_add_up(total: float, dataset: str, others: Sequence[Place], place: Place) -> Diagnostic:
    written = f"{total:.4%}".rstrip("0%").rstrip(".")
    return Diagnostic(
        "IFT500",
        "error",
        f"the shares of dataset `{dataset}` add up to {written}%, not 100%",
        place,
        "the last of them",
        tuple(Label(other, "counted too") for other in others),
        "change one, or write a part of another split as `share(10%, of = train)`",
    )


def split_without_parts(dataset: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT501",
        "error",
        f"the split of dataset `{dataset}` names no splits",
        place,
        help="write `train = 80%`, `validation = 10%`, `test = 10%`, or leave `split` out",
    )


def hash_with(setting: str, column: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT502",
        "error",
        f"`{setting}` cannot hold where `hash({column})` alone decides a row's place",
        place,
        help="leave it out, or split with `by = random`",
    )


def too_few_choices(template: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT503",
        "error",
        f"template `{template}` has fewer than two choices, so that every answer is right",
        place,
        help="list every answer that there is, or leave `choices` out",
    )


def repeated_choice(choice: str, template: str, first: Place, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT504",
        "error",
        f"template `{template}` lists the choice `{choice}` twice",
        place,
        "the same again",
        (Label(first, "first listed here"),),
        "remove one: two equal choices are always equally likely, and one of them would be wrong",
    )


def missing_data(path: str, like: str | None, place: Place) -> Diagnostic:
    """`like`: a file that may be meant, of the same folder or with its path."""
    start = (
        "the working directory" if place.source.name == "--set" else "the folder of the file that they are written in"
    )
    return Diagnostic(
        "IFT505",
        "warning",
        f"there is no file `{path}` here",
        place,
        help=f"did you mean `{like}`?"
        if like
        else f"paths start from {start}; data that is fetched later may be missing now",
    )


def columns_unknown(dataset: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT506",
        "note",
        f"the columns of dataset `{dataset}` are neither declared nor locked: templates are not checked against them",
        place,
        help="declare them with `columns { name = type }`, or run `ift lock`",
    )


def count_with_hash(split: str, column: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT507",
        "error",
        f"split `{split}` cannot have a number of rows where `hash({column})` alone decides a row's place",
        place,
        help="write a share, such as `10%`, or split with `by = random`",
    )


def circular_parts(circle: Sequence[str], dataset: str, place: Place) -> Diagnostic:
    way = " → ".join(f"`{name}`" for name in (*circle, circle[0]))
    return Diagnostic(
        "IFT508",
        "error",
        f"no split of dataset `{dataset}` fixes how many rows split `{circle[0]}` has: {way}",
        place,
        help="give one of them a share of the rows, such as `80%`, or a number of them",
    )


def nothing_left_of_split(whole: str, total: float, dataset: str, others: Sequence[Place], place: Place) -> Diagnostic:
    written = f"{total:.4%}".rstrip("0%").rstrip(".")
    return Diagnostic(
        "IFT509",
        "error",
        f"the parts of split `{whole}` of dataset `{dataset}` add up to {written}%, and leave nothing of it",
        place,
        "the last of them" if others else "",
        tuple(Label(other, "counted too") for other in others),
        f"take less: the rest stays in `{whole}`",
    )


def unused_split(split: str, dataset: str, guess: str | None, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT510",
        "warning",
        f"split `{split}` of dataset `{dataset}` is used by nothing: its rows are neither trained on nor measured",
        place,
        help=f"did you mean `{guess}`?" if guess else f"measure it with `split = {split}` in `evaluate`, or remove it",
        fix=Fix(f"write `{guess}`", (Edit(place, guess),), safe=False) if guess else None,
    )


def published_test_trained(dataset: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT511",
        "warning",
        f"the test split that dataset `{dataset}` was published with is trained on",
        place,
        help="train on another split: figures on rows that were trained on are those of memory, here and in later work",
    )
