"""One row's way to labelled examples, top to bottom: render → ask → encode → fit → prove.

Every row gives its examples, or a finding that says why not. Each step has the module of its name, the first two are in
`draft`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from recipe_lang.diagnostics.problems.wording import shorten
from runtime.data.labels.draft import Draft, answers, ask, shots_for, templates_for
from runtime.data.labels.encode import Encoded, encode
from runtime.data.labels.example import Flag, LabelledExample
from runtime.data.labels.findings import Findings
from runtime.data.labels.fit import fit, too_long
from runtime.data.labels.labelling import Labelling
from runtime.data.labels.prove import Verdict, prove
from runtime.data.labels.sound import answered, shown, sound, spaced
from runtime.data.prompts.problem import ExchangeProblem
from runtime.data.prompts.render import RowProblem, RowTemplate
from runtime.data.splits.select import Row
from runtime.data.tokenizer.chat import ChatError, ClockRead

_ROWS_AT_ONCE = 256
_CANNOT_WRITE = {Verdict.UNREAD: "reads", Verdict.LOSSY: "trains"}
"""What the model does with another text than the row's."""


def label_rows(
    labelling: Labelling, rows: np.ndarray, findings: Findings, advance: Callable[[int], None]
) -> tuple[list[LabelledExample], int]:
    """Examples of the rows (their indices, ascending), and the number of rows that a template is for.

    While one batch is encoded, which needs no interpreter lock, the next one is rendered.
    """
    examples: list[LabelledExample] = []
    asked_rows = 0
    with ThreadPoolExecutor(1) as encoder:
        drafts: list[Draft] = []
        encoding = encoder.submit(encode, labelling, [])
        for batch in labelling.selection.batches(rows, _ROWS_AT_ONCE):
            following, asked = _render_and_ask(labelling, batch, findings)
            examples += _fit_and_prove(labelling, drafts, encoding.result(), findings)
            drafts, encoding = following, encoder.submit(encode, labelling, [draft.exchange for draft in following])
            asked_rows += asked
            advance(len(batch))
        examples += _fit_and_prove(labelling, drafts, encoding.result(), findings)
    return examples, asked_rows


def _render_and_ask(labelling: Labelling, rows: Sequence[Row], findings: Findings) -> tuple[list[Draft], int]:
    drafts: list[Draft] = []
    asked_rows = 0
    for row in rows:
        template = labelling.templates[0]
        try:
            templates = templates_for(labelling, row)
            asked_rows += bool(templates)
            for template in templates:
                drafts += _drafts(labelling, row, template, findings)
        except RowProblem as problem:
            findings.add("render", template.name, problem.field, row=row, detail=problem.reason)
        except ClockRead:
            findings.add("clock", row=row)
        except ChatError as error:
            findings.add("chat", template.name, str(error), row=row)
        except ExchangeProblem as problem:
            findings.add(problem.kind, template.name, *problem.subject, row=row, detail=problem.text)
    return drafts, asked_rows


def _drafts(labelling: Labelling, row: Row, template: RowTemplate, findings: Findings) -> Iterator[Draft]:
    every = answers(template, row)
    whole = every[-1][1]
    if whole.filled:
        findings.add("nulls", template.name, row=row)
    if labelling.train_on_all and any(said.get("trained") is False for said in whole.messages):
        findings.add("kept_out", template.name, row=row)
        return
    for turn, rendered in every:
        shots = shots_for(labelling, row, template)
        verified = shown(shots, row, findings) and answered(template, rendered, row, findings)
        if sound(labelling, row, template, rendered, shots.header, findings) and verified:
            spaced(labelling, row, template, rendered, findings)
            exchange = ask(labelling, template, rendered, shots)
            for scaffold in {one.scaffold for one in (*exchange.earlier, exchange)} - {""}:
                findings.add("written", template.name, scaffold, row=row)
            flags = Flag.FEWER * (len(shots.exemplars) < shots.wanted)
            yield Draft(row, template, rendered, shots, exchange, turn, flags)


def _fit_and_prove(
    labelling: Labelling, drafts: Sequence[Draft], encoded: Sequence[Encoded], findings: Findings
) -> Iterator[LabelledExample]:
    fitting: list[tuple[Draft, Encoded]] = []
    for draft, tokens in zip(drafts, encoded, strict=True):
        fitted = fit(labelling, draft, tokens)
        if fitted is not None:
            fitting.append(fitted)
        else:
            kind, side, length = too_long(labelling, draft, tokens)
            findings.add(kind, draft.template.name, side, row=draft.row, amount=length)
    proofs = prove(labelling.tokenizer, [draft.exchange for draft, _ in fitting], [tokens for _, tokens in fitting])
    for (draft, tokens), (verdict, text) in zip(fitting, proofs, strict=True):
        if _proved(labelling, draft, tokens, verdict, text, findings):
            flags = draft.flags | Flag.TRIMMED * draft.exchange.trimmed | Flag.MERGED * tokens.merged
            flags |= Flag.NORMALISED * (verdict is Verdict.NORMALISED) | Flag.LOSSY * (verdict in _CANNOT_WRITE)
            trained = _trained(tokens, labelling.train_on_all)
            yield LabelledExample(
                tokens.ids, trained, tokens.start, draft.row.index, draft.template.number, draft.turn, flags
            )


def _proved(
    labelling: Labelling, draft: Draft, tokens: Encoded, verdict: Verdict, text: str, findings: Findings
) -> bool:
    name, row, tokenizer = draft.template.name, draft.row, labelling.tokenizer
    if tokenizer.bos_id is not None and tokens.ids[:2] == [tokenizer.bos_id] * 2:
        findings.add("begins", name, tokenizer.named["bos_token"], row=row)
        return False
    if verdict is Verdict.WRONG:
        findings.add("proof", name, row=row, detail=text)
        return False
    if verdict in _CANNOT_WRITE:
        findings.add("lossy", name, row=row, detail=f"it {_CANNOT_WRITE[verdict]} `{shorten(text, 60)}`")
    if tokens.merged:
        findings.add("merged", name, row=row)
    return True


def _trained(tokens: Encoded, everything: bool) -> np.ndarray:
    """The first token of a sequence is never predicted, so never trained."""
    trained = np.zeros(len(tokens.ids), dtype=bool)
    for start, end in tokens.earlier:
        trained[start:end] = True
    trained[1 if everything else tokens.start :] = True
    return trained
