"""What all models of the plan share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Frozen, closed: an unknown or a missing key is an error, so nothing in a plan can be ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Mark:
    """Something in an annotation that tells the language more than pydantic reads."""

    __slots__ = ()
