"""Problems with names (2xx), in this order: unknown and repeated ones, imports, parameters, overrides, unused ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from recipe_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Place, problem
from recipe_lang.diagnostics.problems.wording import article, did_you_mean, listed, put, quoted, rename, write
from recipe_lang.diagnostics.suggest import closest, surely
from recipe_lang.source import Span


def shown(text: str, limit: int = 60) -> str:
    """What an author wrote, fit to stand in a message: on one line, without control characters, not too long."""
    signs = (sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text[: limit + 1])
    plain = "".join(signs)
    return plain if len(text) <= limit else plain[:limit] + "…"


IN_QUOTES = "put it into quotes"


def as_text(diagnostic: Diagnostic) -> Diagnostic:
    """What is no name stands where a text may: quotes are the cure."""
    text = diagnostic.place.source.slice(diagnostic.place.span)
    fix = put(f'"{text}"', diagnostic.place, IN_QUOTES, safe=False)
    return replace(diagnostic, help=f'a text stands in quotes: `"{shown(text)}"`', fix=fix)


def unknown_name(
    name: str,
    candidates: Sequence[str],
    subject: str,
    wanted: str,
    place: Place,
    *,
    may_be_text: bool = False,
    library: Sequence[tuple[str, str]] = (),
) -> Diagnostic:
    """`subject` is the setting that the name stands in, `wanted` what it takes. `library`: files of the standard
    library with the block in them that is meant."""
    guess = closest(name, candidates) or _qualified(name, candidates)
    head = name.rpartition(".")[0]
    theirs = [each for each in candidates if head and each.startswith(f"{head}.")]
    otherwise = f"`{head}` has {listed(theirs)}" if theirs else f"{subject} takes {wanted}"
    if library and not theirs:
        path, block = library[0]
        alias = path.rpartition("/")[2].removesuffix(".ift")
        otherwise = f'it is in the standard library: `import "{path}" as {alias}`, and `{alias}.{block}` here'
    help = did_you_mean(guess, otherwise)
    fix = None
    if may_be_text and not guess:
        fix = put(f'"{name}"', place, IN_QUOTES, safe=False)
        help = f'a text stands in quotes: `"{name}"`'
    plain = place.source.slice(place.span) == name
    start, end = _difference(name, guess, candidates) if plain else (0, 0)
    place = Place(place.source, Span(place.span.start + start, place.span.end - end))
    if guess:
        edit = Edit(place, guess[start : len(guess) - end])
        fix = Fix(f"write `{guess}`", (edit,), safe=surely(name, guess), declared=True)
    return problem("IFT201", f"nothing here is called `{name}`", place, help, fix=fix)


def bare_column(name: str, written: str, subject: str, place: Place) -> Diagnostic:
    """A column stands bare where Jinja is wanted; `written` is how it stands there."""
    fix = write(written, place, safe=False)
    return problem("IFT201", f"a column stands in {subject} in quotes: `{written}`", place, fix=fix)


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
    message = f"`{name}` is {article(kind)} {kind}, which is not what {subject} takes"
    return problem("IFT202", message, place, f"write {wanted}")


def repeated_name(name: str, first: Place, place: Place) -> Diagnostic:
    message = f"`{name}` is already taken"
    help = "blocks, parameters and imports of a file share one set of names: choose another"
    return problem("IFT203", message, place, help, label="again", related=(Label(first, "first declared here"),))


def unknown_part(part: str, path: str, guess: str | None, subject: str, wanted: str, place: Place) -> Diagnostic:
    """The last part of a path that would be whole without it; `guess` is what it stands for."""
    fix = write(guess, place)
    help = did_you_mean(guess, f"write {wanted}")
    message = f"`{part}` in `{path}` means nothing to {subject}"
    return problem("IFT204", message, place, help, fix=fix)


def misdeclared(uses: Sequence[Diagnostic], declared: str, used: str, place: Place) -> Diagnostic:
    """One report, at the declaration, for uses that agree on another name. Which of the two is right is not known."""
    labels = tuple(Label(use.place, "used here") for use in uses if use.place)
    message = f"`{declared}` is never used, but `{used}` is, {len(uses)} times, and stands for nothing"
    help = f"write `{used}` here, or `{declared}` where it is used"
    fix = write(used, place, safe=False)
    return problem(uses[0].code, message, place, help, label=did_you_mean(used), related=labels[:3], fix=fix)


def too_long_path(path: str, subject: str, wanted: str, place: Place) -> Diagnostic:
    return problem("IFT204", f"`{path}` has too many parts for {subject}", place, f"write {wanted}")


def unknown_column(name: str, owner: str, columns: Sequence[str], place: Place) -> Diagnostic:
    """`owner` is the dataset, or the template that declares its columns."""
    return _unknown("IFT205", f"{owner} has no column `{name}`", name, "columns", columns, place)


def unknown_split(name: str, datasets: Sequence[str], splits: Sequence[str], place: Place) -> Diagnostic:
    owner = f"dataset `{datasets[0]}` has no" if len(datasets) == 1 else "none of these tasks has a"
    return _unknown("IFT206", f"{owner} split `{name}`", name, "splits", splits, place)


def no_pool(pool: str, task: str, dataset: str, splits: Sequence[str], place: Place) -> Diagnostic:
    message = f"dataset `{dataset}` has no split `{pool}`, from which task `{task}` takes its exemplars"
    names = quoted(splits)
    help = f"name another split in the task's `few_shot {{ pool = … }}`, which is not evaluated: there are {names}"
    return problem("IFT206", message, place, help)


def unknown_metric(name: str, task: str, metrics: Sequence[str], place: Place) -> Diagnostic:
    return _unknown("IFT207", f"task `{task}` is not judged by `{name}`", name, "metrics", metrics, place)


def no_conversation(column: str, kind: str, place: Place) -> Diagnostic:
    """`kind` is the word of the column's type."""
    message = f"`messages` takes a `messages` column, and `{column}` is {article(kind)} `{kind}` column"
    help = f"declare `{column} = messages` where the data holds turns; otherwise write `prompt` and `completion`"
    return problem("IFT208", message, place, help)


def no_variables(column: str, kind: str, place: Place) -> Diagnostic:
    """`kind` is the word of the column's type."""
    message = f"`chat_variables` takes names with values, and `{column}` is {article(kind)} `{kind}` column"
    help = f"declare `{column}` as a record, such as `record(enable_thinking = bool)`, as a `map`, or as JSON text"
    return problem("IFT208", message, place, help)


def _unknown(code: str, message: str, name: str, what: str, known: Sequence[str], place: Place) -> Diagnostic:
    guess = closest(name, known)
    help = did_you_mean(guess, f"its {what} are {quoted(known)}")
    return problem(code, message, place, help, fix=rename(name, guess, place, declared=True))


def missing_import(
    path: str, candidates: Sequence[str], place: Place, *, library: bool = False, standard: str | None = None
) -> Diagnostic:
    """`library`: it is of the standard library; `standard`: the path of a file of that library with this name."""
    folder, slash, name = path.rpartition("/")
    guess = closest(name, candidates)
    start = "import paths start from the folder of this file"
    if library:
        start = f"the library has {quoted(candidates)}" if candidates else "the library's own begin with `std/`"
    help = f"write `{standard}`" if standard else did_you_mean(guess and shown(folder + slash + guess), start)
    return problem("IFT210", f"there is no file `{shown(path)}`", place, help)


def import_outside(path: str, place: Place) -> Diagnostic:
    help = "import paths are relative and stay inside the repository, or begin with `std/`"
    return problem("IFT211", f"`{shown(path)}` leaves the repository", place, help)


def import_not_a_recipe(path: str, better: str | None, place: Place) -> Diagnostic:
    """`better`: the path of a recipe that it is short for."""
    help = f"write `{better}`" if better else "only recipes can be imported"
    fix = put(f'"{better}"', place, f"write `{better}`") if better else None
    return problem("IFT212", f"`{shown(path)}` is not an `.ift` file", place, help, fix=fix)


def unreadable_import(path: str, reason: str, place: Place) -> Diagnostic:
    return problem("IFT213", f"`{shown(path)}` cannot be read: {reason}", place)


def import_cycle(target: str, importer: str, place: Place) -> Diagnostic:
    imported = "imports itself" if target == importer else f"is being imported by way of `{importer}`"
    message = f"`{target}` {imported}: imports go round in a circle"
    return problem("IFT214", message, place, "move what both need to a third file")


def too_many_imports(files: int, characters: int, place: Place) -> Diagnostic:
    message = f"a recipe has at most {files} files and {characters:,} characters, imports of imports counted"
    return problem("IFT215", message, place)


def not_imported(name: str, kind: str, alias: str, place: Place) -> Diagnostic:
    help = f"write the {kind} in this file; `{alias}` brings models, datasets, templates, tasks, mixtures and suites"
    return problem("IFT216", f"`{name}` is {article(kind)} {kind}, which an import does not bring", place, help)


def circular_parameter(name: str, place: Place) -> Diagnostic:
    return problem("IFT220", f"parameter `{name}` is made of itself", place, "give it a value")


def dotted_parameter(name: str, place: Place) -> Diagnostic:
    message = f"`{name}` cannot be a parameter: its name has dots"
    return problem("IFT221", message, place, "settings of a block stand inside its braces, or in a `variant`")


def endless_parameter(name: str, limit: int, place: Place) -> Diagnostic:
    help = "parameters that hold each other more than once double at every step: write the value out"
    return problem("IFT222", f"parameters unfold more than {limit:,} times, the last of them `{name}`", place, help)


def malformed_override(text: str, place: Place) -> Diagnostic:
    message = f"`{shown(text)}` is not of the form `path=value`"
    return problem("IFT240", message, place, "such as `--set train.batch='16 examples'`")


def unknown_target(name: str, candidates: Sequence[str], place: Place, meant: str | None = None) -> Diagnostic:
    """The first word of an override's path leads nowhere. Candidates from imports have the import's name before them.

    `meant` is the whole path where the word is the kind of one block.
    """
    if meant is not None:
        message = f"`{name}` is a kind of block: a path has the block's name"
        return problem("IFT241", message, place, did_you_mean(meant))
    guess = closest(name, candidates) or _qualified(name, candidates)
    fix = write(guess, place)
    help = did_you_mean(guess, "a path begins with a parameter, a block, an import, or a block's kind")
    return problem("IFT241", f"there is no parameter or block `{name}` to change", place, help, fix=fix)


def imported_parameter(path: str, place: Place) -> Diagnostic:
    help = "change the settings that it stands in: a path may lead to a block of an import"
    return problem("IFT241", f"`{path}` is a parameter of an import, which cannot be set from here", place, help)


def missing_setting_name(block: str, place: Place) -> Diagnostic:
    return problem("IFT242", f"`{block}` is a block, not a setting", place, f"add the setting: `{block}.setting`")


def not_a_block(setting: str, place: Place) -> Diagnostic:
    help = "change the whole value; a path leads into a call where the call itself is written there"
    return problem("IFT243", f"`{setting}` is a value here, not a block: nothing inside it can be changed", place, help)


def unknown_variant(name: str, candidates: Sequence[str], place: Place) -> Diagnostic:
    known = f"its variants are {quoted(candidates)}" if candidates else "it has no variants"
    help = did_you_mean(closest(name, candidates), known)
    return problem("IFT244", f"the recipe has no variant `{shown(name)}`", place, help)


def unused_block(name: str, kind: str, place: Place) -> Diagnostic:
    message = f"{kind} `{name}` is not used"
    return problem("IFT230", message, place, "use it, or remove it: nothing in this recipe needs it")


def unused_parameter(name: str, homes: Sequence[str], cure: str | None, place: Place) -> Diagnostic:
    """`homes` are the kinds of blocks that have a setting of this name, `cure` is for what others call so."""
    help = cure or "a parameter is a bare name in place of a value"
    if homes:
        help = f"it is a setting of {quoted(homes, ' and ')}: write it inside the braces there"
    return problem("IFT231", f"parameter `{name}` is not used", place, help)


def unused_import(alias: str, place: Place) -> Diagnostic:
    message = f"import `{alias}` is not used"
    return problem("IFT232", message, place, f"remove it, or use one of its blocks as `{alias}.name`")
