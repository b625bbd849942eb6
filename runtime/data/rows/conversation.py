"""Conversations of any declared format as turns of one form, their order verified.

`chatml` has roles and contents as chat templates read them, `sharegpt` what comes `from` whom, with `function_call` (a
call that the assistant makes, in JSON) and `observation` (what the tool gave back). All else is alike.
"""

from __future__ import annotations

from typing import Any

from recipe_lang.program.columns import Messages
from runtime.data.rows.notes import Notes
from runtime.data.rows.turn import Turn, is_answer, read_turn
from runtime.data.source.lines import parse_json

_CHATML = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}
_CALLING = ("function_call", "tool_call")
_SHAREGPT = {
    "system": "system",
    "developer": "system",
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    **dict.fromkeys(_CALLING, "assistant"),
    "observation": "tool",
    "tool": "tool",
    "tool_response": "tool",
    "function_response": "tool",
}
_ROLES = {"chatml": _CHATML, "sharegpt": _SHAREGPT}
_KEYS = {"chatml": ("role", "content"), "sharegpt": ("from", "value")}


def read_conversation(value: Any, form: Messages, notes: Notes | None = None, *, filled: bool = False) -> list[Turn]:
    """`filled`: the source has every field in every row, null where a row has none.

    Raises ValueError where a turn is not of the form, or stands where it cannot.
    """
    notes = Notes() if notes is None else notes
    turns: list[tuple[int, Turn]] = []
    for number, turn in enumerate(_listed(value), start=1):
        try:
            read = _turn(turn, form, notes, filled)
        except ValueError as error:
            raise ValueError(f"turn {number} {error}") from None
        if read is not None:
            turns.append((number, read))
    _verify_order(turns)
    return [turn for _, turn in turns]


def _listed(value: Any) -> list[Any]:
    if isinstance(value, str):
        try:
            value = parse_json(value)
        except ValueError as error:
            raise ValueError(f"no list of turns where messages are declared: {error}") from None
    if not isinstance(value, list) or not value:
        raise ValueError("no list of turns where messages are declared")
    return value


def _turn(turn: Any, form: Messages, notes: Notes, filled: bool) -> Turn | None:
    """None where the recipe drops the role."""
    if isinstance(turn, list) and turn and all(isinstance(pair, tuple) for pair in turn):
        turn = {str(key): value for key, value in turn}  # a map of Arrow
    if not isinstance(turn, dict):
        raise ValueError("is not an object")
    (role, content), roles = _KEYS[form.format], _ROLES[form.format]
    keys = (form.role or role, form.content or content)
    if keys[0] not in turn:
        raise ValueError(f"has no `{keys[0]}`: {_declared_otherwise(turn)}")
    word = turn[keys[0]]
    if word in form.drop:
        notes.dropped[word] += 1
        return None
    if not isinstance(word, str) or word not in roles:
        raise ValueError(f"has the role {word!r} in `{keys[0]}`; known are {', '.join(roles)}")
    return read_turn(turn, roles[word], keys, notes, filled=filled, calling=word in _CALLING)


def _declared_otherwise(turn: dict[str, Any]) -> str:
    """How turns with these keys are declared."""
    for format, keys in _KEYS.items():
        if turn.keys() >= set(keys):
            return f"it has `{keys[0]}` and `{keys[1]}`, which `messages(format = {format})` reads"
    named = ", ".join(f"`{key}`" for key in turn) or "no keys"
    return f"it has {named}; `messages(role = …, content = …)` names the keys"


def _verify_order(turns: list[tuple[int, Turn]]) -> None:
    """An optional system turn, then users and assistants in turn; tools answer an assistant that called them."""
    before = None
    for number, turn in turns:
        role = turn["role"]
        allowed = {
            None: ("system", "user"),
            "system": ("user",),
            "user": ("assistant",),
            "assistant": ("user",),
            "calling": ("tool",),
            "tool": ("tool", "assistant"),
        }[before]
        if role not in allowed:
            after = "at the start" if before is None else f"after {before if before != 'calling' else 'a tool call'}"
            raise ValueError(f"turn {number} is {role} {after}, where {' or '.join(allowed)} belongs")
        before = "calling" if turn.get("tool_calls") else role
    if not any(is_answer(turn) for _, turn in turns):
        masked = any(turn["role"] == "assistant" for _, turn in turns)
        raise ValueError("no assistant turn that is trained" if masked else "no assistant turn")
