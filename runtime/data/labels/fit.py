"""Fit: what gives way where an example is too long. Exemplars go first, then a part of the column that
`overlong = cut(column)` names; the completion is never cut.
"""

from __future__ import annotations

from dataclasses import replace

from recipe_lang.program.task import Cut
from recipe_lang.program.train import Lengths
from runtime.data.labels.draft import Draft, ask
from runtime.data.labels.encode import Encoded, encode
from runtime.data.labels.example import Flag
from runtime.data.labels.labelling import Labelling

_ATTEMPTS = 8


def fit(labelling: Labelling, draft: Draft, tokens: Encoded) -> tuple[Draft, Encoded] | None:
    """The example as it is, or as much of it as fits; None where the recipe allows nothing that would do."""
    while excess(labelling, draft, tokens) > 0 and draft.shots.exemplars:
        shots = replace(draft.shots, exemplars=draft.shots.exemplars[1:])
        exchange = ask(labelling, draft.template, draft.rendered, shots)
        draft = replace(draft, shots=shots, exchange=exchange, flags=draft.flags | Flag.FEWER)
        tokens = encode(labelling, [exchange])[0]
    over = excess(labelling, draft, tokens)
    if over <= 0:
        return draft, tokens
    policy = labelling.task.overlong
    return _cut(labelling, draft, over, policy) if isinstance(policy, Cut) else None


def excess(labelling: Labelling, draft: Draft, tokens: Encoded) -> int:
    """Tokens beyond what is trained, or beyond the model's context where the row is asked."""
    answer = len(tokens.ids) - tokens.start
    over = beyond(labelling.max_length, tokens.start, answer)
    if labelling.context is None or labelling.room is None:
        return over
    room = labelling.room + tokens.forced
    free = labelling.answer_context or labelling.context if labelling.pair else labelling.context - tokens.start
    longest = max(answer, room, _longest_choice(labelling, draft, free - tokens.forced, tokens.forced))
    sides = Lengths(prompt=labelling.context, completion=labelling.answer_context or labelling.context)
    return max(over, beyond(sides if labelling.pair else labelling.context, tokens.start, longest))


def beyond(limit: int | Lengths | None, prompt: int, answer: int) -> int:
    """With a limit a side, tokens of the prompt beyond it, or all where the answer is too long.

    >>> beyond(512, prompt=500, answer=20), beyond(512, prompt=400, answer=20)
    (8, -92)
    >>> beyond(Lengths(prompt=512, completion=64), prompt=600, answer=20)  # an encoder's and a decoder's limit
    88
    """
    if limit is None:
        return 0
    if isinstance(limit, int):
        return prompt + answer - limit
    return prompt + answer if answer > limit.completion else prompt - limit.prompt


def too_long(labelling: Labelling, draft: Draft, tokens: Encoded) -> tuple[str, str, int]:
    """The kind of finding, what is too long (`example`, or a side that has a limit of its own) and its tokens, of an
    example that does not fit, or whose answer would not."""
    limit, answer = labelling.max_length, len(tokens.ids) - tokens.start
    crowded = beyond(limit, tokens.start, answer) <= 0
    kind = "dropped" if labelling.task.overlong == "drop" else "crowded" if crowded else "overlong"
    if crowded:
        return kind, "example", (labelling.context or 0) + excess(labelling, draft, tokens)
    if not isinstance(limit, Lengths):
        return kind, "example", len(tokens.ids)
    return (kind, "completion", answer) if answer > limit.completion else (kind, "prompt", tokens.start)


def _longest_choice(labelling: Labelling, draft: Draft, free: int, forced: int) -> int:
    """Tokens of the row's longest choice, its stop token and the `forced` ones before it; no token is shorter than a
    byte, so that most rows need none of them encoded."""
    choices = draft.rendered.choices or ()
    if not choices or max(len(text.encode()) for text in choices) < free:
        return 0
    return max(len(ids) + 1 + forced for ids in labelling.tokenizer.encode_batch(list(choices)))


def _cut(labelling: Labelling, draft: Draft, over: int, policy: Cut) -> tuple[Draft, Encoded] | None:
    """Takes as many whole tokens of the column's own text as it takes. Since its neighbours in the prompt may be cut
    differently, the length is measured again each time."""
    row, column = draft.row, policy.column
    text = str(row.values[column])
    for _ in range(_ATTEMPTS):
        offsets = labelling.tokenizer.offsets(text)
        if over >= len(offsets):
            return None
        text = text[offsets[over][0] :] if policy.side == "left" else text[: offsets[len(offsets) - over][0]]
        rendered = draft.template.render(replace(row, values={**row.values, column: text}))
        if rendered.completion != draft.rendered.completion or not rendered.prompt.strip():
            return None
        exchange = ask(labelling, draft.template, rendered, draft.shots)
        shorter = replace(draft, rendered=rendered, exchange=exchange, flags=draft.flags | Flag.CUT)
        tokens = encode(labelling, [exchange])[0]
        over = excess(labelling, shorter, tokens)
        if over <= 0:
            return shorter, tokens
    return None
