"""Where rows come from: one module a format.

Every reader is a generator of `Row`: what stands in the file, untouched, with its number. Nothing is converted here
(`runtime.data.columns` does that by declared type) and nothing is skipped: a row that cannot be read comes out as a row
with a `problem`.
"""

from runtime.data.source.open import SourceFile
from runtime.data.source.read import read_files, read_rows, source_splits
from runtime.data.source.row import Row

__all__ = ["Row", "SourceFile", "read_files", "read_rows", "source_splits"]
