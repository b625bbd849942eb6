"""Which commits the hub's names stood for, when models and data of a program were loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from recipe_lang.program.dataset import HubSource
from recipe_lang.program.lock import revision_asked
from recipe_lang.program.model import HubModel
from recipe_lang.program.program import Program
from runtime.data.source.hub import NotAtHand, resolve
from runtime.models.folder import ModelFolder


def revisions_of(program: Program, folders: Mapping[str, ModelFolder]) -> dict[str, str]:
    """By what the recipe asks for; a recipe that names a commit asks for nothing that could move."""
    return dict(sorted((*_of_models(program, folders), *_of_data(program))))


def _of_models(program: Program, folders: Mapping[str, ModelFolder]) -> Iterator[tuple[str, str]]:
    for name, folder in folders.items():
        declared, loaded = program.models[name].source, folder.source
        if isinstance(declared, HubModel) and isinstance(loaded, HubModel) and declared.name == loaded.name:
            key = revision_asked(declared)
            if key is not None and loaded.revision is not None:
                yield key, loaded.revision


def _of_data(program: Program) -> Iterator[tuple[str, str]]:
    for dataset in program.datasets.values():
        sources = dataset.source.values() if isinstance(dataset.source, dict) else [dataset.source]
        for source in sources:
            key = revision_asked(source) if isinstance(source, HubSource) else None
            if key is not None:
                with suppress(NotAtHand):
                    yield key, resolve(source, "", False, [])
