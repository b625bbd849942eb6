"""The recipes that are protocols, run whole on a tiny model: what is left out, what is compared, what the exit says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_lang.cli import main_run
from tests.models.tiny import tiny_model_folder

pytestmark = pytest.mark.heavy

RECIPES = Path(__file__).parents[2] / "recipes"


def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: str) -> tuple[int, dict[str, tuple[dict, dict]]]:
    """The exit code, and program and results of each combination."""
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    model = tiny_model_folder("llama", tmp_path)
    changes = [f'smollm.source=path("{model}")', "train.max_length=1_024 tokens"]
    options = [word for change in changes for word in ("--set", change)]
    out = tmp_path / "runs"
    code = main_run([str(RECIPES / recipe), "--variant", "smoke", "--output", str(out), *options])
    return code, {
        path.parent.name: (
            json.loads((path.parent / "plan.json").read_text())["program"],
            json.loads(path.read_text()),
        )
        for path in out.glob("*/results.json")
    }


def test_a_held_out_cluster_is_asked_and_never_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    code, runs = run(tmp_path, monkeypatch, "held_out_cluster.ift")

    assert code == 0
    assert set(runs) == {f"held_out={name}" for name in ("grammar", "meaning", "facts", "translation")}
    for label, (program, results) in runs.items():
        held_out = set(program["mixtures"][label.removeprefix("held_out=")]["tasks"])
        plan = json.loads((tmp_path / "runs" / label / "plan.json").read_text())
        drawn = {task["name"] for task in plan["figures"]["tasks"] if task["passes"]}
        assert not held_out & drawn
        assert held_out < {line["task"] for line in results["differences"]}
    assert (tmp_path / "runs" / "compare.html").exists()


def test_four_versions_are_judged_on_what_none_of_them_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    _, runs = run(tmp_path, monkeypatch, "forgetting.ift")

    assert len(runs) == 4
    for program, results in runs.values():
        assert {line["task"] for line in results["retain"]} == {"french", "headlines", "endings"}
        assert results["forgetting"]["worst_task"] in program["tasks"]
    assert (tmp_path / "runs" / "compare.html").exists()
