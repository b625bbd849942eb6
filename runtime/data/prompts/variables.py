"""Variables of a chat template that a row brings."""

from __future__ import annotations

from typing import Any

from runtime.data.rows.calls import as_json
from runtime.data.source.lines import parse_json

_TAKEN = ("messages", "tools", "documents", "add_generation_prompt", "date")


def read_variables(value: Any) -> dict[str, Any]:
    """Name → value, those without a value left out. Raises ValueError."""
    written = parse_json(value) if isinstance(value, str) and value.strip() else value
    variables = as_json(written or {}, filled=True)
    if not isinstance(variables, dict):
        raise ValueError("it is no object of names and values")
    taken = next((name for name in _TAKEN if name in variables), None)
    if taken is not None:
        raise ValueError(f"`{taken}` is no variable of a row")
    return variables
