"""The rows that exemplars come from, verified once: what is wrong with a row is wrong with an exemplar."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from recipe_lang.program.document import digest
from runtime.data.cache.entries import cache_folder, made_once
from runtime.data.labels.findings import Findings
from runtime.data.labels.label import place_of, sound
from runtime.data.labels.ready import Labelling, templates_for
from runtime.data.prompts.render import RowProblem
from runtime.data.splits.select import Selection
from runtime.data.tables.build import table_key


def verify_pool(labelling: Labelling, selection: Selection, split: str, sample: int | None, *, built: bool) -> Findings:
    """What the pool's rows give in the words of any template: an exemplar is shown in those of the row that it stands
    before. `built`: the split has a table, so that each row has been seen in its own words."""
    key = digest([table_key(labelling, selection, split, sample), built])

    def write(folder: Path) -> None:
        found = _verify(labelling, selection, np.sort(selection.splits[split][:sample]), built=built)
        (folder / "report.json").write_text(json.dumps(found.to_json(), ensure_ascii=False), "utf-8")

    folder = made_once(cache_folder("pools", key), write)
    return Findings.from_json(json.loads((folder / "report.json").read_text("utf-8")))


def _verify(labelling: Labelling, selection: Selection, rows: np.ndarray, *, built: bool) -> Findings:
    findings = Findings()
    for indices, batch in selection.rows.batches(rows):
        for index, row_id, values in zip(indices.tolist(), selection.row_ids(indices), batch, strict=True):
            place = place_of(selection, index)
            for number, template in enumerate(labelling.templates):
                try:
                    if template.applies(row_id, values) and not (
                        built and number in templates_for(labelling, row_id, values)
                    ):
                        sound(labelling, template, template.render(row_id, values), None, values, findings, place)
                except RowProblem as problem:
                    findings.add("render", template.name, problem.field, place=place, detail=problem.reason)
    return findings
