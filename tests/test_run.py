"""Whole runs on tiny models: recipe in, run folder out, through the command line's own code."""

from __future__ import annotations

import json
import re
import shutil
import weakref
from pathlib import Path

import jsonschema
import pytest
import torch
from safetensors.torch import load_file

from recipe_lang.cli import main, main_run
from recipe_lang.program.results import Results
from recipe_lang.schema import documents
from runtime import launch, phases, refusals
from runtime.folder import held
from runtime.models.load import load
from tests.models.opened import reopened
from tests.models.test_load import as_bf16
from tests.models.tiny import tiny_model_folder
from tests.train.small import metrics

RECIPE = """\
recipe sums {
  seed = 7
}

model small {
  source    = path("KIND")
  precision = fp32
}

dataset numbers {
  source = jsonl("numbers.jsonl")
  columns {
    question = text
    answer   = text
  }
  split {
    train      = 60%
    validation = 20%
    test       = 20%
  }
}

template ask for numbers {
  prompt     = "{{ question }}"
  completion = "{{ answer }}"
}

task adding {
  templates = [ask]
  metrics   = [exact_match]
  generate {
    max_new_tokens = 4
  }
}

train {
  model         = small
  data          = adding
  method        = METHOD
  duration      = 4 steps
  batch         = 4 examples
  learning_rate = 1e-3
}

evaluate {
  tasks = [adding]
  when  = [start, every(2 steps), end]
}
"""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes the recipe for a kind of model and a method, and runs it with further arguments."""
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    rows = [{"question": f"What is {a} and {b}?", "answer": str(a + b)} for a in range(8) for b in range(5)]
    (tmp_path / "numbers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def run(*arguments: str, kind: str = "llama", method: str = "lora(rank = 2)", tail: str = "") -> int:
        if not (tmp_path / kind).exists():
            tiny_model_folder(kind, tmp_path, chat=not kind.endswith("t5"))
        text = RECIPE.replace("KIND", kind).replace("METHOD", method)
        if kind.endswith("t5"):
            limits = "max_length {\n    prompt     = 64 tokens\n    completion = 16 tokens\n  }\n  duration"
            text = text.replace("duration", limits, 1)
        (tmp_path / "sums.ift").write_text(text + tail)
        try:
            return main_run(["sums.ift", *arguments])
        except SystemExit as end:
            return int(end.code or 0)

    return run


def results(folder: Path) -> dict:
    return json.loads((folder / "results.json").read_text())


def answers(run: Path, entries: list[dict]) -> list[str]:
    lines = (run / entries[0]["predictions"]).read_text().splitlines()
    return [json.loads(line)["prediction"] for line in lines]


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
    (loading,) = re.findall(r"```python\n(.*?)```", (run / "README.md").read_text(), re.DOTALL)
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


@pytest.fixture
def swept(study, tmp_path: Path):
    """Runs a sweep over some learning rates, with further arguments."""

    def run(rates: str, *arguments: str) -> int:
        if not (tmp_path / "sums.ift").exists():
            assert study() == 0
            with (tmp_path / "sums.ift").open("a") as recipe:
                recipe.write(f"\nsweep {{\n  train.learning_rate = [{rates}]\n}}\n")
        return main_run(["sums.ift", "--output", "swept", *arguments])

    return run


def test_a_sweep_runs_every_combination_in_a_folder_of_its_own(swept, tmp_path: Path, capsys):
    assert swept("1e-3, 1e-4") == 0

    plans = [json.loads(path.read_text()) for path in sorted((tmp_path / "swept").glob("*/plan.json"))]
    assert sorted(plan["program"]["train"]["learning_rate"] for plan in plans) == [1e-4, 1e-3]
    assert "train.learning_rate" in (tmp_path / "swept" / "compare.html").read_text()
    assert "Settings that differ" in capsys.readouterr().out


def test_a_sweep_is_resumed_as_a_whole(swept, tmp_path: Path):
    """Combinations that are finished stay as they are; the others are begun, or go on."""
    assert swept("1e-3, 1e-4") == 0
    done, lost = sorted(path.parent for path in (tmp_path / "swept").glob("*/results.json"))
    expected = (lost / "results.json").read_bytes()
    answered = {path: path.stat().st_mtime_ns for path in done.glob("predictions/*")}
    shutil.rmtree(lost)

    assert swept("1e-3, 1e-4") == 2
    assert swept("1e-3, 1e-4", "--resume") == 0

    assert {path: path.stat().st_mtime_ns for path in done.glob("predictions/*")} == answered
    assert (lost / "results.json").read_bytes() == expected


def seeds_swept(study, tmp_path: Path) -> list[int]:
    """The seeds of the runs that a sweep over seeds has made."""
    assert study(tail="\nsweep {\n  recipe.seed = [1, 2, 3]\n}\n") == 0

    plans = sorted((tmp_path / "runs" / "sums").glob("*/plan.json"))
    return [json.loads(path.read_text())["program"]["seed"] for path in plans]


def test_a_sweep_over_seeds_repeats_the_run_and_compares_it(
    study, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
):
    """Where the source has the splits."""
    start, end = RECIPE.index("  source = jsonl"), RECIPE.index("template ask")
    own = [f'{name} = jsonl("numbers.{name}.jsonl")' for name in ("train", "validation", "test")]
    given = f"  source {{\n    {chr(10).join(own)}\n  }}\n  columns {{ question = text, answer = text }}\n}}\n\n"
    monkeypatch.setattr("tests.test_run.RECIPE", RECIPE[:start] + given + RECIPE[end:])
    rows = (tmp_path / "numbers.jsonl").read_text().splitlines(keepends=True)
    for name, part in (("train", rows[:24]), ("validation", rows[24:32]), ("test", rows[32:])):
        (tmp_path / f"numbers.{name}.jsonl").write_text("".join(part))

    assert seeds_swept(study, tmp_path) == [1, 2, 3]
    assert "IFT" not in capsys.readouterr().err
    assert main(["compare", "runs/sums"]) == 0
    assert "recipe.seed" in capsys.readouterr().out


def test_a_sweep_over_seeds_draws_other_splits_which_are_not_compared(study, tmp_path: Path, capsys):
    assert seeds_swept(study, tmp_path) == [1, 2, 3]

    said = capsys.readouterr().err
    assert "IFT855" in said and "the same `recipe.seed`, which draws splits" in said


def test_a_combination_that_fails_leaves_the_others_to_run(swept, tmp_path: Path, capsys):
    assert swept("1e4, 1e-3, 1e-4") == 4

    assert "IFT750" in capsys.readouterr().err
    assert len(list((tmp_path / "swept").glob("*/results.json"))) == 2


def test_a_run_is_resumed_only_with_the_data_that_it_has_read(study, tmp_path: Path, capsys):
    assert study() == 0
    kept = {name: (tmp_path / "runs/sums" / name).read_bytes() for name in ("plan.json", "recipe.lock")}
    rows = tmp_path / "numbers.jsonl"
    rows.write_text(rows.read_text() + '{"question": "one more", "answer": "row"}\n')

    assert main_run(["sums.ift", "--resume"]) == 1

    told = capsys.readouterr().err
    assert "IFT755" in told
    assert "dataset numbers: hash was" in told
    assert kept == {name: (tmp_path / "runs/sums" / name).read_bytes() for name in kept}


def test_a_question_that_is_new_is_asked_of_the_untouched_model_too(study, tmp_path: Path):
    assert study() == 0
    recipe = tmp_path / "sums.ift"
    recipe.write_text(recipe.read_text().replace("[exact_match]", "[exact_match, rouge1]"))

    assert main_run(["sums.ift", "--resume"]) == 0

    results = json.loads((tmp_path / "runs/sums/results.json").read_bytes())
    assert {(d["metric"]) for d in results["differences"]} == {"exact_match", "rouge1"}


def test_only_what_runs_wrote_is_replaced(study, tmp_path: Path, capsys):
    assert study() == 0
    (tmp_path / "runs/sums/notes.txt").write_text("keep me")

    assert main_run(["sums.ift", "--overwrite"]) == 2
    assert "notes.txt" in capsys.readouterr().err
    assert main_run(["sums.ift", "--output", ".", "--overwrite"]) == 2
    assert (tmp_path / "runs/sums/notes.txt").exists()
    (tmp_path / "runs/sums/notes.txt").unlink()
    assert main_run(["sums.ift", "--overwrite"]) == 0


def test_a_folder_takes_one_run_at_a_time(study, tmp_path: Path, capsys):
    assert study() == 0

    with held(tmp_path / "runs/sums"):
        assert main_run(["sums.ift", "--resume"]) == 2

    assert "IFT027" in capsys.readouterr().err


def test_a_model_that_does_not_fit_is_one_diagnostic(study, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch):
    def full(*arguments, **options):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("runtime.models.load.load", full)

    assert study() == 4

    said = capsys.readouterr().err
    assert "IFT753" in said
    assert "`small`" in said


@pytest.mark.heavy
def test_the_judged_model_is_out_of_the_way_of_a_group(study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    loaded: list[weakref.ref] = []
    in_the_way: list[object] = []
    load, start = phases.load_model, launch.train_in_processes

    def loading(*arguments):
        model = load(*arguments)
        loaded.append(weakref.ref(model))
        return model

    def starting(*arguments, **options):
        in_the_way.extend(model() for model in loaded if model() is not None)
        return start(*arguments, **options)

    monkeypatch.setattr(phases, "load_model", loading)
    monkeypatch.setattr(launch, "train_in_processes", starting)

    assert study("--set", "train.distribute=ddp", "--set", "train.devices=2") == 0

    assert (len(loaded), in_the_way) == (2, [])
    found = results(tmp_path / "runs" / "sums")["evaluations"]
    assert {entry["phase"] for entry in found} == {"base", "step-2", "step-4", "tuned"}


@pytest.mark.parametrize(
    ("distribute", "when", "code", "exit_code"),
    [
        ("deepspeed(3)", "[every(2 steps)]", "IFT768", 1),
        ("fsdp", "[every(2 steps)]", "IFT768", 1),
        ("fsdp", "[start, end]", "IFT762", 4),
    ],
)
def test_what_cannot_be_distributed_is_refused_before_anything_is_loaded(
    study, tmp_path: Path, capsys, distribute: str, when: str, code: str, exit_code: int
):
    settings = (f"train.distribute={distribute}", f"evaluate.when={when}")

    assert study(*(part for setting in settings for part in ("--set", setting))) == exit_code

    assert code in capsys.readouterr().err
    assert not (tmp_path / "runs" / "sums").exists()


def test_more_devices_than_a_node_has_are_refused(study, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 1)

    assert study("--set", "train.distribute=ddp", "--set", "train.devices=2") == 4

    said = capsys.readouterr().err
    assert "IFT762" in said
    assert "this machine has 1" in said
    assert not (tmp_path / "runs" / "sums").exists()


def test_fp16_on_a_cpu_is_refused_before_anything_is_loaded(study, tmp_path: Path, capsys):
    assert study("--set", "small.precision=fp16") == 4

    said = capsys.readouterr().err
    assert "IFT079" in said
    assert "--set" in said
    assert not (tmp_path / "runs" / "sums").exists()


@pytest.mark.parametrize(
    "setting", ["track=[wandb]", "optimizer=adamw_8bit", "method=qlora(rank = 2)", "distribute=deepspeed"]
)
def test_a_missing_package_is_said_before_anything_is_loaded(
    study, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch, setting: str
):
    monkeypatch.setattr(refusals, "find_spec", lambda name: None)

    assert study("--set", f"train.{setting}") == 4

    said = capsys.readouterr().err
    assert "IFT759" in said
    assert "--set" in said
    assert not (tmp_path / "runs" / "sums").exists()


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


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ('numbers.source=jsonl("absent.jsonl")', "IFT550"),
        ('numbers.columns.answer=text(from = "reply")', "IFT552"),
        ('numbers.keep_if="question | length > 999"', "IFT556"),
        ('small.source=path("nowhere")', "IFT064"),
    ],
)
def test_bad_input_is_one_diagnostic_and_leaves_nothing(study, tmp_path: Path, capsys, change: str, code: str):
    assert study("--set", change) == 1

    said = capsys.readouterr().err
    assert code in said
    assert "Traceback" not in said
    assert not (tmp_path / "runs" / "sums").exists()


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
