"""Rows to labelled examples: rendered, put to the model, encoded, verified, proved.

Every row gives its examples or a finding that says why not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from runtime.data.labels.cut import fit
from runtime.data.labels.encode import Encoded
from runtime.data.labels.findings import Findings
from runtime.data.labels.proof import Verdict, prove
from runtime.data.labels.ready import Labelling, Ready, answers, ask, beyond, excess, pick_shots, templates_for
from runtime.data.prompts.asked import AskedProblem
from runtime.data.prompts.exemplars import Shots
from runtime.data.prompts.render import Rendered, RowProblem, RowTemplate
from runtime.data.splits.select import Selection
from runtime.data.tables.parts import Labelled
from runtime.data.tables.table import Flag
from runtime.data.tokenizer.chat import ChatError, ClockRead

Place = Callable[[], str]


def render_rows(
    labelling: Labelling, selection: Selection, batch: Sequence[tuple[int, dict[str, Any]]], findings: Findings
) -> tuple[list[Ready], int]:
    """Examples that can be encoded, and the number of rows that a template is for."""
    ready: list[Ready] = []
    asked_rows = 0
    row_ids = selection.row_ids([index for index, _ in batch])
    for row_id, (index, values) in zip(row_ids, batch, strict=True):
        place = place_of(selection, index)
        template = labelling.templates[0]
        try:
            numbers = templates_for(labelling, row_id, values)
            asked_rows += bool(numbers)
            for number in numbers:
                template = labelling.templates[number]
                ready += _ready(labelling, index, row_id, values, number, findings, place)
        except RowProblem as problem:
            findings.add("render", template.name, problem.field, place=place, detail=problem.reason)
        except ClockRead:
            findings.add("clock", place=place)
        except ChatError as error:
            findings.add("chat", template.name, str(error), place=place)
        except AskedProblem as problem:
            findings.add(problem.kind, template.name, place=place, detail=problem.text)
    return ready, asked_rows


def label_ready(
    labelling: Labelling, selection: Selection, ready: Sequence[Ready], encoded: Sequence[Encoded], findings: Findings
) -> list[Labelled]:
    """Lengths held to, and the proof of every example. What fails is a finding, not an example."""
    fitting = []
    for one, tokens in zip(ready, encoded, strict=True):
        fitted = fit(labelling, one, tokens)
        if fitted is not None:
            fitting.append(fitted)
        else:
            place, name = place_of(selection, one.row), labelling.templates[one.template].name
            kind, length = _too_long(labelling, one, tokens)
            findings.add(kind, name, place=place, detail=str(length))
    verdicts = prove(labelling.tokenizer, [one.asked for one, _ in fitting], [tokens for _, tokens in fitting])
    labelled = []
    for (one, tokens), (verdict, text) in zip(fitting, verdicts, strict=True):
        if _proved(labelling, one, tokens, verdict, text, findings, place_of(selection, one.row)):
            flags = one.flags | Flag.TRIMMED * one.asked.trimmed | Flag.MERGED * tokens.merged
            flags |= Flag.NORMALISED * (verdict is Verdict.NORMALISED) | Flag.LOSSY * (verdict is Verdict.LOSSY)
            trained = _trained(tokens, labelling.train_on_all)
            labelled.append(Labelled(tokens.ids, trained, tokens.start, one.row, one.template, one.turn, flags))
    return labelled


def _too_long(labelling: Labelling, one: Ready, tokens: Encoded) -> tuple[str, int]:
    """The kind of finding and the tokens of an example that does not fit, or whose answer would not."""
    asked = beyond(labelling.max_length, tokens.start, len(tokens.ids) - tokens.start) <= 0
    length = (labelling.context or 0) + excess(labelling, one, tokens) if asked else len(tokens.ids)
    if labelling.task.overlong.action == "drop":
        return "dropped", length
    return "crowded" if asked else "overlong", length


def _ready(
    labelling: Labelling,
    index: int,
    row_id: str,
    values: dict[str, Any],
    number: int,
    findings: Findings,
    place: Place,
) -> Iterator[Ready]:
    template = labelling.templates[number]
    for turn, rendered in answers(template, template.render(row_id, values)):
        shots = pick_shots(labelling, index, row_id, values, number, None)
        asked = _shown(shots, findings, place) and _chosen(template, rendered, findings, place)
        if sound(labelling, template, rendered, shots.header, values, findings, place) and asked:
            asked = ask(labelling, template, rendered, shots)
            flags = Flag.FEWER * (len(shots.exemplars) < shots.wanted)
            yield Ready(index, row_id, values, number, rendered, shots, asked, turn, flags)


def sound(
    labelling: Labelling,
    template: RowTemplate,
    rendered: Rendered,
    header: str | None,
    values: dict[str, Any],
    findings: Findings,
    place: Place,
) -> bool:
    """Whether a row may be asked or shown: no text is empty, and none holds a control token of the model."""
    empty = _empty(rendered)
    if empty is not None:
        findings.add("empty", template.name, empty, place=place)
        return False
    if not labelling.control_as_text:
        for text in _texts(rendered, header):
            token = labelling.tokenizer.first_special(text)
            if token is not None:
                column = next((name for name, value in values.items() if token.group() in str(value)), "")
                findings.add("control", column, token.group(), template.name, place=place)
                return False
    return True


def _shown(shots: Shots, findings: Findings, place: Place) -> bool:
    """Whether a row that asks for exemplars has any."""
    if len(shots.exemplars) < shots.wanted:
        detail = f"{len(shots.exemplars)} of {shots.wanted}"
        findings.add("fewer" if shots.exemplars else "exemplars", place=place, detail=detail)
    return bool(shots.exemplars) or not shots.wanted


def _chosen(template: RowTemplate, rendered: Rendered, findings: Findings, place: Place) -> bool:
    """Whether a row with choices has its answer among them."""
    if rendered.choices is None or rendered.completion in rendered.choices:
        return True
    findings.add("choices", template.name, place=place, detail=rendered.completion)
    return False


def _empty(rendered: Rendered) -> str | None:
    """The setting whose text is empty. A turn that only calls tools has no text of its own. An empty choice would be
    certain: no token of it is ever unlikely."""
    if rendered.messages:
        last = rendered.messages[-1]
        return None if rendered.completion.strip() or last.get("tool_calls") else "messages"
    if not rendered.prompt.strip():
        return "prompt"
    if not rendered.completion.strip():
        return "completion"
    return "choices" if any(not text.strip() for text in rendered.choices or ()) else None


def _texts(rendered: Rendered, header: str | None) -> Iterator[str]:
    yield rendered.prompt
    yield rendered.completion
    yield rendered.system or ""
    yield from rendered.choices or ()
    yield header or ""
    for turn in rendered.messages:
        yield from (str(value) for value in turn.values())
    if rendered.tools:
        yield str(rendered.tools)


def _trained(tokens: Encoded, everything: bool) -> np.ndarray:
    """The first token of a sequence is never predicted, so never trained."""
    trained = np.zeros(len(tokens.ids), dtype=bool)
    for start, end in tokens.earlier:
        trained[start:end] = True
    trained[1 if everything else tokens.start :] = True
    return trained


def _proved(
    labelling: Labelling, one: Ready, tokens: Encoded, verdict: Verdict, text: str, findings: Findings, place: Place
) -> bool:
    template, tokenizer = labelling.templates[one.template].name, labelling.tokenizer
    if tokenizer.bos_id is not None and tokens.ids[:2] == [tokenizer.bos_id] * 2:
        findings.add("begins", template, tokenizer.named["bos_token"], place=place)
        return False
    if verdict is Verdict.WRONG:
        findings.add("proof", template, place=place, detail=text)
        return False
    if verdict is Verdict.LOSSY:
        findings.add("lossy", template, place=place, detail=text)
    if tokens.merged:
        findings.add("merged", template, place=place)
    return True


def place_of(selection: Selection, index: int) -> Place:
    return lambda: selection.rows.place(index)
