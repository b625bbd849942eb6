"""Which tokens a chat template writes itself, flagged as special or not, and which of them frame its turns.

A frame inside a text opens or closes a turn. What a template writes within the assistant's turn, such as `<think>`, an
assistant may write too.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from runtime.data.tokenizer.chat import ChatError, ChatTemplate, Message

_SYSTEM, _USER = {"role": "system", "content": "probed"}, {"role": "user", "content": "probed"}
_ANSWER = {"role": "assistant", "content": "probed"}
_CALL = {
    "role": "assistant",
    "content": "",
    "tool_calls": [{"id": "probe1234", "type": "function", "function": {"name": "probed", "arguments": {"a": "b"}}}],
}
_RESULT = {"role": "tool", "content": "probed", "name": "probed", "tool_call_id": "probe1234"}


@dataclass(frozen=True, slots=True)
class Written:
    """Tokens that a chat template writes."""

    all: frozenset[str] = frozenset()
    frames: frozenset[str] = frozenset()
    """Those around its turns: no text may hold them."""


def written_tokens(chat: ChatTemplate, tokens: Collection[str]) -> Written:
    """`tokens`: those that are not flagged as special. White space is text, whoever made a token of it."""
    told = [token for token in tokens if not token.isspace()]
    called, answered = _text(chat, [_USER, _CALL]), _text(chat, [_USER, _CALL, _RESULT])
    asked = _text(chat, [_SYSTEM, _USER]) or _text(chat, [_USER])
    frame, opened = f"{asked}\0{behind_answer(chat)}", _opening(chat)
    frames = {
        token
        for token in told
        if token in frame or opened.startswith(token) or (token in answered and token not in called)
    }
    words = "\0".join((*chat.literals, _text(chat, [_USER, _ANSWER]), frame, opened, called, answered))
    return Written(frozenset(token for token in told if token in words), frozenset(frames))


def behind_answer(chat: ChatTemplate) -> str:
    """What the template writes after an answer in plain words."""
    return _text(chat, [_USER, _ANSWER]).rpartition(_ANSWER["content"])[2]


def _opening(chat: ChatTemplate) -> str:
    """What opens the assistant's turn: only what stands first there is a frame, since a thought may be opened next."""
    return _text(chat, [_USER], generation_prompt=True).removeprefix(_text(chat, [_USER])).lstrip()


def _text(chat: ChatTemplate, messages: Sequence[Message], *, generation_prompt: bool = False) -> str:
    """Empty where the template refuses such a conversation."""
    try:
        return chat.render(messages, generation_prompt=generation_prompt)
    except ChatError:
        return ""
