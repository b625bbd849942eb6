"""What of a conversation a chat template writes. What it leaves out is nothing that a model could read or learn.

Every text that a row brings is replaced by a mark of its own, and the marks are looked for in what the template makes
of it. Templates go by roles and by the keys of a turn, so one conversation of each shape is asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime.data.prompts.problem import ExchangeProblem
from runtime.data.prompts.tools import Tools
from runtime.data.tokenizer.chat import ChatError, ChatTemplate, Message

TOOLS, CALLS, REASONING, BESIDE, NAME = "tools", "tool calls", "reasoning", "text beside a call", "name"
_LIKE = "ift{}mark"


def verify_heard(
    chat: ChatTemplate, before: Sequence[Message], answer: Message, tools: Tools, variables: Mapping[str, Any]
) -> None:
    """That the template reads the row's variables, and that the prompt holds all tools and every turn but the
    assistant's, the answer all of its own turn. Earlier turns of the assistant are the template's to shorten, as at
    inference. Raises ExchangeProblem (`unread`, `ignored`)."""
    unread = next((name for name in variables if name not in chat.reads), None)
    if unread is not None:
        raise ExchangeProblem("unread", "", unread)
    shape = hash(json.dumps([[_shape(turn) for turn in (*before, answer)], tools, variables], default=str))
    if shape in chat.heard:
        return
    try:
        tried = _tried(chat, before, answer, tools, variables, _Marks())
        chat.heard.add(shape)
    except ChatError:
        # It knows some words by their text, and refuses others.
        tried = _tried(chat, before, answer, tools, variables, _Marks(plain=True))
    missing = dict.fromkeys(what for what, was_heard in tried if not was_heard)
    if missing:
        chat.heard.discard(shape)
        raise ExchangeProblem("ignored", "", " and ".join(missing))


def telling(turns: Sequence[Message]) -> list[int]:
    """The last of the assistant's turns with calls, with reasoning, and with text beside a call."""
    with_calls = [place for place, turn in enumerate(turns) if turn.get("tool_calls")]
    beside = [place for place in with_calls if turns[place].get("content")]
    reasoned = [place for place, turn in enumerate(turns) if turn.get("reasoning_content")]
    return sorted({places[-1] for places in (with_calls, beside, reasoned) if places})


def _tried(
    chat: ChatTemplate,
    before: Sequence[Message],
    answer: Message,
    tools: Tools,
    variables: Mapping[str, Any],
    marks: _Marks,
) -> list[tuple[str, bool]]:
    """What the row brings, and whether the template writes it. Raises ChatError."""
    marked_tools = [marks.tool(tool) for tool in tools] if tools else None
    turns = [marks.turn(turn) for turn in before]
    asked, marks.expected = marks.expected, []
    last = marks.turn(answer, answers=True)
    prompt = chat.render(turns, tools=marked_tools, variables=variables, generation_prompt=True)
    whole = chat.render([*turns, last], tools=marked_tools, variables=variables)
    read = [(what, _stands(text, prompt)) for what, text in asked]
    if tools:
        read = [(TOOLS, chat.render(turns, variables=variables, generation_prompt=True) != prompt), *read]
    return read + [(what, _stands(text, whole)) for what, text in marks.expected]


def _stands(text: str, whole: str) -> bool:
    """As it is, or as JSON has it."""
    return text in whole or any(json.dumps(text, ensure_ascii=ascii)[1:-1] in whole for ascii in (False, True))


@dataclass
class _Marks:
    """Marks in place of texts; the same one for the same name."""

    expected: list[tuple[str, str]] = field(default_factory=list)
    """What the row brings, and its mark."""
    plain: bool = False
    """Every text is its own mark."""
    names: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def turn(self, turn: Message, *, answers: bool = False) -> dict[str, Any]:
        """The assistant's own texts are expected where the turn `answers`."""
        marked, own = dict(turn), turn["role"] == "assistant"
        content, calls = turn.get("content"), turn.get("tool_calls")
        if isinstance(content, str) and content.strip():
            what = BESIDE if calls else f"text of {turn['role']}"
            marked["content"] = self._text(what, content, expected=answers or not own)
        if isinstance(reasoning := turn.get("reasoning_content"), str):
            marked["reasoning_content"] = self._text(REASONING, reasoning, expected=answers)
        if calls:
            marked["tool_calls"] = [self._call(call, expected=answers) for call in calls]
        if isinstance(name := turn.get("name"), str):
            marked["name"] = self._name(NAME, name, expected=answers or not own)
        return marked

    def tool(self, tool: Mapping[str, Any]) -> dict[str, Any]:
        inner = tool.get("function")
        if isinstance(inner, Mapping):
            return {**tool, "function": self.tool(inner)}
        marked = dict(tool)
        if isinstance(tool.get("name"), str):
            marked["name"] = self._name(TOOLS, tool["name"], expected=True)
        if isinstance(tool.get("description"), str) and tool["description"].strip():
            marked["description"] = self._text(TOOLS, tool["description"], expected=True)
        return marked

    def _call(self, call: Mapping[str, Any], *, expected: bool) -> dict[str, Any]:
        function = call["function"]
        name = self._name(CALLS, function["name"], expected=expected)
        arguments = self._value(function.get("arguments"), expected=expected)
        return {**call, "function": {**function, "name": name, "arguments": arguments}}

    def _value(self, value: Any, *, expected: bool) -> Any:
        """Arguments of a call; what is true, false or nothing has no mark."""
        match value:
            case dict():
                return {
                    self._name(CALLS, key, expected=expected): self._value(one, expected=expected)
                    for key, one in value.items()
                }
            case list():
                return [self._value(one, expected=expected) for one in value]
            case str():
                return self._text(CALLS, value, expected=expected)
            case int() | float() if not isinstance(value, bool):
                self.count += 1
                number = value if self.plain else 7_000_000 + self.count
                self.expected += [(CALLS, str(number))] if expected else []
                return number
        return value

    def _text(self, what: str, text: str, *, expected: bool) -> str:
        self.count += 1
        mark = text if self.plain else _LIKE.format(self.count)
        self.expected += [(what, mark.strip())] if expected else []
        return mark

    def _name(self, what: str, name: str, *, expected: bool) -> str:
        if name not in self.names:
            self.names[name] = self._text(what, name, expected=False)
        self.expected += [(what, self.names[name])] if expected else []
        return self.names[name]


def _shape(value: Any) -> Any:
    """What a template may go by: roles, keys, and which texts are empty."""
    match value:
        case dict():
            kept = {key: _shape(one) for key, one in value.items()}
            return kept | {"role": value["role"]} if "role" in value else kept
        case list() | tuple():
            return [_shape(one) for one in value]
        case str():
            return bool(value.strip())
        case int() | float() if not isinstance(value, bool):
            return 0
    return value
