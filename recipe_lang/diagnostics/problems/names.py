"""Problems with names, imports and overrides (2xx)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from recipe_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Place
from recipe_lang.diagnostics.suggest import closest, surely
from recipe_lang.source import Span


def shown(text: str, limit: int = 60) -> str:
    """What an author wrote, fit to stand in a message: on one line, without control characters, not too long."""
    plain = "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text[: limit + 1]
    )
    return plain if len(text) <= limit else plain[:limit] + "…"


IN_QUOTES = "put it into quotes"


def as_text(problem: Diagnostic) -> Diagnostic:
    """What is no name stands where a text may: quotes are the cure."""
    text = problem.place.source.slice(problem.place.span)
    fix = Fix(IN_QUOTES, (Edit(problem.place, f'"{text}"'),), safe=False)
    return replace(problem, help=f'a text stands in quotes: `"{shown(text)}"`', fix=fix)


def unknown_name(
    name: str, candidates: Sequence[str], subject: str, wanted: str, place: Place, *, may_be_text: bool = False
) -> Diagnostic:
    """`subject` is the setting that the name stands in, `wanted` what it takes."""
    guess = closest(name, candidates) or _qualified(name, candidates)
    cure = f"did you mean `{guess}`?" if guess else f"{subject} takes {wanted}"
    fix = None
    if may_be_text and not guess:
        fix = Fix(IN_QUOTES, (Edit(place, f'"{name}"'),), safe=False)
        cure = f'a text stands in quotes: `"{name}"`'
    plain = place.source.slice(place.span) == name
    start, end = _difference(name, guess, candidates) if plain else (0, 0)
    place = Place(place.source, Span(place.span.start + start, place.span.end - end))
    if guess:
        fix = Fix(
            f"write `{guess}`", (Edit(place, guess[start : len(guess) - end]),), safe=surely(name, guess), declared=True
        )
    return Diagnostic("IFT201", "error", f"nothing here is called `{name}`", place, help=cure, fix=fix)


def bare_column(name: str, written: str, subject: str, place: Place) -> Diagnostic:
    """A column stands bare where Jinja is wanted; `written` is how it stands there."""
    fix = Fix(f"write `{written}`", (Edit(place, written),), safe=False)
    return Diagnostic("IFT201", "error", f"a column stands in {subject} in quotes: `{written}`", place, fix=fix)


def _qualified(name: str, candidates: Sequence[str]) -> str | None:
    """The one imported name whose last part is meant, where it is written without its import."""
    meant = [each for each in candidates if "." in each and _means(name, each.rpartition(".")[2])]
    return meant[0] if len(meant) == 1 else None


def _means(name: str, word: str) -> bool:
    return name == word or closest(name, [word]) is not None


def _difference(name: str, guess: str | None, candidates: Sequence[str]) -> tuple[int, int]:
    """How much of a dotted name's beginning and end is right, in characters."""
    head, dot, tail = name.partition(".")
    if not dot:
        return 0, 0
    if guess is None:
        return (len(head) + 1, 0) if any(each.startswith(f"{head}.") for each in candidates) else (0, 0)
    if guess.startswith(f"{head}."):
        return len(head) + 1, 0
    return (0, len(tail) + 1) if guess.endswith(f".{tail}") else (0, 0)


def wrong_kind(name: str, kind: str, subject: str, wanted: str, place: Place) -> Diagnostic:
    article = "an" if kind[0] in "aeiou" else "a"
    return Diagnostic(
        "IFT202",
        "error",
        f"`{name}` is {article} {kind}, which is not what {subject} takes",
        place,
        help=f"write {wanted}",
    )


def repeated_name(name: str, first: Place, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT203",
        "error",
        f"`{name}` is already taken",
        place,
        "again",
        (Label(first, "first declared here"),),
        "blocks, parameters and imports of a file share one set of names: choose another",
    )


def unknown_part(part: str, path: str, guess: str | None, subject: str, wanted: str, place: Place) -> Diagnostic:
    """The last part of a path that would be whole without it; `guess` is what it stands for."""
    fix = Fix(f"write `{guess}`", (Edit(place, guess),)) if guess else None
    help = f"did you mean `{guess}`?" if guess else f"write {wanted}"
    message = f"`{part}` in `{path}` means nothing to {subject}"
    return Diagnostic("IFT204", "error", message, place, help=help, fix=fix)


def misdeclared(uses: Sequence[Diagnostic], declared: str, used: str, place: Place) -> Diagnostic:
    """One report, at the declaration, for uses that agree on another name. Which of the two is right is not known."""
    labels = tuple(Label(use.place, "used here") for use in uses if use.place)
    return Diagnostic(
        uses[0].code,
        "error",
        f"`{declared}` is never used, but `{used}` is, {len(uses)} times, and stands for nothing",
        place,
        f"did you mean `{used}`?",
        labels[:3],
        f"write `{used}` here, or `{declared}` where it is used",
        Fix(f"write `{used}`", (Edit(place, used),), safe=False),
    )


def too_long_path(path: str, subject: str, wanted: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT204", "error", f"`{path}` has too many parts for {subject}", place, help=f"write {wanted}")


def unknown_column(name: str, dataset: str, columns: Sequence[str], place: Place) -> Diagnostic:
    return _unknown("IFT205", f"dataset `{dataset}` has no column `{name}`", name, "columns", columns, place)


def unknown_split(name: str, datasets: Sequence[str], splits: Sequence[str], place: Place) -> Diagnostic:
    owner = f"dataset `{datasets[0]}` has no" if len(datasets) == 1 else "none of these tasks has a"
    return _unknown("IFT206", f"{owner} split `{name}`", name, "splits", splits, place)


def no_pool(pool: str, task: str, dataset: str, splits: Sequence[str], place: Place) -> Diagnostic:
    listed = ", ".join(f"`{each}`" for each in splits)
    return Diagnostic(
        "IFT206",
        "error",
        f"dataset `{dataset}` has no split `{pool}`, from which task `{task}` takes its exemplars",
        place,
        help=f"name another split in the task's `few_shot {{ pool = … }}`, which is not evaluated: there are {listed}",
    )


def unknown_metric(name: str, task: str, metrics: Sequence[str], place: Place) -> Diagnostic:
    return _unknown("IFT207", f"task `{task}` is not judged by `{name}`", name, "metrics", metrics, place)


def no_conversation(column: str, kind: str, place: Place) -> Diagnostic:
    """`kind` is the word of the column's type."""
    article = "an" if kind[0] in "aeiou" else "a"
    return Diagnostic(
        "IFT208",
        "error",
        f"`messages` takes a `messages` column, and `{column}` is {article} `{kind}` column",
        place,
        help=f"declare `{column} = messages` where the data holds turns; otherwise write `prompt` and `completion`",
    )


def _unknown(code: str, message: str, name: str, what: str, known: Sequence[str], place: Place) -> Diagnostic:
    guess = closest(name, known)
    listed = ", ".join(f"`{each}`" for each in known)
    cure = f"did you mean `{guess}`?" if guess else f"its {what} are {listed}"
    fix = Fix(f"write `{guess}`", (Edit(place, guess),), surely(name, guess), declared=True) if guess else None
    return Diagnostic(code, "error", message, place, help=cure, fix=fix)


# --- imports ---------------------------------------------------------------------------------------------------


def missing_import(path: str, candidates: Sequence[str], place: Place) -> Diagnostic:
    folder, slash, name = path.rpartition("/")
    guess = closest(name, candidates)
    cure = (
        f"did you mean `{shown(folder + slash + guess)}`?"
        if guess
        else "import paths start from the folder of this file"
    )
    return Diagnostic("IFT210", "error", f"there is no file `{shown(path)}`", place, help=cure)


def import_outside(path: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT211",
        "error",
        f"`{shown(path)}` leaves the repository",
        place,
        help="import paths are relative and stay inside the repository, or begin with `std/`",
    )


def import_not_a_recipe(path: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT212", "error", f"`{shown(path)}` is not an `.ift` file", place, help="only recipes can be imported"
    )


def unreadable_import(path: str, reason: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT213", "error", f"`{shown(path)}` cannot be read: {reason}", place)


def import_cycle(target: str, importer: str, place: Place) -> Diagnostic:
    message = (
        f"`{target}` imports itself" if target == importer else f"`{target}` is being imported by way of `{importer}`"
    )
    return Diagnostic(
        "IFT214", "error", f"{message}: imports go round in a circle", place, help="move what both need to a third file"
    )


def too_many_imports(files: int, characters: int, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT215",
        "error",
        f"a recipe has at most {files} files and {characters:,} characters, imports of imports counted",
        place,
    )


def not_imported(name: str, kind: str, alias: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT216",
        "error",
        f"`{name}` is {_a(kind)}, which an import does not bring",
        place,
        help=f"write the {kind} in this file; `{alias}` brings models, datasets, templates, tasks, mixtures and suites",
    )


# --- parameters ------------------------------------------------------------------------------------------------


def circular_parameter(name: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT220", "error", f"parameter `{name}` is made of itself", place, help="give it a value")


def dotted_parameter(name: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT221",
        "error",
        f"`{name}` cannot be a parameter: its name has dots",
        place,
        help="settings of a block stand inside its braces, or in a `variant`",
    )


def endless_parameter(name: str, limit: int, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT222",
        "error",
        f"parameters unfold more than {limit:,} times, the last of them `{name}`",
        place,
        help="parameters that hold each other more than once double at every step: write the value out",
    )


# --- overrides -------------------------------------------------------------------------------------------------


def malformed_override(text: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT240",
        "error",
        f"`{shown(text)}` is not of the form `path=value`",
        place,
        help="such as `--set train.batch='16 examples'`",
    )


def unknown_target(name: str, candidates: Sequence[str], place: Place, meant: str | None = None) -> Diagnostic:
    """The first word of an override's path leads nowhere. Candidates from imports have the import's name before them.

    `meant` is the whole path where the word is the kind of one block.
    """
    if meant is not None:
        message = f"`{name}` is a kind of block: a path has the block's name"
        return Diagnostic("IFT241", "error", message, place, help=f"did you mean `{meant}`?")
    guess = closest(name, candidates) or _qualified(name, candidates)
    fix = Fix(f"write `{guess}`", (Edit(place, guess),)) if guess else None
    cure = (
        f"did you mean `{guess}`?" if guess else "a path begins with a parameter, a block, an import, or a block's kind"
    )
    return Diagnostic(
        "IFT241", "error", f"there is no parameter or block `{name}` to change", place, help=cure, fix=fix
    )


def imported_parameter(path: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT241",
        "error",
        f"`{path}` is a parameter of an import, which cannot be set from here",
        place,
        help="change the settings that it stands in: a path may lead to a block of an import",
    )


def missing_setting_name(block: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT242", "error", f"`{block}` is a block, not a setting", place, help=f"add the setting: `{block}.setting`"
    )


def not_a_block(setting: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT243",
        "error",
        f"`{setting}` is a value here, not a block: nothing inside it can be changed",
        place,
        help="change the whole value; arguments of calls are changed through parameters",
    )


def unknown_variant(name: str, candidates: Sequence[str], place: Place) -> Diagnostic:
    guess = closest(name, candidates)
    listed = ", ".join(f"`{candidate}`" for candidate in candidates)
    cure = f"did you mean `{guess}`?" if guess else f"its variants are {listed}" if listed else "it has no variants"
    return Diagnostic("IFT244", "error", f"the recipe has no variant `{shown(name)}`", place, help=cure)


# --- names that nobody uses ------------------------------------------------------------------------------------


def unused_block(name: str, kind: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT230",
        "warning",
        f"{kind} `{name}` is not used",
        place,
        help="use it, or remove it: nothing in this recipe needs it",
    )


def unused_parameter(name: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT231",
        "warning",
        f"parameter `{name}` is not used",
        place,
        help="a parameter is a bare name in place of a value",
    )


def unused_import(alias: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT232",
        "warning",
        f"import `{alias}` is not used",
        place,
        help=f"remove it, or use one of its blocks as `{alias}.name`",
    )


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
