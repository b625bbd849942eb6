"""Whole runs on tiny models: recipe in, run folder out, through the command line's own code."""

from __future__ import annotations

import re
import subprocess
import sys
import weakref
from pathlib import Path

import jsonschema
import pytest
import torch
from safetensors.torch import load_file

from recipe_lang.program.results import Results
from recipe_lang.schema import documents
from runtime import run as engine
from runtime.models.load import load
from tests.models.opened import reopened
from tests.models.test_load import as_bf16
from tests.models.tiny import tiny_model_folder
from tests.runs.recipe import answers, results
from tests.train.small import metrics


@pytest.mark.parametrize(("kind", "method"), [("llama", "lora(rank = 2)"), ("gpt2", "full"), ("t5", "full")])
def test_every_architecture_runs_from_the_same_task(study, tmp_path: Path, kind: str, method: str):
    assert study(kind=kind, method=method) == 0

    run = tmp_path / "runs" / "sums"
    phases = [(entry["phase"], entry["split"], entry["rows"]) for entry in results(run)["evaluations"]]
    validation = [("step-2", "validation", 8), ("step-4", "validation", 8)]
    assert sorted(phases) == sorted([("base", "test", 8), *validation, ("tuned", "test", 8)])
    assert (run / "model" / ("adapter_model.safetensors" if "lora" in method else "model.safetensors")).is_file()


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["llama", "t5"])
@pytest.mark.parametrize(
    "method",
    [
        "lora(rank = 2, dora = true, rslora = true, dropout = 0.1)",
        "ia3",
        "loha(rank = 2)",
        "lokr(rank = 2)",
        "vera(rank = 4)",
        "prompt_tuning(tokens = 3)",
        "prefix_tuning(tokens = 3)",
    ],
)
def test_every_method_runs_from_end_to_end(study, tmp_path: Path, kind: str, method: str):
    assert study(kind=kind, method=method) == 0

    run = tmp_path / "runs" / "sums"
    assert all(line["grad_norm"] > 0 for line in metrics(run))
    assert {entry["phase"] for entry in results(run)["evaluations"]} == {"base", "step-2", "step-4", "tuned"}
    load(*reopened(run / "model"), trainable=False)


def test_a_run_in_a_process_of_its_own_says_nothing_for_its_libraries(study, tmp_path: Path):
    """Libraries that are imported late talk while they are: bitsandbytes by way of peft."""
    assert study("--set", "train.duration=0 steps") != 0

    line = [sys.executable, "-c", "from recipe_lang.cli import main_run; raise SystemExit(main_run(['sums.ift']))"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_merged_weights_are_written_on_request_and_their_rounding_is_said(study, tmp_path: Path, capsys):
    as_bf16(tiny_model_folder("llama", tmp_path))

    assert study("--set", "train.merge=true") == 0

    run = tmp_path / "runs" / "sums"
    assert load_file(run / "model-merged" / "model.safetensors")["model.norm.weight"].dtype == torch.bfloat16
    merged = results(run)["merged"]
    # bf16 holds eight bits of a number: half of the last one at most, and less on average.
    assert (merged["type"], 2**-12 < merged["rounding"] < 2**-9) == ("bfloat16", True)
    for said in (capsys.readouterr().out, (run / "README.md").read_text()):
        assert f"cast to bfloat16, which moves the weights by {merged['rounding']:.1e} of their norm" in said


@pytest.mark.parametrize("kind", ["llama", "flan_t5"])
def test_tokens_that_a_recipe_adds_are_trained_with_an_adapter(study, tmp_path: Path, kind: str, monkeypatch):
    assert study("--set", 'train.new_tokens=["<sum>"]', "--set", "train.merge=true", kind=kind) == 0

    run = tmp_path / "runs" / "sums"
    adapted, merged = (load(*reopened(run / model), trainable=False) for model in ("model", "model-merged"))
    monkeypatch.chdir(run)
    loading, *_ = re.findall(r"```python\n(.*?)```", (run / "README.md").read_text(), re.DOTALL)
    by_the_card: dict = {}
    exec(loading, by_the_card)
    ids = torch.tensor([[400, 50, 60]])
    expected, *found = (
        model(input_ids=ids, labels=ids).logits for model in (adapted, by_the_card["model"].eval(), merged)
    )
    assert expected.shape[-1] == 401
    assert torch.equal(expected, found[0])
    assert (expected - found[1]).norm() <= 1e-5 * expected.norm()


def test_training_in_stages_begins_with_the_earlier_runs_model(study, tmp_path: Path):
    assert study("--output", "first") == 0
    assert study("--output", "second", "--set", 'train.start_from=run("first")') == 0

    tuned = [e for e in results(tmp_path / "first")["evaluations"] if e["phase"] == "tuned"]
    base = [e for e in results(tmp_path / "second")["evaluations"] if e["phase"] == "base"]
    assert answers(tmp_path / "first", tuned) == answers(tmp_path / "second", base)


@pytest.mark.heavy
def test_the_judged_model_is_out_of_the_way_of_a_group(study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    loaded: list[weakref.ref] = []
    in_the_way: list[object] = []
    load, start = engine.load_model, engine.train_in_processes

    def loading(*arguments, **options):
        model = load(*arguments, **options)
        loaded.append(weakref.ref(model))
        return model

    def starting(*arguments, **options):
        in_the_way.extend(model() for model in loaded if model() is not None)
        return start(*arguments, **options)

    monkeypatch.setattr(engine, "load_model", loading)
    monkeypatch.setattr(engine, "train_in_processes", starting)

    assert study("--set", "train.distribute=ddp", "--set", "train.devices=2") == 0

    assert (len(loaded), in_the_way) == (2, [])
    found = results(tmp_path / "runs" / "sums")["evaluations"]
    assert {entry["phase"] for entry in found} == {"base", "step-2", "step-4", "tuned"}


@pytest.mark.parametrize("bits", [4, 8])
def test_a_quantised_model_trains_on_a_cpu(study, tmp_path: Path, bits: int):
    pytest.importorskip("bitsandbytes")
    method = f"qlora(rank = 2, bits = {bits})"

    assert study("--output", "first", "--set", "train.merge=true", method=method) == 0
    assert study("--output", "second", method=method) == 0

    first, second = (metrics(tmp_path / name) for name in ("first", "second"))
    assert first == second
    assert len(first) == 4
    assert results(tmp_path / "first")["merged"]["rounding"] == 0
    assert "not the quantised ones" in (tmp_path / "first" / "README.md").read_text()
    load(*reopened(tmp_path / "first" / "model"), trainable=False, bits=bits)


def test_trackers_follow_a_run(study, tmp_path: Path):
    assert study("--set", "train.track=[tensorboard]") == 0

    assert list((tmp_path / "runs" / "sums" / "trackers" / "sums").glob("events.out.tfevents.*"))


@pytest.mark.heavy
def test_a_compiled_model_is_judged_and_saved(study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Compilation up to the kernels, which takes no compiler."""
    real = torch.nn.Module.compile
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self, **options: real(self, backend="eager", **options))

    assert study("--set", "train.compile=true") == 0

    folder = tmp_path / "runs" / "sums"
    assert (folder / "model" / "adapter_model.safetensors").is_file()
    assert {e["phase"] for e in results(folder)["evaluations"]} == {"base", "step-2", "step-4", "tuned"}


def test_results_are_as_their_schema_says(study, tmp_path: Path):
    """With all that a recipe can ask of an evaluation: suites, gates, noise, exemplars, slices, several templates."""
    settings = {
        "adding.metrics": "[exact_match, bleu, rouge1, perplexity]",
        "adding.slices": "[answer]",
        "adding.few_shot.draws": "2",
        "adding.few_shot.pool": "train",
        "evaluate.shots": "[0, 1]",
        "evaluate.noise": "true",
        "evaluate.retain.adding": "100%",
        "evaluate.require": "[adding.exact_match >= 0, adding.exact_match.gain >= -1]",
        "evaluate.tasks": "[all_sums]",
    }
    arguments = [part for item in settings.items() for part in ("--set", "=".join(item))]
    assert study(*arguments, tail="\nsuite all_sums {\n  tasks = [adding]\n}\n") in (0, 3)

    found = results(tmp_path / "runs" / "sums")
    Results.model_validate(found)
    jsonschema.validate(found, documents.schema("results"))
    assert all(found[part] for part in ("evaluations", "groups", "differences", "retain", "forgetting", "require"))
    assert any("noise" in entry for entry in found["evaluations"])
    assert all(entry["slices"]["answer"] for entry in found["evaluations"])
