"""From places in the text to origins in the plan, and back for the engine's diagnostics."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.program.document import Origin, Plan
from recipe_lang.program.kinds import PARTS
from recipe_lang.program.program import Program
from recipe_lang.source import Source, Span, relative_name

if TYPE_CHECKING:
    from recipe_lang.check import Recipe
    from recipe_lang.program.block import Block


def origin_of(place: Place, folder: Path) -> Origin:
    """File names are kept relative to `folder`, the recipe's own."""
    source, span = place.source, place.span
    start, end = source.position(span.start), source.position(span.end)
    return Origin(
        file=file_name(source, folder),
        line=start.line,
        column=start.column,
        end_line=end.line,
        end_column=end.column,
        offset=source.file_offset(span.start),
        end_offset=source.file_offset(span.end),
    )


def file_name(source: Source, folder: Path) -> str:
    return source.name if source.path is None else relative_name(source.path, folder)


def origins_of(recipe: Recipe, program: Program) -> dict[str, Origin]:
    """Where the program's blocks and settings were written; a setting that was not written has none."""
    origins: dict[str, Origin] = {}
    for part, kind in PARTS.items():
        for name, value in getattr(program, part).items():
            block = recipe.find(kind, name)
            _add(origins, f"/{part}/{escape(name)}", block, (), value.model_dump(by_alias=True), recipe.folder)
    if recipe.train and program.train:
        _add(origins, "/train", recipe.train, (), program.train.model_dump(by_alias=True), recipe.folder)
    for index, block in enumerate(recipe.evaluations):
        values = program.evaluations[index].model_dump(by_alias=True)
        _add(origins, f"/evaluations/{index}", block, (), values, recipe.folder)
    return origins


def _add(
    origins: dict[str, Origin], pointer: str, block: Block, path: tuple[str | int, ...], value: object, folder: Path
) -> None:
    place = block.place(*path)
    if not path or place != block.place(*path[:-1]):
        origins[pointer] = origin_of(place, folder)
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, inner in below:
        _add(origins, f"{pointer}/{escape(str(part))}", block, (*path, part), inner, folder)


def escape(part: str) -> str:
    """One part of a JSON pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")


def located(diagnostic: Diagnostic, plan: Plan, sources: Iterable[Source], folder: Path) -> Diagnostic:
    """Gives an engine's diagnostic its place: the origin of its pointer or of the nearest pointer above it.

    `sources` are the texts that the plan was compiled from, `folder` the recipe's own.
    """
    if diagnostic.place is not None or diagnostic.pointer is None:
        return diagnostic
    pointer = diagnostic.pointer
    while pointer and pointer not in plan.origins:
        pointer = pointer.rpartition("/")[0]
    origin = plan.origins.get(pointer)
    source = next((s for s in sources if origin and file_name(s, folder) == origin.file), None)
    if origin is None or source is None:
        return diagnostic
    span = Span(source.offset(origin.line, origin.column), source.offset(origin.end_line, origin.end_column))
    return diagnostic.at(Place(source, span))
