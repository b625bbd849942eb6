"""How a prompt and its answer are put to the model: the text asked, and the text that is trained after it.

What is asked in training, evaluation and choice scoring is the same text, made by the same functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runtime.data.prompts.heard import telling, verify_heard
from runtime.data.prompts.problem import ExchangeProblem
from runtime.data.prompts.tools import Tools
from runtime.data.rows.turn import is_answer
from runtime.data.tokenizer.chat import ChatTemplate, Message
from runtime.data.tokenizer.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Exchange:
    """`prompt + answer + stop` is the whole text. `answer` is the completion with the spaces that the template puts
    around it; `stop` is the text of the token that ends it, always trained."""

    prompt: str
    answer: str
    stop: str
    trimmed: bool = False
    """Whether the chat template changed the white space at the completion's ends."""
    earlier: tuple[Exchange, ...] = ()
    """Turns of the same conversation that are trained too; the whole of each begins the prompt of the next."""


def exchange_in_chat(
    tokenizer: Tokenizer, turns: Sequence[Message], completion: str, variables: Mapping[str, Any] | None = None
) -> Exchange:
    """`turns` are all before the answer; `variables` are the row's. Raises ChatError, ExchangeProblem."""
    return _answered(tokenizer, turns, {"role": "assistant", "content": completion}, None, variables or {})


def exchange_in_conversation(
    tokenizer: Tokenizer, turns: Sequence[Message], tools: Tools, variables: Mapping[str, Any], *, every_turn: bool
) -> Exchange:
    """The last turn is the assistant's answer; with `every_turn` its earlier ones are trained too, but for those that
    the data keeps out.

    A chat template that shows an earlier turn in another way once the conversation goes on trains what is never
    generated: `not_prefix`. Raises ChatError, ExchangeProblem.
    """
    answers = [place for place, turn in enumerate(turns) if is_answer(turn)]
    for place in telling(turns):
        verify_heard(tokenizer.chat, turns[:place], turns[place], tools, variables)  # type: ignore[arg-type]
    last = _answered(tokenizer, turns[: answers[-1]], turns[answers[-1]], tools, variables)
    if not every_turn:
        return last
    earlier = tuple(_answered(tokenizer, turns[:place], turns[place], tools, variables) for place in answers[:-1])
    for exchange in earlier:
        whole = exchange.prompt + exchange.answer + exchange.stop
        if not last.prompt.startswith(whole):
            raise ExchangeProblem("not_prefix", _difference(whole, last.prompt))
    return replace(last, earlier=earlier)


def exchange_in_text(tokenizer: Tokenizer, prompt: str, join: str, completion: str) -> Exchange:
    """Trailing spaces of the prompt, not its newlines, move to the answer: tokenizers keep them with the next word."""
    whole = prompt + join
    kept = whole.rstrip(" ")
    return Exchange(kept, whole[len(kept) :] + completion, end_token(tokenizer))


def exchange_in_pair(tokenizer: Tokenizer, prompt: str, completion: str) -> Exchange:
    """Sequence to sequence: prompt and answer are texts of their own, each ended by the end token."""
    return Exchange(prompt, completion, end_token(tokenizer))


def end_token(tokenizer: Tokenizer) -> str:
    end = tokenizer.named.get("eos_token")
    if end is None:
        raise ExchangeProblem("no_stop", "")
    return end


def _answered(
    tokenizer: Tokenizer, turns: Sequence[Message], turn: Message, tools: Tools, variables: Mapping[str, Any]
) -> Exchange:
    chat: ChatTemplate = tokenizer.chat  # type: ignore[assignment]
    verify_heard(chat, turns, turn, tools, variables)
    prompt = chat.render(turns, tools=tools, variables=variables, generation_prompt=True)
    whole = chat.render([*turns, turn], tools=tools, variables=variables)
    if not whole.startswith(prompt):
        raise ExchangeProblem("not_prefix", _difference(prompt, whole))
    rest = whole[len(prompt) :]
    if turn.get("tool_calls") or turn.get("reasoning_content"):
        return _structured(tokenizer, prompt, rest)
    return _plain(tokenizer, prompt, rest, turn["content"])


def _plain(tokenizer: Tokenizer, prompt: str, rest: str, completion: str) -> Exchange:
    """The stop token is the first control token that the chat template puts after the answer, else the end token."""
    bare = completion.strip()
    at = rest.find(bare)
    if at < 0:
        raise ExchangeProblem("rewritten", rest[:80])
    stop = tokenizer.first_special(rest, at + len(bare))
    end = stop.start() if stop else len(rest)
    scaffold = rest[:at].strip() or rest[at + len(bare) : end].strip()
    if scaffold:
        raise ExchangeProblem("scaffold", scaffold[:80])
    if stop:
        return Exchange(prompt, rest[:end], stop.group(), rest[:end] != completion)
    # The template ends its turns with white space alone, which nobody generates.
    answer = completion if rest.startswith(completion) else rest[: at + len(bare)]
    return Exchange(prompt, answer, end_token(tokenizer), answer != completion)


def _structured(tokenizer: Tokenizer, prompt: str, rest: str) -> Exchange:
    """Calls and reasoning are written in the chat template's own form, control tokens included: all of it is generated,
    up to the last control token."""
    controls = tokenizer.specials(rest)
    if controls and not rest[controls[-1].end() :].strip():
        return Exchange(prompt, rest[: controls[-1].start()], controls[-1].group())
    return Exchange(prompt, rest.rstrip(), end_token(tokenizer))


def _difference(before: str, after: str) -> str:
    """The two texts from where they part."""
    pairs = enumerate(zip(before, after, strict=False))
    same = next((place for place, (a, b) in pairs if a != b), min(len(before), len(after)))
    return f"{before[same : same + 40]!r} becomes {after[same : same + 40]!r}"
