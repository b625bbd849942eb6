"""How a prompt and its answer are put to the model: the text asked, and the text that is trained after it.

One function a kind of model. What is asked in training, evaluation and choice scoring is the same text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from runtime.data.chat import ChatTemplate, Message
from runtime.data.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Asked:
    """`prompt + answer + stop` is the whole text. `answer` is the completion with the spaces that the template puts
    around it; `stop` is the text of the token that ends it, always trained."""

    prompt: str
    answer: str
    stop: str
    trimmed: bool = False
    """Whether the chat template changed the white space at the completion's ends."""


class AskedProblem(ValueError):
    """A chat template under which the completion cannot be trained as it would be generated."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        """`not_prefix`, `rewritten`, `scaffold` or `no_stop`."""
        self.text = text


def ask_in_chat(tokenizer: Tokenizer, turns: Sequence[Message], completion: str, tools: Any = None) -> Asked:
    """`turns` are all before the answer. Raises ChatError, AskedProblem.

    The stop token is the first control token that the chat template puts after the answer, else the end token.
    """
    chat: ChatTemplate = tokenizer.chat  # type: ignore[assignment]
    prompt = chat.render(turns, tools=tools, generation_prompt=True)
    whole = chat.render([*turns, {"role": "assistant", "content": completion}], tools=tools)
    if not whole.startswith(prompt):
        raise AskedProblem("not_prefix", _difference(prompt, whole))
    rest = whole[len(prompt) :]
    bare = completion.strip()
    at = rest.find(bare)
    if at < 0:
        raise AskedProblem("rewritten", rest[:80])
    if rest[:at].strip():
        raise AskedProblem("scaffold", rest[:at].strip()[:80])
    stop = tokenizer.first_special(rest, at + len(bare))
    end = stop.start() if stop else len(rest)
    if rest[at + len(bare) : end].strip():
        raise AskedProblem("scaffold", rest[at + len(bare) : end].strip()[:80])
    if stop:
        return Asked(prompt, rest[:end], stop.group(), rest[:end] != completion)
    # The template ends its turns with white space alone, which nobody generates.
    answer = rest[: at + len(bare)] if not rest.startswith(completion) else completion
    return Asked(prompt, answer, end_token(tokenizer), answer != completion)


def ask_in_text(tokenizer: Tokenizer, prompt: str, join: str, completion: str) -> Asked:
    """Trailing spaces of the prompt, not its newlines, move to the answer: tokenizers keep them with the next word."""
    asked = prompt + join
    kept = asked.rstrip(" ")
    return Asked(kept, asked[len(kept) :] + completion, end_token(tokenizer))


def ask_encoder(tokenizer: Tokenizer, prompt: str, completion: str) -> Asked:
    """Sequence to sequence: prompt and answer are texts of their own, each ended by the end token."""
    return Asked(prompt, completion, end_token(tokenizer))


def end_token(tokenizer: Tokenizer) -> str:
    found = tokenizer.named.get("eos_token")
    if found is None:
        raise AskedProblem("no_stop", "")
    return found


def _difference(prompt: str, whole: str) -> str:
    """The two texts from where they part."""
    same = next(
        (i for i, (a, b) in enumerate(zip(prompt, whole, strict=False)) if a != b), min(len(prompt), len(whole))
    )
    return f"{prompt[same : same + 40]!r} becomes {whole[same : same + 40]!r}"
