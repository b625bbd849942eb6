"""Rows to labelled examples: rendered, put to the model, encoded, verified, proved.

Every row gives its examples or a finding that says why not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from runtime.data.asked import AskedProblem
from runtime.data.chat import ChatError, ClockRead
from runtime.data.cut import cut_to_fit
from runtime.data.encode import Encoded
from runtime.data.findings import Findings
from runtime.data.parts import Labelled
from runtime.data.proof import Verdict, prove
from runtime.data.ready import Labelling, Ready, ask, excess, templates_for
from runtime.data.render import Rendered, RowProblem, RowTemplate
from runtime.data.select import Selection
from runtime.data.table import Flag

Place = Callable[[], str]


def render_rows(
    labelling: Labelling, selection: Selection, batch: Iterable[tuple[int, dict[str, Any]]], findings: Findings
) -> tuple[list[Ready], int]:
    """Examples that can be encoded, and the number of rows that a template is for."""
    ready: list[Ready] = []
    asked_rows = 0
    for index, values in batch:
        row_id = selection.row_id(index)
        place = _place(selection, index)
        template = labelling.templates[0]
        try:
            numbers = templates_for(labelling, row_id, values)
            asked_rows += bool(numbers)
            for number in numbers:
                template = labelling.templates[number]
                rendered = template.render(row_id, values)
                if _acceptable(labelling, template, rendered, values, findings, place):
                    asked = ask(labelling, template, rendered)
                    ready.append(Ready(index, row_id, values, number, rendered, asked))
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
    fitting = [
        kept
        for one, tokens in zip(ready, encoded, strict=True)
        if (kept := _fit(labelling, one, tokens, findings, _place(selection, one.row))) is not None
    ]
    verdicts = prove(labelling.tokenizer, [one.asked for one, _ in fitting], [tokens for _, tokens in fitting])
    labelled = []
    for (one, tokens), (verdict, text) in zip(fitting, verdicts, strict=True):
        if _proved(labelling, one, tokens, verdict, text, findings, _place(selection, one.row)):
            flags = one.flags | Flag.TRIMMED * one.asked.trimmed | Flag.MERGED * tokens.merged
            flags |= Flag.NORMALISED * (verdict is Verdict.NORMALISED) | Flag.LOSSY * (verdict is Verdict.LOSSY)
            # The first token of a sequence is never predicted, so never trained.
            trained = np.zeros(len(tokens.ids), dtype=bool)
            trained[1 if labelling.train_on_all else tokens.start :] = True
            labelled.append(Labelled(tokens.ids, trained, tokens.start, one.row, one.template, 0, flags))
    return labelled


def _acceptable(
    labelling: Labelling,
    template: RowTemplate,
    rendered: Rendered,
    values: dict[str, Any],
    findings: Findings,
    place: Place,
) -> bool:
    for field, text in (("prompt", rendered.prompt), ("completion", rendered.completion)):
        if not text.strip():
            findings.add("empty", template.name, field, place=place)
            return False
    if rendered.choices is not None and rendered.completion not in rendered.choices:
        findings.add("choices", template.name, place=place, detail=rendered.completion)
        return False
    if not labelling.control_as_text:
        for text in (rendered.prompt, rendered.completion, rendered.system or ""):
            token = labelling.tokenizer.first_special(text)
            if token is not None:
                column = next((name for name, value in values.items() if token.group() in str(value)), "")
                findings.add("control", column, token.group(), template.name, place=place)
                return False
    return True


def _fit(
    labelling: Labelling, one: Ready, tokens: Encoded, findings: Findings, place: Place
) -> tuple[Ready, Encoded] | None:
    over = excess(labelling.max_length, tokens)
    if over <= 0:
        return one, tokens
    template, action = labelling.templates[one.template].name, labelling.task.overlong.action
    if action == "cut" and (shorter := cut_to_fit(labelling, one, over)) is not None:
        return replace(shorter[0], flags=Flag.CUT), shorter[1]
    kind = "dropped" if action == "drop" else "overlong"
    findings.add(kind, template, place=place, detail=str(len(tokens.ids)))
    return None


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


def _place(selection: Selection, index: int) -> Place:
    return lambda: selection.rows.place(index)
