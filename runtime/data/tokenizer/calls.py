"""How a chat template takes a tool call, found by asking it once.

Most templates take arguments as an object and write JSON of it themselves; some put text together and need the JSON as
text. Most take an empty content beside a call; some know a call by a content that is none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

_NAME, _KEY, _VALUE = "probed_function", "probed_argument", "probed value"
_TOOL = {
    "type": "function",
    "function": {
        "name": _NAME,
        "description": "Probed.",
        "parameters": {"type": "object", "properties": {_KEY: {"type": "string", "description": "Probed."}}},
    },
}
_CALL = {"id": "probe1234", "type": "function", "function": {"name": _NAME, "arguments": {_KEY: _VALUE}}}


@dataclass(frozen=True, slots=True)
class CallForm:
    as_text: bool = False
    """Arguments are JSON text."""
    content: str | None = ""
    """Stands beside a call where the turn has no text."""

    def of(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """A message with calls, as the template takes it."""
        calls = [self._call(call) for call in message["tool_calls"]]
        return {**message, "content": message.get("content") or self.content, "tool_calls": calls}

    def _call(self, call: dict[str, Any]) -> dict[str, Any]:
        function = call["function"]
        if not self.as_text:
            return call
        text = json.dumps(function["arguments"], ensure_ascii=False)
        return {**call, "function": {**function, "arguments": text}}


def call_form(render: Callable[[Sequence[Mapping[str, Any]], Any], str | None]) -> CallForm:
    """`render` gives the text of messages with tools, None where the template refuses them.

    The first form in which name and arguments stand in the text as they should; where none does, one that the template
    takes, with an empty content if it can be.
    """
    user = {"role": "user", "content": "Probed."}
    forms = [CallForm(text, content) for text, content in product((False, True), (None, ""))]
    taken = []
    for tools, form in product((None, [_TOOL]), forms):
        before = render([user], tools) or ""
        text = render([user, form.of({"role": "assistant", "tool_calls": [_CALL]})], tools)
        if text is not None and _well_written(text.removeprefix(before), form):
            return form
        taken += [form] if text is not None else []
    return min(taken, key=lambda form: form.content is None, default=CallForm())


def _well_written(text: str, form: CallForm) -> bool:
    """Neither lost, nor encoded twice, nor as Python prints a dictionary or nothing."""
    if form.as_text and json.dumps({_KEY: _VALUE}) not in text:
        return False
    wrong = (f"'{_KEY}': '{_VALUE}'", f'\\"{_KEY}\\"', "None")
    return _NAME in text and _KEY in text and _VALUE in text and not any(part in text for part in wrong)
