"""The token table of a task's split: rows to labelled examples in parts, parts to one table, kept by content."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recipe_lang.program.document import digest
from recipe_lang.program.train import Lengths
from runtime.data.cache.entries import cache_folder, code_version, made_once
from runtime.data.labels.findings import Findings
from runtime.data.labels.labelling import Labelling
from runtime.data.labels.way import label_rows
from runtime.data.tables.table import TokenTable, join_parts, open_table, read_report, write_part

_ROWS_A_PART = 8192
_MOST_PARTS = 256


@dataclass(frozen=True)
class BuiltTable:
    """A table, with the number of rows that a template was for and what was found on the way."""

    table: TokenTable
    rows: int
    ends: tuple[int, ...]
    """The tokens that its examples end with, ascending."""
    findings: Findings

    @property
    def dropped(self) -> int:
        """Examples that `overlong = drop` left out."""
        return sum(finding.count for (kind, *_), finding in self.findings.by_subject.items() if kind == "dropped")


def build_table(labelling: Labelling, split: str, sample: int | None, advance: Callable[[int], None]) -> BuiltTable:
    """`sample`: only so many rows, the first of the split's seeded order. `advance` is told how many rows are done.

    An interrupted call leaves its finished parts in the cache, and the next one goes on from them.
    """
    labelling = labelling.on(split)
    folder = cache_folder("tables", table_key(labelling, split, sample))
    rows = np.sort(labelling.selection.splits[split][:sample])
    parts = folder.with_name(f"{folder.name}.parts")
    made_once(folder, lambda partial: _build(labelling, rows, parts, partial, advance))
    shutil.rmtree(parts, ignore_errors=True)
    report = json.loads((folder / "report.json").read_text("utf-8"))
    findings = Findings.from_json(report["findings"])
    return BuiltTable(open_table(folder), report["rows"], tuple(report["ends"]), findings)


def table_key(labelling: Labelling, split: str, sample: int | None) -> str:
    """Everything that the tokens and labels follow from; the recipe's seed is in the selection's key."""
    task = labelling.task.model_dump(mode="json", include={"templates_per_row", "overlong", "few_shot"})
    templates = [[t.name, t.declared.model_dump(mode="json")] for t in labelling.templates]
    limit = labelling.max_length
    settings = [
        labelling.name,
        task,
        templates,
        limit.model_dump() if isinstance(limit, Lengths) else limit,
        (labelling.context, labelling.answer_context) if labelling.room is not None else None,
        labelling.room,
        labelling.pair,
        labelling.control_as_text,
        labelling.train_on_all,
        labelling.first,
    ]
    return digest([labelling.selection.key, split, sample, labelling.tokenizer.hash, settings, code_version()])


def _build(
    labelling: Labelling,
    rows: np.ndarray,
    parts: Path,
    folder: Path,
    advance: Callable[[int], None],
) -> None:
    """What is in `parts` already is not made again."""
    parts.mkdir(exist_ok=True)
    size = max(_ROWS_A_PART, -(-len(rows) // _MOST_PARTS))
    chunks = [rows[start : start + size] for start in range(0, len(rows), size)]
    reports = []
    for number, chunk in enumerate(chunks):
        report = read_report(parts, number)
        if report is None:
            findings = Findings()
            examples, asked = label_rows(labelling, chunk, findings, advance)
            ends = sorted({example.ids[-1] for example in examples})
            report = {"rows": asked, "ends": ends, "findings": findings.to_json()}
            write_part(parts, number, examples, report)
        else:
            advance(len(chunk))
        reports.append(report)
    total = Findings()
    for report in reports:
        total.merge(Findings.from_json(report["findings"]))
    join_parts(parts, len(chunks), folder, labelling.selection.rank)
    summary = {
        "rows": sum(report["rows"] for report in reports),
        "ends": sorted({end for report in reports for end in report["ends"]}),
        "findings": total.to_json(),
    }
    (folder / "report.json").write_text(json.dumps(summary, ensure_ascii=False), "utf-8")
