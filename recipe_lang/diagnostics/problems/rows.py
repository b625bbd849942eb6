"""What is wrong in the data itself (550–561, 568, 569, 582–586, 590–599): files, the hub, rows, splits.

The engine has no recipe text: every diagnostic points into the program. `places` are rows, each with file and number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from recipe_lang.diagnostics.model import Diagnostic, problem
from recipe_lang.diagnostics.problems.wording import (
    Examples,
    are,
    counted,
    did_you_mean,
    first_few,
    listed,
    places_of,
    shorten,
)

if TYPE_CHECKING:
    from recipe_lang.program.facts import Overlap


def missing_file(written: str, near: str | None, pointer: str, *, pattern: bool = False) -> Diagnostic:
    message = f"no file matches `{written}`" if pattern else f"the data file `{written}` does not exist"
    help = did_you_mean(near, "paths are relative to the file that the recipe is written in")
    return problem("IFT550", message, pointer, help)


def folder_as_file(written: str, pointer: str) -> Diagnostic:
    message = f"`{written}` is a folder, not a file"
    return problem("IFT550", message, pointer, f"name its files with a pattern, as `{written}/*`")


def unreadable_file(file: str, reason: str, pointer: str) -> Diagnostic:
    return problem("IFT551", f"`{file}` cannot be read: {reason}", pointer, "mend the file, or name the format it has")


def no_row_list(file: str, rows: str | None, keys: Sequence[str], pointer: str) -> Diagnostic:
    found = f"under `{rows}`" if rows else "at its top"
    help = f'say where the rows stand: `rows = "{keys[0]}"`' if keys else "rows are a list of JSON objects"
    return problem("IFT551", f"`{file}` has no list of rows {found}", pointer, help)


def repeated_column(column: str, file: str, pointer: str) -> Diagnostic:
    return problem("IFT551", f"`{file}` has the column `{column}` twice", pointer, "rename one of them")


def missing_column(
    column: str, origin: str, dataset: str, file: str, columns: Sequence[str], near: str | None
) -> Diagnostic:
    help = f'did you mean `from = "{near}"`?' if near else f"it has {listed(columns)}"
    if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|"):
        help = f"its header is one name, {listed(columns)}: `csv` reads commas between columns, `tsv` tabs"
    return problem("IFT552", f"`{file}` has no column `{origin}`", f"/datasets/{dataset}/columns/{column}", help)


def unknown_column(column: str, dataset: str, pointer: str, near: str | None) -> Diagnostic:
    return problem("IFT552", f"the data of `{dataset}` has no column `{column}`", pointer, did_you_mean(near))


def mixed_column(column: str, dataset: str, first: str, second: str) -> Diagnostic:
    message = f"the values of column `{column}` are {first} in one row and {second} in another"
    help = f"declare the column in `columns {{ {column} = … }}` of `{dataset}`"
    return problem("IFT553", message, f"/datasets/{dataset}/source", help)


def no_messages(column: str, dataset: str, template: str) -> Diagnostic:
    message = f"column `{column}` of `{dataset}` is not declared as `messages`"
    help = f"declare it in `columns {{ {column} = messages }}`, with `format = sharegpt` for `from` and `value`"
    return problem("IFT553", message, f"/templates/{template}/messages", help)


def hub_unreachable(name: str, reason: str, pointer: str) -> Diagnostic:
    message = f"the data set `{name}` cannot be fetched from the hub: {shorten(reason, 160)}"
    help = "check its name, configuration and revision, the network, and `HF_TOKEN` where it is not public"
    return problem("IFT582", message, pointer, help)


def hub_without_split(name: str, split: str, splits: Sequence[str], near: str | None, pointer: str) -> Diagnostic:
    help = did_you_mean(near, f"it has {listed(splits)}")
    return problem("IFT559", f"the data set `{name}` of the hub has no split `{split}`", pointer, help)


def hub_from_cache(name: str, commit: str, pointer: str) -> Diagnostic:
    message = f"the hub is out of reach: `{name}` is read from the cache, as of {commit[:12]}"
    return problem("IFT583", message, pointer, "pin what you read with `revision`, or with `ift lock`")


def bad_rows(dataset: str, bad: Sequence[str], allowed: int, total: int) -> Diagnostic:
    limit = f", {allowed:,} are allowed" if allowed else ""
    message = f"{counted(len(bad), 'row')} of {total:,} in `{dataset}` {are(len(bad))} broken{limit}: {first_few(bad)}"
    help = f"mend the rows, or leave them out with `max_bad_rows = {counted(len(bad), 'row')}`"
    if len(bad) == total:
        help = "none is whole: look at the file's format, its separator and its header"
    return problem("IFT554", message, f"/datasets/{dataset}/{'max_bad_rows' if allowed else 'source'}", help)


def bad_rows_left_out(dataset: str, bad: Sequence[str], total: int) -> Diagnostic:
    rows = f"{counted(len(bad), 'broken row')} of {total:,} in `{dataset}`"
    message = f"{rows} {are(len(bad))} left out: {first_few(bad)}"
    return problem("IFT555", message, f"/datasets/{dataset}/max_bad_rows")


def unread_keys(dataset: str, keys: Mapping[str, int]) -> Diagnostic:
    message = f"conversations of `{dataset}` hold what is not read: {_counts(keys)}"
    help = "what the model shall see belongs into the content, the name or the calls of a turn"
    return problem("IFT590", message, f"/datasets/{dataset}/columns", help)


def nulls_left_out(dataset: str, calls: int) -> Diagnostic:
    message = (
        f"arguments of {counted(calls, 'tool call')} in `{dataset}` have null where the call had no such argument, as "
        f"columnar files do: these are left out"
    )
    help = "where null means something, keep the arguments as JSON text"
    return problem("IFT591", message, f"/datasets/{dataset}/columns", help)


def nothing_dropped(role: str, column: str, dataset: str) -> Diagnostic:
    message = f"no turn in column `{column}` of `{dataset}` has the role `{role}`, which `drop` leaves out"
    return problem("IFT593", message, f"/datasets/{dataset}/columns/{column}", "write the role as the data writes it")


def tool_nulls_left_out(template: str, count: int) -> Diagnostic:
    message = (
        f"the tools of {counted(count, 'row')} of template `{template}` have fields that are null: these are left out"
    )
    help = "where null means something, keep the tools as JSON text"
    return problem("IFT591", message, f"/templates/{template}/tools", help)


def kept_out_is_trained(template: str, count: int, examples: Examples) -> Diagnostic:
    message = (
        f"`loss_on = all` would train turns that the data keeps out, in {counted(count, 'row')} of template "
        f"`{template}`: {places_of(examples, count)}"
    )
    help = "train completions alone, or drop these rows with `keep_if`"
    return problem("IFT592", message, "/train/loss_on", help)


def no_rows(dataset: str, files: Sequence[str]) -> Diagnostic:
    return problem("IFT556", f"the data of `{dataset}` has no rows ({listed(files)})", f"/datasets/{dataset}/source")


def nothing_kept(dataset: str, total: int) -> Diagnostic:
    message = f"`keep_if` drops every one of the {total:,} rows of `{dataset}`"
    help = "the expression keeps the rows for which it is true"
    return problem("IFT556", message, f"/datasets/{dataset}/keep_if", help)


def filter_failed(dataset: str, place: str, reason: str) -> Diagnostic:
    message = f"`keep_if` cannot be computed for a row: {reason} ({place})"
    help = "guard what may be absent, as `note is not none and note | length > 20`"
    return problem("IFT557", message, f"/datasets/{dataset}/keep_if", help)


def empty_split(split: str, dataset: str, rows: int, *, declared: bool) -> Diagnostic:
    message = f"the split `{split}` of `{dataset}` is empty: the data has {counted(rows, 'row')}"
    help = "give it a larger share or a count" if declared else "leave out splits that have no rows"
    return problem("IFT558", message, _split(dataset, split) if declared else f"/datasets/{dataset}/source", help)


def limit_empties_split(split: str, dataset: str, limit: int) -> Diagnostic:
    message = f"with `limit = {limit} rows` the split `{split}` of `{dataset}` is empty"
    return problem("IFT558", message, f"/datasets/{dataset}/limit", "every split needs at least one row")


def unknown_source_split(name: str, split: str, dataset: str, splits: Sequence[str], near: str | None) -> Diagnostic:
    help = did_you_mean(near and f"source.{near}", f"it has {listed(splits)}")
    return problem("IFT559", f"the source of `{dataset}` has no split `{name}`", _split(dataset, split), help)


def too_few_rows(dataset: str, counts: Mapping[str, int], rows: int) -> Diagnostic:
    asked = f"{sum(counts.values()):,} rows by count"
    message = f"the splits of `{dataset}` ask for {asked}, and {rows:,} are there to divide"
    pointer = _split(dataset, list(counts)[-1]) if counts else f"/datasets/{dataset}/split"
    return problem("IFT560", message, pointer, "lower the counts; shares divide the rows that counts leave")


def unsplit(dataset: str, rows: int, splits: Sequence[str]) -> Diagnostic:
    message = (
        f"{counted(rows, 'row')} of `{dataset}` {are(rows)} left out: no split takes {'it' if rows == 1 else 'them'}"
    )
    help = f"its splits are {listed(splits)}; a share, as `train = 100%`, takes what counts leave"
    return problem("IFT568", message, f"/datasets/{dataset}/split", help)


def count_cannot_hold(split: str, dataset: str, asked: int, got: int) -> Diagnostic:
    exactly = f"exactly {asked:,} rows: groups, and rows that say the same, are never divided"
    message = f"`{split}` of `{dataset}` cannot have {exactly}, and {got:,} is what fits"
    return problem("IFT561", message, _split(dataset, split), f"ask for {got} rows, or for a share")


def share_missed(split: str, dataset: str, asked: float, realised: float, tolerance: float, by: str) -> Diagnostic:
    why = (
        "a hash gives shares only on average"
        if by == "hash"
        else "its groups, and rows that say the same, are too large to divide so finely"
    )
    off = abs(realised - asked)
    message = f"`{split}` of `{dataset}` has {realised:.1%} of the rows where {asked:.1%} is asked: {why}"
    help = f"allow it with `tolerance = {off * 100 + 0.05:.1f}%` (now {tolerance:.1%}), or give the split a count"
    return problem("IFT561", message, _split(dataset, split), help)


def overlap(dataset: str, overlaps: Sequence[Overlap], policy: str) -> Diagnostic:
    """One line, however many splits there are: the plan holds all of it."""
    most, *others = sorted(overlaps, key=lambda each: (not each.trained, -each.rows / each.total))
    message = f"{_overlap(dataset, most)}: {most.example[0]} in {most.example[1]}"
    if others:
        splits = dict.fromkeys(f"`{each.dataset}` in `{each.split}`" for each in others)
        message += f"; so do rows of {first_few(list(splits))}: `ift plan --json` counts them under `overlaps`"
    pointer = f"/datasets/{dataset}/on_overlap"
    if policy == "error":
        cure = "with `on_overlap = drop_from_train`" if most.trained else "of one of them"
        return problem("IFT585", message, pointer, f"take the rows out {cure}")
    if policy == "drop_from_train":
        return problem("IFT586", f"{message}; those training rows are left out", pointer)
    if not most.trained:
        help = "what is chosen by one of these splits is not judged by the other alone"
        return problem("IFT584", message, pointer, help)
    help = "take the rows out with `on_overlap = drop_from_train`, or group what belongs together with `group_by`"
    return problem("IFT584", message, pointer, help)


def _overlap(dataset: str, each: Overlap) -> str:
    rows = f"{each.rows:,} of {each.total:,} rows of `{each.dataset}` in `{each.split}`"
    if not each.trained:
        return f"{rows} stand in `{each.other}` too, as a whole text or with 13 words in a row"
    return (
        f"{rows} stand in {counted(each.other_rows, 'training row')} of `{dataset}` ({each.whole:,} with a whole text, "
        f"{each.rows - each.whole:,} with 13 words in a row)"
    )


def _counts(keys: Mapping[str, int]) -> str:
    """The first twelve, each with how often it stands in the data."""
    shown = [f"`{key}` ({count:,})" for key, count in list(keys.items())[:12]]
    return ", ".join(shown) + (f" and {len(keys) - 12:,} more" if len(keys) > 12 else "")


def _split(dataset: str, split: str) -> str:
    return f"/datasets/{dataset}/split/parts/{split}"
