"""`ift launch`: scripts that a cluster takes, with what the recipe says of nodes and devices."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from recipe_lang.cli import main
from recipe_lang.cli.launch_scripts import ACCELERATORS, Job, skypilot
from tests.cli.studies import write_study

TWO_NODES = ("distribute=ddp", "devices=2", "nodes=2", "batch=8 examples")
WIDE = [part for setting in TWO_NODES for part in ("--set", f"train.{setting}")]


@pytest.fixture
def launched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    """What `ift launch` prints for the study with further arguments."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    write_study(tmp_path)

    def launch(*arguments: str) -> str:
        assert main(["launch", "study.ift", *arguments]) == 0
        return capsys.readouterr().out

    return launch


def test_slurm_gets_a_script_that_starts_every_node(launched):
    script = launched("--slurm", *WIDE)

    head = [line.removeprefix("#SBATCH ") for line in script.splitlines() if line.startswith("#SBATCH ")]
    assert head[:4] == ["--job-name=study", "--nodes=2", "--ntasks-per-node=1", "--gpus-per-node=2"]
    assert subprocess.run(["bash", "-n"], input=script, text=True).returncode == 0
    inner = shlex.split(script.splitlines()[-1])[-1]
    assert shlex.split(inner)[-len(WIDE) - 3 :] == ["ift-run", "study.ift", *WIDE, "--resume"]
    assert "Each device needs about 0.0 GB" in script


def test_slurm_runs_the_script_with_the_numbers_of_its_nodes(launched, tmp_path: Path):
    """On stand-ins for Slurm's own commands, and for the run."""
    commands = {
        "scontrol": "printf 'n1\\nn2\\n'",
        "srun": 'shift; for SLURM_NODEID in 0 1; do export SLURM_NODEID; "$@"; done',
        "ift-run": 'echo "$IFT_RENDEZVOUS $IFT_NODE $1"',
    }
    for name, body in commands.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{body}\n")
        (tmp_path / name).chmod(0o755)

    done = subprocess.run(
        ["bash", "-c", launched("--slurm", *WIDE)],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "SLURM_JOB_NODELIST": "n[1-2]"},
        capture_output=True,
        text=True,
    )

    assert done.stdout.splitlines() == ["n1:29500 0 study.ift", "n1:29500 1 study.ift"]


def test_torchrun_gets_a_line_for_each_node(launched):
    lines = [line for line in launched("--torchrun", "--port", "1234", *WIDE).splitlines() if "ift-run" in line]

    assert [shlex.split(line)[:3] for line in lines] == [
        ["IFT_RENDEZVOUS=$HOST:1234", f"IFT_NODE={node}", "ift-run"] for node in (0, 1)
    ]


def test_skypilot_gets_a_task(launched):
    task = yaml.safe_load(launched("--skypilot", *WIDE))

    assert (task["name"], task["num_nodes"]) == ("study", 2)
    assert set(task["resources"]["accelerators"].values()) == {2}
    assert 'IFT_NODE="$SKYPILOT_NODE_RANK" ift-run study.ift' in task["run"]


def test_accelerators_have_the_memory_that_the_plan_needs():
    job = Job("study", nodes=1, devices=1, memory=60 * 10**9, port=1, command=["ift-run", "study.ift"])

    offered = yaml.safe_load(skypilot(job))["resources"]["accelerators"]

    assert set(offered) == {name for name, size in ACCELERATORS.items() if size >= 60}


def test_scripts_say_what_resuming_does_in_a_new_folder(launched):
    for kind in ("--slurm", "--torchrun", "--skypilot"):
        for wide in ((), WIDE):
            assert "# With `--resume` the run begins where the run folder is new" in launched(kind, *wide)


def test_one_node_needs_no_rendezvous(launched):
    for kind in ("--slurm", "--torchrun", "--skypilot"):
        assert "IFT_" not in launched(kind)
