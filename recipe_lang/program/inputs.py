"""What a program reads from outside, as hashes: a run holds to them from its plan to its last step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from recipe_lang.program.base import Model


class Inputs(Model):
    digest: str
    """sha256 over all of them."""
    models: dict[str, str]
    """Weights, configs, tokenizer, chat template and code that is allowed to run; of an adapter, its bases' too."""
    datasets: dict[str, str]
    """The content as read."""


def make_inputs(models: Mapping[str, str], datasets: Mapping[str, str]) -> Inputs:
    parts = {"models": dict(models), "datasets": dict(datasets)}
    return Inputs(digest=hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest(), **parts)


def moved(before: Inputs | None, now: Inputs | None) -> list[tuple[str, str]]:
    """(kind, name) of what both have and is not the same, such as `("datasets", "reviews")`."""
    if before is None or now is None or before.digest == now.digest:
        return []
    kinds = (("models", before.models, now.models), ("datasets", before.datasets, now.datasets))
    return [(kind, name) for kind, old, new in kinds for name in old if new.get(name, old[name]) != old[name]]
