"""One example: a row asked in the words of one template, as evaluation sees it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    id: str
    """Unique in its task and split: the row, the template and, for conversations, the turn."""
    row: str
    """The row's identity: a hash of its values, the same on every machine and in any order of files."""
    task: str
    template: str
    group: str
    """Rows of one group share it; resampling draws groups."""
    prompt: str
    """All that the model is asked, the chat template and exemplars included."""
    prompt_ids: list[int]
    completion: str
    """The reference answer, as the template renders it."""
    references: tuple[str, ...]
    """Every right answer; the completion alone where the template gives no others."""
    choices: tuple[str, ...] | None
    slices: dict[str, str]
    """Column → value, for the columns that the task's metrics are split by."""
    exemplars: int = 0
    """How many the prompt holds; fewer than were asked for where more would not fit."""
