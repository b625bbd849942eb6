"""csv (RFC 4180, quoted with `"`) and tsv (IANA text/tab-separated-values: no quotes). Every value is text."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import rows as problems
from runtime.data.source.open import SourceFile, open_text
from runtime.data.source.row import SourceRow, repeated

csv.field_size_limit(sys.maxsize)


def read_csv(file: SourceFile) -> Iterator[SourceRow]:
    with open_text(file) as text:
        # Strict: without it a quote that is never closed swallows the rest of the file as one value.
        yield from _rows(csv.reader(text, strict=True), file)


def read_tsv(file: SourceFile) -> Iterator[SourceRow]:
    with open_text(file) as text:
        yield from _rows(csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE), file)


def _rows(reader, file: SourceFile) -> Iterator[SourceRow]:
    try:
        header = next(reader, None)
    except csv.Error as error:
        raise Stop(problems.unreadable_file(file.name, f"its header is broken: {error}", file.pointer)) from error
    if not header:
        raise Stop(problems.unreadable_file(file.name, "it has no header", file.pointer))
    twice = repeated(header)
    if twice is not None:
        raise Stop(problems.repeated_column(twice, file.name, file.pointer))
    number = 0
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            number += 1
            yield SourceRow(number, reader.line_num, None, f"not valid csv: {error}")
            continue
        if not values and len(header) > 1:
            continue
        number += 1
        if len(values) == len(header):
            yield SourceRow(number, reader.line_num, dict(zip(header, values, strict=True)))
        elif not values:
            yield SourceRow(number, reader.line_num, {header[0]: ""})
        else:
            yield SourceRow(number, reader.line_num, None, f"{len(values)} values where the header has {len(header)}")
