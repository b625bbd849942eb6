"""One turn of a conversation: every key of it is read, named as unread, or a reason to refuse the row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.data.rows.calls import as_json, read_calls
from runtime.data.rows.notes import Notes

Turn = dict[str, Any]

_REASONING = ("reasoning_content", "thinking", "reasoning")
_TRAINED_BY = ("weight", "train", "training", "loss")
_READ = (*_REASONING, *_TRAINED_BY, "tool_calls", "function_call", "name", "tool_call_id")
_TRUTH = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}
_TEXT_PARTS = (None, "text", "input_text", "output_text")


def is_answer(turn: Turn) -> bool:
    """Whether a turn is the assistant's, and trained."""
    return turn["role"] == "assistant" and turn.get("trained", True)


def read_turn(turn: Turn, role: str, keys: tuple[str, str], notes: Notes, *, filled: bool, calling: bool) -> Turn:
    """`keys`: those of role and content. `filled`: absent fields are null. `calling`: the content is a call in JSON.

    `{"role", "content"}` with `tool_calls`, `name`, `tool_call_id` and `reasoning_content` where there are any, and
    `"trained": False` where the data keeps an assistant's turn out of training. Raises ValueError.
    """
    notes.rest(turn, (*keys, *_READ))
    given = turn | {"function_call": turn.get(keys[1])} if calling else turn
    calls = read_calls(given, notes, filled=filled)
    if calls and role != "assistant":
        raise ValueError("has `tool_calls` that are not an assistant's")
    text = "" if calling else _text(turn.get(keys[1]), keys[1], notes, optional=role == "assistant")
    if role == "assistant" and not text.strip() and not calls:
        raise ValueError("is the assistant's, with neither text nor a call")
    kept: Turn = {"role": role, "content": text}
    if calls:
        kept["tool_calls"] = calls
    for key in ("name", "tool_call_id"):
        if turn.get(key) is not None:
            kept[key] = as_json(turn[key])
    reasoning, trained = _reasoning(turn), _trained(turn)
    if role != "assistant":
        notes.unread.update(f"{key} (of {role})" for key in (*reasoning, *(key for key in trained if trained[key])))
        return kept
    for text in reasoning.values():
        kept["reasoning_content"] = text
    if False in trained.values():
        kept["trained"] = False
    return kept


def _text(content: Any, key: str, notes: Notes, *, optional: bool) -> str:
    if content is None and optional:
        return ""
    if isinstance(content, list) and all(isinstance(part, dict) for part in content):
        return "".join(_part(part, key, notes) for part in content)
    if not isinstance(content, str):
        raise ValueError(f"has no text in `{key}`")
    return content


def _part(part: Mapping[str, Any], key: str, notes: Notes) -> str:
    text = part.get("text")
    if part.get("type") not in _TEXT_PARTS or not isinstance(text, str):
        raise ValueError(f"has a part of the type {part.get('type')!r} in `{key}`, and only text is read")
    notes.rest(part, ("type", "text"), f"{key}.")
    return text


def _reasoning(turn: Turn) -> dict[str, str]:
    """Key → text; all of them the same."""
    given = {key: turn[key] for key in _REASONING if turn.get(key)}
    for key, text in given.items():
        if not isinstance(text, str):
            raise ValueError(f"has no text in `{key}`")
    return _agreed(given)


def _trained(turn: Turn) -> dict[str, bool]:
    """Key → whether the turn is trained; all of them the same."""
    return _agreed({key: _truth(key, turn[key]) for key in _TRAINED_BY if turn.get(key) is not None})


def _agreed(said: dict[str, Any]) -> dict[str, Any]:
    if len(set(said.values())) > 1:
        raise ValueError(f"says two things in {' and '.join(f'`{key}`' for key in said)}")
    return said


def _truth(key: str, value: Any) -> bool:
    truth = _TRUTH.get(str(value).strip().lower())
    if truth is None:
        raise ValueError(f"has the {key} {value!r}: a turn is trained (1 or true), or only read (0 or false)")
    return truth
