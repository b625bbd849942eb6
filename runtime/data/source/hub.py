"""Data sets of the Hugging Face hub, through `datasets`: fetched once, pinned by commit, read from its cache offline.

The commit that a name and revision stand for is remembered, so that what was fetched can be found again without asking.
Tokens come from the environment (`HF_TOKEN`), as the library reads them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems import rows as problems
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.program.dataset import HubSource
from recipe_lang.program.document import digest
from recipe_lang.program.lock import revision_asked
from runtime.base.documents import Unreadable, document
from runtime.base.files import write_atomic
from runtime.data.cache.entries import cache_folder
from runtime.data.source.arrow import ROWS_AT_ONCE, rows_of, verify_schema
from runtime.data.source.row import SourceRow


class NotAtHand(Exception):
    """Data that is not in the cache, where nothing may be fetched."""


def resolve(source: HubSource, pointer: str, fetch: bool, diagnostics: list[Diagnostic]) -> str:
    """The commit to read. A revision that is one, or is locked to one, is believed; else the hub is asked or, where
    that is not allowed or not possible, what it last said is taken. Raises Stop, NotAtHand."""
    if source.commit is not None or revision_asked(source) is None:
        return source.commit or source.revision
    pin = _pin(source)
    if not fetch:
        try:
            return document(pin, dict[str, str])["commit"]
        except (Unreadable, KeyError):
            raise NotAtHand(source.name) from None
    builder, cached = _builder(source, source.revision, pointer)
    commit = builder.hash or "unknown"
    if cached:
        diagnostics.append(problems.hub_from_cache(source.name, commit, pointer))
    if not (cached and pin.exists()):
        write_atomic(pin, json.dumps({"commit": commit}))
    return commit


def load_splits(source: HubSource, commit: str, pointer: str) -> dict[str, pa.Table]:
    """Split → rows, memory-mapped. Raises Stop."""
    builder, cached = _builder(source, commit, pointer)
    if cached and builder.hash != commit:
        raise Stop(problems.hub_unreachable(source.name, f"the cache has {builder.hash}, not {commit}", pointer))
    try:
        builder.download_and_prepare()
        splits = builder.as_dataset()
    except Exception as error:
        raise Stop(problems.hub_unreachable(source.name, _reason(error), pointer)) from error
    tables = {str(name): data.data.table for name, data in splits.items()}
    if source.split is None:
        return tables
    if source.split not in tables:
        near = closest(source.split, list(tables))
        raise Stop(problems.hub_without_split(source.name, source.split, list(tables), near, pointer))
    return {source.split: tables[source.split]}


def read_split(table: pa.Table, name: str, pointer: str) -> Iterator[SourceRow]:
    """Raises Stop."""
    verify_schema(table.schema, name, pointer)
    try:
        yield from rows_of(table.to_batches(ROWS_AT_ONCE), lambda count: None)
    except pa.ArrowException as error:
        raise Stop(problems.unreadable_file(name, _reason(error), pointer)) from error


def _builder(source: HubSource, revision: str | None, pointer: str) -> tuple[Any, bool]:
    """The library's builder, and whether it is that of its own cache, the hub being out of reach."""
    import datasets

    datasets.disable_progress_bars()
    datasets.logging.set_verbosity_error()
    if Path(source.name).exists():
        # The library would read it in place of the hub's.
        raise Stop(problems.hub_unreachable(source.name, "a local folder has the same name", pointer))
    try:
        builder = datasets.load_dataset_builder(source.name, source.config, revision=revision)
    except Exception as error:
        raise Stop(problems.hub_unreachable(source.name, _reason(error), pointer)) from error
    return builder, type(builder).__module__ == "datasets.packaged_modules.cache.cache"


def _pin(source: HubSource) -> Path:
    return cache_folder("pins", digest([source.name, source.config, source.revision])).with_suffix(".json")


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
