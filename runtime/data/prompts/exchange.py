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
    lead: str = ""
    """What the model writes itself before the completion: the chat template puts it there, and not into the prompt."""
    tail: str = ""
    """The same behind it."""
    scaffold: str = ""
    """What of the two is the chat template's alone, and trained."""
    turns: tuple[Message, ...] = ()
    """What the chat template made the prompt of; none where it is plain text, or the row has variables of its own."""
    tools: Tools = None
    source: str | None = None
    """Sequence to sequence: the token of the prompt's language, in place of the tokenizer's own."""
    first: str | None = None
    """Sequence to sequence: the token that stands before the answer, trained, and forced where it is asked."""
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
            raise ExchangeProblem("not_prefix", _difference(whole, last.prompt), "")
    return replace(last, earlier=earlier)


def exchange_in_text(tokenizer: Tokenizer, prompt: str, join: str, completion: str) -> Exchange:
    """Trailing spaces of the prompt, not its newlines, move to the answer: tokenizers keep them with the next word."""
    whole = prompt + join
    kept = whole.rstrip(" ")
    return Exchange(kept, whole[len(kept) :] + completion, end_token(tokenizer))


def exchange_in_pair(
    tokenizer: Tokenizer, prompt: str, completion: str, source: str | None = None, first: str | None = None
) -> Exchange:
    """Sequence to sequence: prompt and answer are texts of their own, each ended by the end token."""
    return Exchange(prompt, completion, end_token(tokenizer), source=source, first=first)


def end_token(tokenizer: Tokenizer) -> str:
    end = tokenizer.named.get("eos_token")
    if end is None:
        raise ExchangeProblem("no_stop", "")
    return end


def _answered(
    tokenizer: Tokenizer, turns: Sequence[Message], turn: Message, tools: Tools, variables: Mapping[str, Any]
) -> Exchange:
    found = _written(tokenizer, turns, turn, tools, variables)
    return replace(found, turns=() if variables else tuple(turns), tools=tools)


def _written(
    tokenizer: Tokenizer, turns: Sequence[Message], turn: Message, tools: Tools, variables: Mapping[str, Any]
) -> Exchange:
    chat: ChatTemplate = tokenizer.chat  # type: ignore[assignment]
    verify_heard(chat, turns, turn, tools, variables)
    talk = _Talk(turns, turn, tools, variables)
    prompt, rest = talk.asked(chat), talk.answered(chat)
    if rest is None:
        cure = chat.cure(f"not_prefix {variables}", lambda other: talk.answered(other) is not None)
        raise ExchangeProblem("not_prefix", _difference(prompt, talk.whole(chat)), cure)
    if turn.get("tool_calls") or turn.get("reasoning_content"):
        return _structured(tokenizer, prompt, rest, turn)
    found = _plain(tokenizer, prompt, rest, turn["content"])
    if not found.scaffold:
        return found

    def without(other: ChatTemplate) -> bool:
        text = talk.answered(other)
        return text is not None and not _plain(tokenizer, prompt, text, turn["content"]).scaffold

    opened = prompt != chat.render(turns, tools=tools, variables=variables)
    cure = chat.cure(f"{found.scaffold} {variables}", without) if opened else ""
    if cure or not opened:
        raise ExchangeProblem("scaffold", found.scaffold[:80], cure)
    return found


@dataclass(frozen=True, slots=True)
class _Talk:
    """An answer and all that stands before it."""

    turns: Sequence[Message]
    turn: Message
    tools: Tools
    variables: Mapping[str, Any]

    def asked(self, chat: ChatTemplate) -> str:
        return chat.render(self.turns, tools=self.tools, variables=self.variables, generation_prompt=True)

    def whole(self, chat: ChatTemplate) -> str:
        return chat.render([*self.turns, self.turn], tools=self.tools, variables=self.variables)

    def answered(self, chat: ChatTemplate) -> str | None:
        """What the template writes after the prompt; None where it rewrites the prompt. Some drop the thoughts before
        an answer, which a model is asked with: what they write is the same after turns without thoughts."""
        bare = [_without_thoughts(turn) for turn in self.turns]
        for talk in (self, replace(self, turns=bare)) if bare != list(self.turns) else (self,):
            prompt, whole = talk.asked(chat), talk.whole(chat)
            if whole.startswith(prompt):
                return whole[len(prompt) :]
        return None


def _without_thoughts(turn: Message) -> Message:
    """Without reasoning, and without text beside a call, which some templates take for it."""
    kept = {key: value for key, value in turn.items() if key != "reasoning_content"}
    return kept | {"content": ""} if turn.get("tool_calls") else kept


def _plain(tokenizer: Tokenizer, prompt: str, rest: str, completion: str) -> Exchange:
    """The stop token is the first control token that the chat template puts after the answer, else the end token."""
    bare = completion.strip()
    body = rest[: tokenizer.closing(rest)].rstrip()
    at = len(body) - len(bare) if body.endswith(bare) else rest.find(bare)
    if at < 0:
        raise ExchangeProblem("rewritten", rest[:80])
    behind = at + len(bare)
    stop = tokenizer.first_stop(rest, behind)
    end = stop.start() if stop else len(rest)
    lead, tail = rest[:at].strip(), rest[behind:end].strip()
    if lead or tail:
        stopped = stop.group() if stop else end_token(tokenizer)
        text = rest[:end] if stop else rest.rstrip()
        return Exchange(prompt, text, stopped, completion not in text, lead=lead, tail=tail, scaffold=lead or tail)
    if stop:
        return Exchange(prompt, rest[:end], stop.group(), rest[:end] != completion)
    # The template ends its turns with white space alone, which nobody generates.
    answer = completion if rest.startswith(completion) else rest[:behind]
    return Exchange(prompt, answer, end_token(tokenizer), answer != completion)


def _structured(tokenizer: Tokenizer, prompt: str, rest: str, turn: Message) -> Exchange:
    """Calls and reasoning are written in the chat template's own form, control tokens included: all of it is generated,
    up to the token that ends the turn."""
    closing = tokenizer.closing(rest)
    stop = tokenizer.last_stop(rest, closing)
    answer, ends = (rest[: stop.start()], stop.group()) if stop else (rest.rstrip(), end_token(tokenizer))
    for text in (turn.get("reasoning_content") or "", turn["content"]):
        if text.strip() not in answer:
            raise ExchangeProblem("rewritten", rest[:80])
    lead = "" if turn.get("tool_calls") else _behind(answer, turn["reasoning_content"].strip(), turn["content"].strip())
    return Exchange(prompt, answer, ends, lead=lead)


def _behind(answer: str, reasoning: str, content: str) -> str:
    """What stands between the reasoning and the text that it leads to."""
    start = answer.find(reasoning) + len(reasoning)
    return answer[start : max(start, answer.rfind(content))].strip()


def _difference(before: str, after: str) -> str:
    """The two texts from where they part."""
    pairs = enumerate(zip(before, after, strict=False))
    same = next((place for place, (a, b) in pairs if a != b), min(len(before), len(after)))
    return f"{before[same : same + 40]!r} becomes {after[same : same + 40]!r}"
