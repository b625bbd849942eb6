"""The rows that exemplars come from, verified once: what is wrong with a row is wrong with an exemplar."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from recipe_lang.program.document import digest
from runtime.data.cache.entries import cache_folder, made_once
from runtime.data.labels.draft import templates_for
from runtime.data.labels.findings import Findings
from runtime.data.labels.labelling import Labelling
from runtime.data.labels.sound import sound
from runtime.data.prompts.render import RowProblem
from runtime.data.tables.build import table_key


def verify_pool(labelling: Labelling, sample: int | None, *, built: bool) -> Findings:
    """What the pool's rows give in the words of any template: an exemplar is shown in those of the row that it stands
    before. `built`: the pool's split has a table, so that each row has been seen in its own words."""
    split = labelling.task.few_shot.pool
    key = digest([table_key(labelling, split, sample), built])

    def write(folder: Path) -> None:
        findings = _verify(labelling, np.sort(labelling.selection.splits[split][:sample]), built=built)
        (folder / "report.json").write_text(json.dumps(findings.to_json(), ensure_ascii=False), "utf-8")

    folder = made_once(cache_folder("pools", key), write)
    return Findings.from_json(json.loads((folder / "report.json").read_text("utf-8")))


def _verify(labelling: Labelling, rows: np.ndarray, *, built: bool) -> Findings:
    findings = Findings()
    for batch in labelling.selection.batches(rows):
        for row in batch:
            for template in labelling.templates:
                try:
                    if template.applies(row) and not (built and template in templates_for(labelling, row)):
                        sound(labelling, row, template, template.render(row), None, findings)
                except RowProblem as problem:
                    findings.add("render", template.name, problem.field, row=row, detail=problem.reason)
    return findings
