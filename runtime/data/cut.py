"""`overlong = cut(column, side)`: the one column that may be shortened, never the completion."""

from __future__ import annotations

from dataclasses import replace

from runtime.data.encode import Encoded
from runtime.data.ready import Labelling, Ready, ask, encode_ready, excess

_ATTEMPTS = 8


def cut_to_fit(labelling: Labelling, one: Ready, over: int) -> tuple[Ready, Encoded] | None:
    """The example with the column cut at its side by as many tokens as it takes; None where that is not enough.

    Whole tokens of the column's own text go. Since its neighbours in the prompt may be cut differently, the length is
    measured again each time.
    """
    policy, template = labelling.task.overlong, labelling.templates[one.template]
    column = policy.column or ""
    text = str(one.values[column])
    for _ in range(_ATTEMPTS):
        offsets = labelling.tokenizer.offsets(text)
        if over >= len(offsets):
            return None
        text = text[offsets[over][0] :] if policy.side == "left" else text[: offsets[len(offsets) - over][0]]
        rendered = template.render(one.row_id, {**one.values, column: text})
        if rendered.completion != one.rendered.completion or not rendered.prompt.strip():
            return None
        shorter = replace(one, rendered=rendered, asked=ask(labelling, template, rendered))
        tokens = encode_ready(labelling, [shorter])[0]
        over = excess(labelling.max_length, tokens)
        if over <= 0:
            return shorter, tokens
    return None
