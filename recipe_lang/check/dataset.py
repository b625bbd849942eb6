"""What can be wrong with a dataset as a whole: its filter, and shares and counts of its splits."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from glob import glob, has_magic
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_lang.check.guarded import repository
from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems import data as problems
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.jinja.rules import condition_check
from recipe_lang.jinja.typing import TemplateInfo, check_template
from recipe_lang.program.reach import circles
from recipe_lang.program.split import CountOfRows, PartOf, ShareOfRows

if TYPE_CHECKING:
    from recipe_lang.check.result import Recipe, Report
    from recipe_lang.diagnostics.model import Place
    from recipe_lang.program.dataset import Dataset
    from recipe_lang.program.template import Template

MANY_FILES = 1_000
"""Names of a folder among which one is looked for that may be meant."""

MANY_FOLDERS = 50
"""Folders below a recipe's in which a file is looked for that is not where the recipe says."""


def declared_at(owner: Dataset | Template, recipe: Recipe) -> dict[str, Place]:
    def find() -> dict[str, Place]:
        return {name: owner.key_place("columns", name) for name in owner.columns or {}}

    return recipe.once(("columns declared at", owner.name), find)


def by_origin(owner: Dataset | Template) -> dict[str, str]:
    """Columns by their names in the data, where these are others."""
    return {column.from_: name for name, column in (owner.columns or {}).items() if column.from_}


def filter_info(dataset: Dataset, recipe: Recipe) -> tuple[TemplateInfo, list[Diagnostic]] | None:
    """What is known of `keep_if`, with its mistakes; None where it is not set."""
    text = dataset.keep_if
    if text is None:
        return None

    def find() -> tuple[TemplateInfo, list[Diagnostic]]:
        return check_template(
            text,
            recipe.columns(dataset),
            place_of=lambda start, end: dataset.text_place(start, end, "keep_if"),
            expression=True,
            dataset=dataset.name,
            declared_at=declared_at(dataset, recipe),
            by_origin=by_origin(dataset),
        )

    return recipe.once(("keep_if", dataset.name), find)


def check_filter(dataset: Dataset, recipe: Recipe, report: Report) -> None:
    if (found := filter_info(dataset, recipe)) is None:
        return
    info, diagnostics = found
    for diagnostic in [*diagnostics, *condition_check("`keep_if`", info, dataset.place("keep_if"))]:
        report(diagnostic)


def check_columns(dataset: Dataset, recipe: Recipe, report: Report) -> None:
    """Nothing is said about names in templates where nobody says which columns there are."""
    asking = [*recipe.blocks.get("template", {}).values(), *recipe.blocks.get("task", {}).values()]
    used = any(getattr(block, "dataset", None) == dataset.name for block in asking)
    if recipe.columns(dataset) is None and used:
        report(problems.columns_unknown(dataset.name, dataset.place()))


def check_files(dataset: Dataset, recipe: Recipe, report: Report) -> None:
    for written, path, where in _local_files(dataset, recipe):
        if not glob(str(path)):
            meant = _like(path) or _elsewhere(path.name, dataset.scope.folder)
            report(problems.missing_data(written, meant, dataset.place(*where)))


def has_local_rows(recipe: Recipe) -> bool:
    """Whether a dataset of a recipe without errors is in files that are there."""
    datasets = recipe.blocks.get("dataset", {}).values()
    return any(glob(str(path)) for dataset in datasets for _, path, _ in _local_files(dataset, recipe))


def _local_files(dataset: Dataset, recipe: Recipe) -> Iterator[tuple[str, Path, tuple[str | int, ...]]]:
    """Names of files, inside the repository alone: as written, where they lie, and where they are written.

    Patterns of folders are left to the run: a link that one of them matches could lead anywhere.
    """
    sources = dataset.source if isinstance(dataset.source, dict) else {"": dataset.source}
    root = repository(recipe.source.path.resolve()) if recipe.source.path else recipe.folder.resolve()
    for split, source in sources.items():
        for index, written in enumerate(getattr(source, "paths", ())):
            path = Path(os.path.realpath(recipe.folder / written))
            if path.is_relative_to(root) and not has_magic(str(path.parent)):
                yield written, path, (("source", split) if split else ("source",)) + ("paths", index)


def _like(path: Path) -> str | None:
    """The name in the same folder that was probably meant."""
    try:
        return closest(path.name, (entry.name for entry in islice(os.scandir(path.parent), MANY_FILES)))
    except OSError:
        return None


def _elsewhere(name: str, folder: Path) -> str | None:
    """The path of the one file of that name in the first folders below a recipe's."""
    same: list[str] = []
    for found, folders, files in islice(os.walk(folder), MANY_FOLDERS):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        if name in files:
            same.append((Path(found) / name).relative_to(folder).as_posix())
    return same[0] if len(same) == 1 else None


def check_shares(dataset: Dataset, recipe: Recipe, report: Report) -> None:
    """Shares add up to one, and there is a split."""
    split = dataset.split
    if split is None:
        return
    shares = {name: part.share for name, part in split.parts.items() if isinstance(part, ShareOfRows)}
    total = math.fsum(shares.values())
    if shares and abs(total - 1) > 1e-9:
        *others, last = (dataset.place("split", name) for name in sorted(shares, key=_written(dataset)))
        report(problems.shares_do_not_add_up(total, dataset.name, others, last))
    if not split.parts:
        report(problems.split_without_parts(dataset.name, dataset.place("split")))


def check_parts(dataset: Dataset, recipe: Recipe, report: Report) -> None:
    """A part is taken out of rows that something else fixes, and leaves some of them."""
    parts = {n: part for n, part in (dataset.split.parts if dataset.split else {}).items() if isinstance(part, PartOf)}
    for circle in circles({name: [part.of] for name, part in parts.items()}):
        first = circle.index(next(name for name in parts if name in circle))
        name, *others = circle[first:] + circle[:first]
        report(problems.circular_parts([name, *others], dataset.name, dataset.place("split", name, "of")))
    for whole in dict.fromkeys(part.of for part in parts.values()):
        taken = [name for name, part in parts.items() if part.of == whole]
        total = math.fsum(parts[name].share for name in taken)
        if total >= 1 - 1e-9:
            *others, last = sorted((dataset.place("split", name) for name in taken), key=lambda place: place.span)
            report(problems.nothing_left_of_split(whole, total, dataset.name, others, last))


def check_groups(dataset: Dataset, recipe: Recipe, report: Report) -> None:
    """What decides a row's place has one answer only."""
    split = dataset.split
    if split is None or split.by.kind != "hash":
        return
    for name in ("stratify_by", "group_by"):
        value = getattr(split, name)
        if value and value != [split.by.column]:
            report(problems.hash_with(name, split.by.column, dataset.key_place("split", name)))
    for name, part in split.parts.items():
        if isinstance(part, CountOfRows):
            report(problems.count_with_hash(name, split.by.column, dataset.place("split", name)))


def _written(dataset: Dataset):
    return lambda name: dataset.place("split", name).span


RULES = (check_files, check_columns, check_filter, check_shares, check_parts, check_groups)
