"""Whether a row may be asked, or shown before another one. What is wrong with it is a finding."""

from __future__ import annotations

from recipe_lang.program.template import Template
from runtime.data.labels.findings import Findings
from runtime.data.labels.labelling import Labelling
from runtime.data.prompts.exemplars import Shots
from runtime.data.prompts.render import Rendered, RowTemplate
from runtime.data.splits.select import Row


def sound(
    labelling: Labelling,
    row: Row,
    template: RowTemplate,
    rendered: Rendered,
    header: str | None,
    findings: Findings,
) -> bool:
    """No text is empty, and none holds a control token of the model."""
    empty = rendered.empty_setting()
    if empty is not None:
        findings.add("empty", template.name, empty, row=row)
        return False
    if not labelling.control_as_text:
        tokenizer = labelling.tokenizer
        held = [tokenizer.control_in(text) for text in (*rendered.asked_texts(), header or "")]
        held += [tokenizer.control_in_answer(text) for text in rendered.answer_texts()]
        token = next(filter(None, held), None)
        if token is not None:
            column = next((name for name, value in row.values.items() if token in str(value)), "")
            findings.add("control", column, token, template.name, row=row)
            return False
    return True


def shown(shots: Shots, row: Row, findings: Findings) -> bool:
    """Whether a row that asks for exemplars has any."""
    if len(shots.exemplars) < shots.wanted:
        detail = f"{len(shots.exemplars)} of {shots.wanted}"
        findings.add("fewer" if shots.exemplars else "exemplars", row=row, detail=detail)
    return bool(shots.exemplars) or not shots.wanted


def spaced(labelling: Labelling, row: Row, template: RowTemplate, rendered: Rendered, findings: Findings) -> None:
    """Counts prompts that end in white space before a `join` that begins with it, where `join` stands at all. Of every
    row it was told when the recipe was checked, where its text shows it and `join` was written."""
    declared = template.declared
    joined = not labelling.pair and labelling.tokenizer.chat is None and declared.join[:1].isspace()
    told = declared.join != Template.model_fields["join"].default and (declared.prompt or "").strip("\n")[-1:].isspace()
    if joined and rendered.prompt[-1:].isspace() and not told:
        findings.add("spaced", template.name, row=row)


def answered(template: RowTemplate, rendered: Rendered, row: Row, findings: Findings) -> bool:
    """Whether a row with choices has its answer among them."""
    if rendered.choices is None or rendered.completion in rendered.choices:
        return True
    findings.add("choices", template.name, row=row, detail=rendered.completion)
    return False
