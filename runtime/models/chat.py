"""The chat template as it was trained: with the recipe's variables inside, so that serving asks what training asked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

_CLOCK = re.compile(r"strftime_now\(\s*(?P<quote>['\"])(?P<format>.*?)(?P=quote)\s*\)")


def lock_variables(template: str, variables: Mapping[str, Any]) -> str:
    """Sets each variable at the head of the template, and writes the recipe's `date` where today's would be read.

    `transformers` renders with `trim_blocks`, which takes the line end after a block: the text stays the same.
    """
    if (day := variables.get("date")) is not None:
        pinned = datetime.fromisoformat(str(day))
        template = _CLOCK.sub(lambda call: json.dumps(pinned.strftime(call["format"])), template)
    settings = "".join(f"{{% set {name} = {_literal(value)} %}}\n" for name, value in sorted(variables.items()))
    return settings + template


def _literal(value: Any) -> str:
    """A Jinja literal, which but for `none` is what JSON writes."""
    return "none" if value is None else json.dumps(value, ensure_ascii=False)
