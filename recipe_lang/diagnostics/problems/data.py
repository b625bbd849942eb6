"""Problems with datasets and their splits that the recipe alone shows (500 to 549)."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic, Label, Place, problem
from recipe_lang.diagnostics.problems.sources import not_replaced
from recipe_lang.diagnostics.problems.wording import did_you_mean, percent, way_round, write


def shares_do_not_add_up(total: float, dataset: str, others: Sequence[Place], place: Place) -> Diagnostic:
    message = f"the shares of dataset `{dataset}` add up to {percent(total)}, not 100%"
    help = "change one, or write a part of another split as `share(10%, of = train)`"
    related = tuple(Label(other, "counted too") for other in others)
    return problem("IFT500", message, place, help, label="the last of them", related=related)


def split_without_parts(dataset: str, place: Place) -> Diagnostic:
    help = "write `train = 80%`, `validation = 10%`, `test = 10%`, or leave `split` out"
    return problem("IFT501", f"the split of dataset `{dataset}` names no splits", place, help)


def hash_with(setting: str, column: str, place: Place) -> Diagnostic:
    message = f"`{setting}` cannot hold where `hash({column})` alone decides a row's place"
    return problem("IFT502", message, place, "leave it out, or split with `by = random`")


def too_few_choices(template: str, place: Place) -> Diagnostic:
    message = f"template `{template}` has fewer than two choices, so that every answer is right"
    return problem("IFT503", message, place, "list every answer that there is, or leave `choices` out")


def repeated_choice(choice: str, template: str, first: Place, place: Place) -> Diagnostic:
    message = f"template `{template}` lists the choice `{choice}` twice"
    help = "remove one: two equal choices are always equally likely, and one of them would be wrong"
    return problem("IFT504", message, place, help, label="the same again", related=(Label(first, "first listed here"),))


def missing_data(path: str, like: str | None, place: Place) -> Diagnostic:
    """`like`: a file that may be meant, of the same folder or with its path."""
    on_command_line = place.source.name == "--set"
    start = "the working directory" if on_command_line else "the folder of the file that they are written in"
    help = not_replaced(path) or did_you_mean(
        like, f"paths start from {start}; data that is fetched later may be missing now"
    )
    return problem("IFT505", f"there is no file `{path}` here", place, help, passing=True)


def columns_unknown(dataset: str, place: Place) -> Diagnostic:
    message = (
        f"the columns of dataset `{dataset}` are neither declared nor locked: templates are not checked against them"
    )
    return problem("IFT506", message, place, "declare them with `columns { name = type }`, or run `ift lock`")


def count_with_hash(split: str, column: str, place: Place) -> Diagnostic:
    message = f"split `{split}` cannot have a number of rows where `hash({column})` alone decides a row's place"
    return problem("IFT507", message, place, "write a share, such as `10%`, or split with `by = random`")


def circular_parts(circle: Sequence[str], dataset: str, place: Place) -> Diagnostic:
    message = f"no split of dataset `{dataset}` fixes how many rows split `{circle[0]}` has: {way_round(circle)}"
    return problem("IFT508", message, place, "give one of them a share of the rows, such as `80%`, or a number of them")


def nothing_left_of_split(whole: str, total: float, dataset: str, others: Sequence[Place], place: Place) -> Diagnostic:
    message = f"the parts of split `{whole}` of dataset `{dataset}` add up to {percent(total)}, and leave nothing of it"
    help = f"take less: the rest stays in `{whole}`"
    related = tuple(Label(other, "counted too") for other in others)
    return problem("IFT509", message, place, help, label="the last of them" if others else "", related=related)


def unused_split(split: str, dataset: str, guess: str | None, place: Place) -> Diagnostic:
    message = f"split `{split}` of dataset `{dataset}` is used by nothing: its rows are neither trained on nor measured"
    help = did_you_mean(guess, f"measure it with `split = {split}` in `evaluate`, or remove it")
    fix = write(guess, place, safe=False)
    return problem("IFT510", message, place, help, fix=fix)


def published_test_trained(dataset: str, place: Place) -> Diagnostic:
    help = "train on another split: figures on rows that were trained on are those of memory, here and in later work"
    return problem("IFT511", f"the test split that dataset `{dataset}` was published with is trained on", place, help)
