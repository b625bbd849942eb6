"""Conversations of any declared format as `{"role", "content"}` turns, their order verified.

ChatML: `{"role", "content", "tool_calls"?, "name"?, "tool_call_id"?}`. ShareGPT: `{"from", "value"}` with the roles
human, gpt, system, function_call (a call that the assistant makes, as JSON) and observation (what the tool gave back).
"""

from __future__ import annotations

from typing import Any, Literal

from runtime.data.source.lines import parse_json

Turn = dict[str, Any]

ROLES = ("system", "user", "assistant", "tool")
_SHAREGPT = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "system": "system",
    "observation": "tool",
    "tool": "tool",
}
_KEPT = ("role", "content", "tool_calls", "name", "tool_call_id", "reasoning_content")


def read_conversation(value: Any, format_: Literal["chatml", "sharegpt"]) -> list[Turn]:
    """Raises ValueError where a turn is not of the format or stands where it cannot."""
    if not isinstance(value, list) or not value:
        raise ValueError("no list of turns where messages are declared")
    read = _sharegpt_turn if format_ == "sharegpt" else _chatml_turn
    turns = []
    for number, turn in enumerate(value, start=1):
        if not isinstance(turn, dict):
            raise ValueError(f"turn {number} is not an object")
        try:
            turns.append(read(turn))
        except ValueError as error:
            raise ValueError(f"turn {number} {error}") from None
    _verify_order(turns)
    return turns


def _chatml_turn(turn: Turn) -> Turn:
    role = turn.get("role")
    if role not in ROLES:
        raise ValueError(f"has the role {role!r}; known are {', '.join(ROLES)}")
    kept = {key: turn[key] for key in _KEPT if turn.get(key) is not None}
    _verify_content(kept)
    return kept


def _sharegpt_turn(turn: Turn) -> Turn:
    speaker, text = turn.get("from"), turn.get("value")
    if not isinstance(text, str):
        raise ValueError("has no text in `value`")
    if speaker == "function_call":
        return {"role": "assistant", "content": "", "tool_calls": _calls(text)}
    if speaker not in _SHAREGPT:
        raise ValueError(f"comes from {speaker!r}; known are {', '.join([*_SHAREGPT, 'function_call'])}")
    return {"role": _SHAREGPT[speaker], "content": text}


def _calls(text: str) -> list[dict[str, Any]]:
    try:
        written = parse_json(text)
    except ValueError:
        raise ValueError("is a function call that is not JSON") from None
    calls = written if isinstance(written, list) else [written]
    if not all(isinstance(call, dict) and isinstance(call.get("name"), str) for call in calls):
        raise ValueError("is a function call without a `name`")
    return [
        {"type": "function", "function": {"name": call["name"], "arguments": call.get("arguments", {})}}
        for call in calls
    ]


def _verify_content(turn: Turn) -> None:
    content = turn.get("content")
    calls = turn.get("tool_calls")
    if calls is not None and (turn["role"] != "assistant" or not isinstance(calls, list)):
        raise ValueError("has `tool_calls` that are not an assistant's list")
    if not isinstance(content, str) and not (content is None and calls):
        raise ValueError("has no text in `content`")


def _verify_order(turns: list[Turn]) -> None:
    """An optional system turn, then users and assistants in turn; tools answer an assistant that called them."""
    before = None
    for number, turn in enumerate(turns, start=1):
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
        before = "calling" if role == "assistant" and turn.get("tool_calls") else role
    if not any(turn["role"] == "assistant" for turn in turns):
        raise ValueError("no assistant turn")
