from __future__ import annotations

import json
import re
from pathlib import Path

from runtime.report.card import card, write_card
from runtime.report.results import read_results, write_results
from tests.compiled import changed
from tests.report.runs import program, written


def test_card_has_data_licences_citations_figures_and_how_to_load(tmp_path: Path):
    plan, results = written(tmp_path, program())
    base, tuned = (f"{getattr(results.differences[0], phase):.4f}" for phase in ("base", "tuned"))

    text = card(plan, results, [])

    assert text.startswith("---\n")
    assert "| data | data/visits.csv | CC-BY-4.0 | 250 |" in text
    assert "Ben Abacha" in text
    assert "AutoModelForCausalLM.from_pretrained" in text
    cut = {one.phase: one.cut for one in results.evaluations if one.task == "note_writing" and one.shots == 0}
    assert f"| note_writing | rouge1 | {base} ({cut['base']} cut) | {tuned} ({cut['tuned']} cut) |" in text


def test_card_stands_beside_the_model_too(tmp_path: Path):
    plan, results = written(tmp_path, program())
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "adapter_config.json").write_text('{"base_model_name_or_path": "base"}')

    write_card(plan, results, tmp_path)

    text = (tmp_path / "model" / "README.md").read_text()
    assert "AutoPeftModelForCausalLM.from_pretrained" in text
    assert 'from_pretrained(RUN + "/base"' in text
    assert (tmp_path / "model" / "README.md").read_bytes() == (tmp_path / "README.md").read_bytes()


def test_results_read_back_equal(tmp_path: Path):
    _, results = written(tmp_path, program())

    write_results(results, tmp_path)

    assert results == read_results(tmp_path)
    assert json.loads((tmp_path / "results.json").read_text())["format_version"] == 1


def test_what_a_recipe_says_is_no_markdown(tmp_path: Path):
    plan, results = written(tmp_path, program())
    (name, data), *_ = plan.program.datasets.items()
    evil = "<script>x</script> [click](http://a.b) | \x1b[31m\u202e `c`"
    told = changed(plan.program, description=f"# {evil}", datasets={name: changed(data, license=evil, citation=evil)})

    text = card(changed(plan, program=told), results, [])

    body = text.partition("\n---\n")[2]
    assert not any(sign in text for sign in ("\x1b", "\u202e"))
    assert not re.search(r"(?<!\\)(\](?=\()|<script)", body)
    assert "\n\\# " in body
    assert all(line.count("|") - line.count("\\|") == 5 for line in body.splitlines() if line.startswith(f"| {name} "))
