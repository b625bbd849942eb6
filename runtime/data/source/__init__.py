"""Where rows come from: one module a format.

Every reader is a generator of `SourceRow`: what stands in the file, untouched, with its number. Nothing is converted
here (`runtime.data.rows.columns` does that by declared type) and nothing is skipped: a row that cannot be read comes
out as a row with a `problem`.
"""

from runtime.data.source.part import Part, Parts, find_parts
from runtime.data.source.row import SourceRow

__all__ = ["Part", "Parts", "SourceRow", "find_parts"]
