"""The quickstart's smoke variant, as a user runs it: the same bits twice, true figures, a model that answers."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.heavy

IFT_RUN = Path(sys.executable).parent / "ift-run"


def ift_run(repository: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [IFT_RUN, "recipes/quickstart.ift", *arguments],
        cwd=repository,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def runs(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two runs of the same recipe."""
    folders = [tmp_path_factory.mktemp("runs") / name for name in ("first", "second")]
    for folder in folders:
        done = ift_run(repository, "--variant", "smoke", "--output", str(folder))
        assert done.returncode == 0, done.stdout + done.stderr
        (folder / "terminal.txt").write_text(done.stdout + done.stderr)
    return folders


def load(path: Path):
    return json.loads(path.read_text())


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_two_runs_have_the_same_plan_losses_and_model_bytes(runs: list[Path]):
    first, second = runs

    assert load(first / "plan.json")["hash"] == load(second / "plan.json")["hash"]
    assert (first / "metrics.jsonl").read_bytes() == (second / "metrics.jsonl").read_bytes()
    names = sorted(path.relative_to(first) for path in (first / "model").rglob("*") if path.is_file())
    assert Path("adapter_model.safetensors") in {name.relative_to("model") for name in names}
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_run_folder_holds_what_the_reference_lists(runs: list[Path]):
    run = runs[0]
    held = {path.name for path in run.iterdir()}

    assert held >= {
        "plan.json",
        "recipe.lock",
        "metrics.jsonl",
        "timing.jsonl",
        "results.json",
        "predictions",
        "checkpoints",
        "model",
        "report.html",
        "README.md",
    }
    assert [line["step"] for line in lines(run / "metrics.jsonl")] == [1, 2, 3]
    assert {"step", "loss", "learning_rate", "tokens", "grad_norm"} <= lines(run / "metrics.jsonl")[0].keys()
    assert "CC-BY-4.0" in (run / "README.md").read_text()
    page = (run / "report.html").read_text()
    assert not re.findall(r"""(?:src|href)=["']https?:""", page)


def test_figures_follow_from_the_predictions(runs: list[Path]):
    from rouge_score import rouge_scorer

    run = runs[0]
    results = load(run / "results.json")
    assert {entry["phase"] for entry in results["evaluations"]} == {"base", "tuned"}
    for entry in results["evaluations"]:
        rows = lines(run / entry["predictions"])
        assert len(rows) == entry["rows"] == 4
        for name in ("rouge1", "rouge2", "rougeL"):
            metric = entry["metrics"][name]
            stemming = "stemmer" in metric["signature"] and "stemmer=false" not in metric["signature"].lower()
            scorer = rouge_scorer.RougeScorer([name], use_stemmer=stemming)
            scores = [
                max(scorer.score(reference, row["prediction"])[name].fmeasure for reference in row["references"])
                for row in rows
            ]
            assert metric["value"] == pytest.approx(sum(scores) / len(scores), abs=1e-9)
            assert metric["low"] <= metric["value"] <= metric["high"]


def test_model_answers_through_plain_transformers_and_peft(runs: list[Path], monkeypatch: pytest.MonkeyPatch):
    import torch

    monkeypatch.chdir(runs[0])
    loading, *_ = re.findall(r"```python\n(.*?)```", Path("README.md").read_text(), re.DOTALL)
    loaded: dict[str, Any] = {}
    exec(loading, loaded)
    model, tokenizer = loaded["model"], loaded["tokenizer"]
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Say hello."}], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    with torch.no_grad():
        answer = model.generate(**prompt, max_new_tokens=8, do_sample=False)
    assert tokenizer.decode(answer[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True).strip()
    assert not os.path.isabs(load(Path("model/adapter_config.json"))["base_model_name_or_path"])


def test_output_that_is_not_a_terminal_has_no_control_characters(runs: list[Path]):
    text = (runs[0] / "terminal.txt").read_text()

    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)
    assert "rouge1" in text
    assert str(runs[0]) in text


def test_a_folder_with_contents_is_refused(runs: list[Path], repository: Path):
    before = sorted(runs[0].rglob("*"))

    done = ift_run(repository, "--variant", "smoke", "--output", str(runs[0]))

    assert done.returncode == 2
    assert "--overwrite" in done.stderr
    assert "Traceback" not in done.stderr
    assert before == sorted(runs[0].rglob("*"))


def test_interrupt_writes_a_checkpoint_and_ends_with_130(repository: Path, tmp_path: Path):
    folder = tmp_path / "run"
    command = [IFT_RUN, "recipes/quickstart.ift", "--variant", "smoke"]
    command += ["--set", "train.duration=50 steps", "--output", str(folder)]
    run = subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + 300
    while not (folder / "metrics.jsonl").exists() or not (folder / "metrics.jsonl").read_text():
        assert run.poll() is None, run.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.2)
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=300)

    assert run.returncode == 130, output
    assert "Traceback" not in output
    assert list((folder / "checkpoints").glob("step-*"))
    assert not (folder / "model").exists()
