"""Examples that are too long: exemplars go first, then a part of the column that `overlong = cut(column)` names.

The completion is never cut.
"""

from __future__ import annotations

from dataclasses import replace

from runtime.data.labels.encode import Encoded
from runtime.data.labels.ready import Labelling, Ready, ask, encode_ready, excess
from runtime.data.tables.table import Flag

_ATTEMPTS = 8


def fit(labelling: Labelling, one: Ready, tokens: Encoded) -> tuple[Ready, Encoded] | None:
    """The example as it is, or as much of it as fits; None where the recipe allows nothing that would do."""
    while excess(labelling, one, tokens) > 0 and one.shots.exemplars:
        shots = replace(one.shots, exemplars=one.shots.exemplars[1:])
        asked = ask(labelling, labelling.templates[one.template], one.rendered, shots)
        one = replace(one, shots=shots, asked=asked, flags=one.flags | Flag.FEWER)
        tokens = encode_ready(labelling, [one])[0]
    over = excess(labelling, one, tokens)
    if over <= 0:
        return one, tokens
    return _cut(labelling, one, over) if labelling.task.overlong.action == "cut" else None


def _cut(labelling: Labelling, one: Ready, over: int) -> tuple[Ready, Encoded] | None:
    """Takes as many whole tokens of the column's own text as it takes. Since its neighbours in the prompt may be cut
    differently, the length is measured again each time."""
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
        asked = ask(labelling, template, rendered, one.shots)
        shorter = replace(one, rendered=rendered, asked=asked, flags=one.flags | Flag.CUT)
        tokens = encode_ready(labelling, [shorter])[0]
        over = excess(labelling, shorter, tokens)
        if over <= 0:
            return shorter, tokens
    return None
