"""Values as templates see them, and how they are printed."""

from __future__ import annotations

import re

from jinja2 import StrictUndefined, UndefinedError
from jinja2.runtime import Macro, Undefined

from recipe_lang.jinja.limits import Refused


class Label(str):
    """The text of a label column that remembers its number, which `position` gives."""

    __slots__ = ("position",)
    position: int

    def __new__(cls, text: str, position: int) -> Label:
        label = super().__new__(cls, text)
        label.position = position
        return label

    def __reduce__(self) -> tuple:
        return Label, (str(self), self.position)


def labels(names: tuple[str, ...] | list[str]) -> tuple[Label, ...]:
    """A label column's values, by number; rows share these objects."""
    return tuple(Label(name, position) for position, name in enumerate(names))


class Missing(StrictUndefined):
    """What is not there: any use but `is defined` and `default` is refused, in words."""

    @property
    def _undefined_message(self) -> str:
        return self._undefined_hint or f"there is no `{self._undefined_name}`"


def is_absent(value: object) -> bool:
    """True for none and for what is not there: templates know one kind of absence."""
    return value is None or isinstance(value, Undefined)


def as_text(value: object) -> str:
    """The text that a template prints for a value: texts, numbers and truth values only.

    Raises: Refused for what is absent, and for lists and records, of which Python's own spelling would be printed.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        return str(value)
    if isinstance(value, Undefined):
        value._fail_with_undefined_error()
    if value is None:
        raise Refused("a value that is absent (none) is printed")
    raise Refused(f"{kind_in_words(value)} is printed; use `join` or `tojson`")


def unfit(name: str, wanted: str, value: object) -> Exception:
    """The exception for a value that a filter or method does not take; one that is not there says so itself."""
    if isinstance(value, Undefined):
        return UndefinedError(value._undefined_message)
    return Refused(f"`{name}` needs {wanted}, not {kind_in_words(value)}")


_COMPARED = re.compile(r"'(\S+)' not supported between instances of '(\w+)' and '(\w+)'")
_PYTHON_KINDS = {
    "str": "a text",
    "Label": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "a truth value",
    "list": "a list",
    "tuple": "a list",
    "dict": "a record",
    "NoneType": "nothing (none)",
    "Missing": "nothing",
}


def type_error_in_words(error: Exception) -> str:
    found = _COMPARED.search(str(error))
    if found:
        left, right = (_PYTHON_KINDS.get(name, name) for name in found.group(2, 3))
        return f"`{found[1]}` compares {left} with {right}"
    words = str(error)
    for name, kind in _PYTHON_KINDS.items():
        words = words.replace(f"'{name}'", kind)
    return f"an operation does not fit its values ({words})"


def kind_in_words(value: object) -> str:
    for kind, words in (
        (str, "a text"),
        (bool, "a truth value"),
        (int, "a whole number"),
        (float, "a number"),
        ((list, tuple), "a list"),
        (dict, "a record"),
        (type(None), "nothing (none)"),
        (Undefined, "nothing"),
        (Macro, "a macro"),
    ):
        if isinstance(value, kind):
            return words
    return "a function"
