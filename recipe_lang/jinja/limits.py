"""What one rendering may cost: a closed budget, so that a template can never eat the machine.

Jinja's sandbox forbids dangerous objects, not large ones (its documentation says so). Every operation here that can
make its result larger than its input asks the budget before it works, and every one that goes through a text or a list
pays for what it reads: a loop around a cheap question to a long text is not cheap.
"""

from __future__ import annotations

from collections.abc import Iterable

TEMPLATE_BYTES = 64 * 1024
"""UTF-8 bytes of one template."""
NESTING = 64
"""Levels of blocks, brackets and operators."""
RANGE = 1_000
"""Numbers that `range` gives."""
CHARACTERS = 16_000_000
"""Characters that one rendering may produce, values between its steps included."""
STEPS = 1_000_000
"""Loop steps and list elements of one rendering."""
READ = 40_000_000
"""Characters and elements that filters, tests, methods and comparisons of one rendering may go through: a second."""
INTEGER = 2**63 - 1


class Refused(Exception):
    """A rendering cannot go on; the text says why, in words."""


class Run:
    """The state of one rendering: what is left of its budget, and its seeded choices."""

    __slots__ = ("characters", "draws", "read", "seed", "steps")

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.characters = CHARACTERS
        self.steps = STEPS
        self.read = READ
        self.draws: dict[str, int] = {}
        """How often each list has been chosen from."""

    def spend_characters(self, count: int) -> None:
        self.characters -= count
        if self.characters < 0:
            raise Refused(f"it would produce more than {CHARACTERS:,} characters")

    def spend_steps(self, count: int) -> None:
        self.steps -= count
        if self.steps < 0:
            raise Refused(f"it takes more than {STEPS:,} steps")

    def spend_reading(self, *values: object) -> None:
        self.read -= sum(len(value) if isinstance(value, (str, list, tuple, dict)) else 0 for value in values)
        if self.read < 0:
            raise Refused(f"it goes through more than {READ:,} characters and elements")

    def spend_on(self, value: object) -> None:
        if isinstance(value, str):
            self.spend_characters(len(value))
        elif isinstance(value, (list, tuple, dict)):
            self.spend_steps(len(value))


def at_most_characters(count: int) -> None:
    if count > CHARACTERS:
        raise Refused(f"it would produce more than {CHARACTERS:,} characters")


def at_most_elements(count: int) -> None:
    if count > STEPS:
        raise Refused(f"it would make a list of more than {STEPS:,} elements")


def whole(value: object) -> object:
    """The value itself; a whole number beyond 64 bits is refused."""
    if type(value) is int and not -INTEGER - 1 <= value <= INTEGER:
        raise Refused("a number is beyond 64 bits")
    return value


def leaves(values: Iterable[object]) -> int:
    """Elements of a nested value, counted no further than the limit on steps."""
    stack, count = list(values), 0
    while stack:
        count += 1
        at_most_elements(count)
        value = stack.pop()
        if isinstance(value, (list, tuple)):
            stack.extend(value)
        elif isinstance(value, dict):
            stack.extend(value.values())
    return count
