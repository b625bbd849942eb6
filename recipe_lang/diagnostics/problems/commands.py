"""IFT0xx: command lines, files and what is installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.source import Source, Span


def unreadable_file(path: str, reason: str) -> Diagnostic:
    return Diagnostic(
        "IFT001",
        "error",
        f"`{path}` cannot be read: {reason}",
        _file(path),
        help="check the path; relative ones start from the working directory",
    )


def no_recipes(folder: str) -> Diagnostic:
    return Diagnostic(
        "IFT003",
        "warning",
        f"there are no recipes (`*.ift`) in `{folder}`",
        help="hidden folders, virtual environments and links to folders are not searched; name the file itself",
    )


def not_utf8(path: str, data: bytes, offset: int) -> Diagnostic:
    """`offset` is that of the first byte that is not UTF-8."""
    source = Source.from_file_text(path, data.decode("utf-8", errors="replace"))
    at = len(Source.from_file_text(path, data[:offset].decode("utf-8")).text)
    return Diagnostic(
        "IFT002",
        "error",
        f"`{path}` is not UTF-8 text: byte 0x{data[offset]:02X} at offset {offset}",
        Place(source, Span(at, at + 1)),
        "the first byte that is not UTF-8",
        help="save the file as UTF-8",
    )


def system_refused(error: OSError) -> Diagnostic:
    """The operating system's no: a full disk, a folder that may not be written."""
    what = f"`{error.filename}`: " if error.filename else ""
    return Diagnostic(
        "IFT004",
        "error",
        f"{what}{(error.strerror or str(error)).lower()}",
        help="free space or permissions, then again",
    )


def unknown_code(word: str) -> Diagnostic:
    return Diagnostic("IFT005", "error", f"there is no problem `{word}`", help="`ift explain` lists them all")


def missing_extra(module: str) -> Diagnostic:
    return Diagnostic(
        "IFT006",
        "error",
        f"this needs the packages that run recipes, and `{module}` is not installed",
        help='pip install "ift-recipes[run]"',
    )


def no_recipe(file: str) -> Diagnostic:
    return Diagnostic(
        "IFT007",
        "error",
        f"`{file}` has no `recipe` block: it is a library, and there is nothing to plan or run",
        _file(file),
        help="name a recipe that imports it, or add `recipe NAME {}`",
    )


def unknown_starter(word: str, starters: list[str]) -> Diagnostic:
    meant = closest(word, starters)
    cure = f"did you mean `{meant}`?" if meant else "there are " + ", ".join(f"`{name}`" for name in starters)
    return Diagnostic("IFT008", "error", f"there is no starter `{word}`", help=cure)


def unusable_name(name: str) -> Diagnostic:
    return Diagnostic(
        "IFT008",
        "error",
        f"`{name}` cannot be a recipe's name",
        help="names are made of the letters a to z and A to Z, digits and `_`, and begin with no digit",
    )


def not_a_recipe_file(path: str) -> Diagnostic:
    better = Path(path).with_suffix(".ift").as_posix()
    return Diagnostic(
        "IFT008", "error", f"`{path}` would not be a recipe: their names end in `.ift`", help=f"write `{better}`"
    )


def already_there(path: str) -> Diagnostic:
    return Diagnostic(
        "IFT009",
        "error",
        f"`{path}` is already there, and is left as it is",
        help="choose another name, or remove it first",
    )


def output_not_empty(folder: Path, *, resumable: bool) -> Diagnostic:
    go_on = "go on with `--resume`, " if resumable else ""
    return Diagnostic(
        "IFT010",
        "error",
        f"the run folder `{folder}` is not empty",
        help=f"{go_on}replace it with `--overwrite`, or name another one with `--output`",
    )


def run_in_progress(folder: Path) -> Diagnostic:
    return Diagnostic(
        "IFT027",
        "error",
        f"another run is going on in `{folder}`",
        help="wait until it has ended, stop it, or name another folder with `--output`",
    )


def not_a_run_folder(folder: Path, foreign: Sequence[str]) -> Diagnostic:
    """`foreign` are names in the folder that no run writes."""
    shown = ", ".join(f"`{name}`" for name in foreign[:4]) + (" …" if len(foreign) > 4 else "")
    return Diagnostic(
        "IFT028",
        "error",
        f"`{folder}` is not replaced: it also holds what no run has written ({shown})",
        help="move that away, or name another folder with `--output`",
    )


def nothing_to_resume(folder: Path) -> Diagnostic:
    return Diagnostic("IFT029", "note", f"there is nothing to resume in `{folder}`: the run begins")


def output_is_a_file(folder: Path) -> Diagnostic:
    return Diagnostic("IFT011", "error", f"the run folder `{folder}` is a file", help="name a folder with `--output`")


def not_a_plan(file: str, reason: str) -> Diagnostic:
    return Diagnostic(
        "IFT012",
        "error",
        f"`{file}` is not a plan: {reason[:1].lower()}{reason[1:]}",
        _file(file),
        help="plans are written by `ift plan --json` and by runs; this version reads its own",
    )


def not_comparable(path: str, reason: str) -> Diagnostic:
    return Diagnostic(
        "IFT012",
        "error",
        f"`{path}` cannot be compared: {reason}",
        _file(path),
        help="name a recipe (`*.ift`), a plan (`plan.json`) or the folder of a run",
    )


def missing_lock(lock: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT013", "error", f"the recipe is not locked: there is no `{lock}`", place, help="run `ift lock`"
    )


def broken_lock(lock: str, reason: str) -> Diagnostic:
    return Diagnostic(
        "IFT014",
        "error",
        f"`{lock}` is not a lock: {reason[:1].lower()}{reason[1:]}",
        _file(lock),
        help="remove it and run `ift lock`",
    )


def drifted(kind: str, name: str, field: str, words: str, lock: str, place: Place) -> Diagnostic:
    """`words` say what differs between the lock and what is found, about the whole of it where `field` is empty."""
    what = f"{field} of {kind} `{name}`" if field else f"{kind} `{name}`"
    help = "find out why it changed; `ift lock` accepts what is there now"
    return Diagnostic("IFT015", "error", f"{what} {words}, says `{lock}`", place, help=help)


def sampling_stopped(recipe: str) -> Diagnostic:
    return Diagnostic(
        "IFT016",
        "error",
        f"looking at the data of `{recipe}` was stopped: it took too much time, memory or output",
        _file(recipe),
        help="look for a pattern or a template that a long row makes slow; `ift plan` shows the rest without limits",
    )


def data_not_at_hand(recipe: str) -> Diagnostic:
    return Diagnostic(
        "IFT017",
        "note",
        f"the data of `{recipe}` was not looked at: it is not on this machine",
        _file(recipe),
        help="`ift lock` fetches it",
    )


def source_not_at_hand(name: str) -> Diagnostic:
    return Diagnostic(
        "IFT017",
        "note",
        f"rows, tokens and steps are not known: the data set `{name}` of the hub is not on this machine",
        help="`ift lock` fetches it",
    )


def model_not_at_hand(model: str) -> Diagnostic:
    return Diagnostic(
        "IFT017",
        "note",
        f"lengths and labels were not looked at: model `{model}` is not on this machine",
        pointer=f"/models/{model}/source",
        help="`ift lock` fetches it",
    )


def check_failed(recipe: str, summary: str, where: str) -> Diagnostic:
    return Diagnostic(
        "IFT018",
        "error",
        f"the check of `{recipe}` failed: our bug and not your recipe's ({summary})",
        _file(recipe),
        help=f"please report it; {where}",
    )


def no_such_part(kind: str, word: str, known: list[str]) -> Diagnostic:
    """`kind`: task or split."""
    meant = closest(word, known)
    cure = f"did you mean `{meant}`?" if meant else "there are " + ", ".join(f"`{name}`" for name in known)
    return Diagnostic("IFT024", "error", f"the recipe has no {kind} `{word}` to show", help=cure)


def nothing_to_preview(what: str, recipe: str) -> Diagnostic:
    """`what` of it is missing: a model, data."""
    return Diagnostic(
        "IFT025",
        "error",
        f"there is nothing to show: {what} of `{recipe}` is not on this machine",
        _file(recipe),
        help="`ift lock` fetches it",
    )


def not_convertible(file: str, reason: str) -> Diagnostic:
    return Diagnostic(
        "IFT026",
        "error",
        f"`{file}` cannot be converted: {reason}",
        _file(file),
        help="promptsource's files are called `templates.yaml`; mend it, or write the templates by hand",
    )


def _file(path: str) -> Place:
    """A file without its text."""
    return Place(Source(path, ""), Span(0, 0))
