"""What all models of the plan share."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Frozen, closed: an unknown or a missing key is an error, so nothing in a plan can be ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """A document as it is written: a number in quotes is none. Raises `ValidationError`."""
        return cls.model_validate_json(text, strict=True)


class Mark:
    """Something in an annotation that tells the language more than pydantic reads."""

    __slots__ = ()
