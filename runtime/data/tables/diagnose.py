"""What all rows of a task's split say together: findings become diagnostics, and thresholds are held to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems import chats, rows
from recipe_lang.diagnostics.problems import examples as problems
from recipe_lang.diagnostics.problems.scores import space_before_join
from recipe_lang.diagnostics.problems.wording import counted
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.program.task import Cut
from recipe_lang.program.train import Lengths
from runtime.data.labels.findings import Finding, Findings
from runtime.data.labels.labelling import Labelling
from runtime.data.tables.build import BuiltTable


def diagnose(labelling: Labelling, model: str, built: Mapping[str, BuiltTable], pool: Findings) -> list[Diagnostic]:
    """One diagnostic a mistake over all splits and the pool of exemplars, each with the first rows that have it."""
    total = Findings()
    total.merge(pool)
    for split in built.values():
        total.merge(split.findings)
    diagnostics = [
        diagnostic
        for (kind, *subject), finding in total.by_subject.items()
        if (diagnostic := _diagnostic(kind, subject, finding, labelling, model, built)) is not None
    ]
    allowed = labelling.task.max_dropped
    for split, part in built.items():
        whole = part.dropped + len(part.table)
        if part.dropped > allowed * whole:
            diagnostics.append(problems.too_many_dropped(labelling.name, split, part.dropped, whole, allowed))
    return diagnostics


def _diagnostic(
    kind: str,
    subject: Sequence[str],
    finding: Finding,
    labelling: Labelling,
    model: str,
    built: Mapping[str, BuiltTable],
) -> Diagnostic | None:
    count, examples = finding.count, finding.examples
    match kind, subject:
        case "render", [template, field]:
            return problems.render_failed(template, field, count, examples)
        case "empty", [template, field]:
            return problems.empty_text(template, field, count, examples)
        case "nulls", [template]:
            return rows.tool_nulls_left_out(template, count)
        case "kept_out", [template]:
            return rows.kept_out_is_trained(template, count, examples)
        case "choices", [template]:
            return problems.not_among_choices(template, count, examples)
        case "control", [column, token, template]:
            return problems.control_token(labelling.task.dataset, column, token, template, count, examples)
        case "overlong", [template, side]:
            return problems.overlong(
                labelling.name, template, side, *_limit(labelling, side), finding.most, count, examples
            )
        case "crowded", [template, _]:
            return problems.crowded(labelling.name, template, labelling.context or 0, finding.most, count, examples)
        case "exemplars", []:
            return problems.no_exemplars(labelling.name, labelling.task.few_shot.pool, count, examples)
        case "spaced", [template]:
            joins = {t.name: t.declared.join for t in labelling.templates}
            where = f" in {counted(count, 'row')} ({examples[0][0]})"
            return space_before_join(template, joins[template], where)
        case "fewer", []:
            return problems.fewer_exemplars(labelling.name, labelling.task.few_shot.pool, count, examples)
        case "clock", []:
            return problems.clock_in_chat(model)
        case "chat", [template, reason]:
            return problems.chat_refused(model, template, reason, count, examples)
        case "not_prefix", [template, cure]:
            declared = next(one.declared for one in labelling.templates if one.name == template)
            unroll = declared.messages is not None and declared.turns == "all"
            return problems.not_prefix(
                model, template, cure or ("set `turns = unrolled`" if unroll else ""), count, examples
            )
        case "rewritten", [template]:
            return problems.answer_rewritten(model, template, count, examples)
        case "scaffold", [template, cure]:
            return problems.scaffold_trained(model, template, cure, count, examples)
        case "written", [template, scaffold]:
            return chats.scaffold_written(model, template, scaffold, count)
        case "unread", [template, variable]:
            reads = sorted(labelling.tokenizer.chat.reads)  # type: ignore[union-attr]
            return chats.unread_row_variable(model, template, variable, closest(variable, reads), reads, count)
        case "ignored", [template, what]:
            return chats.ignored_by_chat(model, template, what, count, examples)
        case "no_stop", [_]:
            return problems.no_stop_token(model)
        case "begins", [_, token]:
            return problems.doubled_begin(model, token, count, examples)
        case "proof", [template]:
            return problems.wrong_labels(template, count, examples)
        case "lossy" | "merged", [template]:
            return _above(kind, template, finding, labelling, built)
    return None


def _above(
    kind: str, template: str, finding: Finding, labelling: Labelling, built: Mapping[str, BuiltTable]
) -> Diagnostic | None:
    number, declared = next((t.number, t.declared) for t in labelling.templates if t.name == template)
    total = sum(int((part.table.templates == number).sum()) for part in built.values())
    allowed = declared.max_lossy if kind == "lossy" else declared.max_merged
    if finding.count <= allowed * total:
        return None
    constructor = problems.lossy_labels if kind == "lossy" else problems.merged_boundaries
    return constructor(template, finding.count, total, allowed, finding.examples)


def _limit(labelling: Labelling, side: str) -> tuple[int, str | None]:
    """Of an example or one of its sides, in tokens; and the column that is cut where it is too long."""
    limit, policy = labelling.max_length, labelling.task.overlong
    tokens = getattr(limit, side) if isinstance(limit, Lengths) else limit or 0
    return tokens, policy.column if isinstance(policy, Cut) else None
