"""IFT0xx: command lines, files and what is installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recipe_lang.diagnostics.model import Diagnostic, Place, problem
from recipe_lang.diagnostics.problems.wording import did_you_mean, quoted
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.source import Source, Span
from recipe_lang.version import install_command


def unreadable_file(path: str, reason: str) -> Diagnostic:
    message = f"`{path}` cannot be read: {reason}"
    return problem("IFT001", message, _file(path), "check the path; relative ones start from the working directory")


def no_recipes(folder: str) -> Diagnostic:
    help = "hidden folders, virtual environments and links to folders are not searched; name the file itself"
    return problem("IFT003", f"there are no recipes (`*.ift`) in `{folder}`", help=help)


def not_utf8(path: str, data: bytes, offset: int) -> Diagnostic:
    """`offset` is that of the first byte that is not UTF-8."""
    source = Source.from_file_text(path, data.decode("utf-8", errors="replace"))
    at = len(Source.from_file_text(path, data[:offset].decode("utf-8")).text)
    message = f"`{path}` is not UTF-8 text: byte 0x{data[offset]:02X} at offset {offset}"
    help = "save the file as UTF-8"
    return problem("IFT002", message, Place(source, Span(at, at + 1)), help, label="the first byte that is not UTF-8")


def system_refused(error: OSError) -> Diagnostic:
    """The operating system's no: a full disk, a folder that may not be written."""
    what = f"`{error.filename}`: " if error.filename else ""
    message = f"{what}{(error.strerror or str(error)).lower()}"
    return problem("IFT004", message, help="free space or permissions, then again")


def memory_did_not_last() -> Diagnostic:
    message = "memory did not last: this machine has no more, or the process may not have more"
    help = (
        "raise the limit of the shell, job or container; reading takes less with a smaller `limit` of the datasets, "
        "a model's work with a smaller `micro_batch` or `max_length`"
    )
    return problem("IFT031", message, help=help)


def unknown_code(word: str, guess: str | None) -> Diagnostic:
    """`guess`: a word of the language that may be meant."""
    help = did_you_mean(guess, "`ift explain` lists all codes; of settings, write such as `train.packing`")
    return problem("IFT005", f"there is no problem and no setting `{word}`", help=help)


def missing_extra(module: str) -> Diagnostic:
    message = f"this needs the packages that run recipes, and `{module}` is not installed"
    return problem("IFT006", message, help=install_command("run"))


def no_recipe(file: str) -> Diagnostic:
    message = f"`{file}` has no `recipe` block: it is a library, and there is nothing to plan or run"
    return problem("IFT007", message, _file(file), "name a recipe that imports it, or add `recipe NAME {}`")


def unknown_starter(word: str, starters: list[str]) -> Diagnostic:
    help = did_you_mean(closest(word, starters), f"there are {quoted(starters)}")
    return problem("IFT008", f"there is no starter `{word}`", help=help)


def unusable_name(name: str) -> Diagnostic:
    help = "names are made of the letters a to z and A to Z, digits and `_`, and begin with no digit"
    return problem("IFT008", f"`{name}` cannot be a recipe's name", help=help)


def not_a_recipe_file(path: str) -> Diagnostic:
    better = Path(path).with_suffix(".ift").as_posix()
    return problem("IFT008", f"`{path}` would not be a recipe: their names end in `.ift`", help=f"write `{better}`")


def already_there(path: str) -> Diagnostic:
    message = f"`{path}` is already there, and is left as it is"
    return problem("IFT009", message, help="choose another name, or remove it first")


def output_not_empty(folder: Path, *, resumable: bool) -> Diagnostic:
    go_on = "go on with `--resume`, " if resumable else ""
    message = f"the run folder `{folder}` is not empty"
    return problem("IFT010", message, help=f"{go_on}replace it with `--overwrite`, or name another one with `--output`")


def run_in_progress(folder: Path) -> Diagnostic:
    message = f"another run is going on in `{folder}`"
    return problem("IFT027", message, help="wait until it has ended, stop it, or name another folder with `--output`")


def not_a_run_folder(folder: Path, foreign: Sequence[str]) -> Diagnostic:
    """`foreign` are names in the folder that no run writes."""
    more = " …" if len(foreign) > 4 else ""
    message = f"`{folder}` is not replaced: it also holds what no run has written ({quoted(foreign[:4])}{more})"
    return problem("IFT028", message, help="move that away, or name another folder with `--output`")


def no_plan_in_folder(folder: Path) -> Diagnostic:
    message = f"`{folder}` is not replaced: it holds no `plan.json` of a run"
    return problem("IFT028", message, help="move what is there away, or name another folder with `--output`")


def input_in_run_folder(folder: Path, path: Path) -> Diagnostic:
    message = f"`{folder}` is not replaced: the new run reads `{path}`, which stands in it"
    return problem("IFT030", message, help="name another folder with `--output`, or move what is read")


def nothing_to_resume(folder: Path) -> Diagnostic:
    return problem("IFT029", f"there is nothing to resume in `{folder}`: the run begins")


def output_is_a_file(folder: Path) -> Diagnostic:
    return problem("IFT011", f"the run folder `{folder}` is a file", help="name a folder with `--output`")


def not_a_plan(file: str, reason: str) -> Diagnostic:
    help = "plans are written by `ift plan --json` and by runs; this version reads its own"
    return problem("IFT012", f"`{file}` is not a plan: {reason[:1].lower()}{reason[1:]}", _file(file), help)


def not_comparable(path: str, reason: str) -> Diagnostic:
    help = "name a recipe (`*.ift`), a plan (`plan.json`) or the folder of a run"
    return problem("IFT012", f"`{path}` cannot be compared: {reason}", _file(path), help)


def missing_lock(lock: str, place: Place) -> Diagnostic:
    return problem("IFT013", f"the recipe is not locked: there is no `{lock}`", place, "run `ift lock`")


def broken_lock(lock: str, reason: str) -> Diagnostic:
    message = f"`{lock}` is not a lock: {reason[:1].lower()}{reason[1:]}"
    return problem("IFT014", message, _file(lock), "remove it and run `ift lock`")


def drifted(kind: str, name: str, field: str, words: str, lock: str, place: Place) -> Diagnostic:
    """`words` say what differs between the lock and what is found, about the whole of it where `field` is empty."""
    what = f"{field} of {kind} `{name}`" if field else f"{kind} `{name}`"
    help = "find out why it changed; `ift lock` accepts what is there now"
    return problem("IFT015", f"{what} {words}, says `{lock}`", place, help)


def sampling_stopped(recipe: str) -> Diagnostic:
    message = f"looking at the data of `{recipe}` was stopped: it took too much time, memory or output"
    help = (
        "look for a pattern or a template that a long row makes slow, or raise the memory that the shell allows; "
        "`ift plan` shows the rest without limits"
    )
    return problem("IFT016", message, _file(recipe), help)


def data_not_at_hand(dataset: str) -> Diagnostic:
    message = f"the rows of dataset `{dataset}` were not looked at: it is not on this machine"
    return problem("IFT017", message, f"/datasets/{dataset}/source", "`ift lock` fetches it")


def model_not_at_hand(model: str) -> Diagnostic:
    message = f"lengths and labels were not looked at: model `{model}` is not on this machine"
    return problem("IFT017", message, f"/models/{model}/source", "`ift lock` fetches it")


def check_failed(recipe: str, summary: str, where: str) -> Diagnostic:
    message = f"the check of `{recipe}` failed: our bug and not your recipe's ({summary})"
    return problem("IFT018", message, _file(recipe), f"please report it; {where}")


def no_such_part(kind: str, word: str, known: list[str]) -> Diagnostic:
    """`kind`: task or split."""
    help = did_you_mean(closest(word, known), f"there are {quoted(known)}")
    return problem("IFT024", f"the recipe has no {kind} `{word}` to show", help=help)


def nothing_to_preview(what: str, recipe: str) -> Diagnostic:
    """`what` of it is missing: a model, data."""
    message = f"there is nothing to show: {what} of `{recipe}` is not on this machine"
    return problem("IFT025", message, _file(recipe), "`ift lock` fetches it")


def not_convertible(file: str, reason: str) -> Diagnostic:
    help = "promptsource's files are called `templates.yaml`; mend it, or write the templates by hand"
    return problem("IFT026", f"`{file}` cannot be converted: {reason}", _file(file), help)


def _file(path: str) -> Place:
    """A file without its text."""
    return Place(Source(path, ""), Span(0, 0))
