"""Scripts that start `ift-run` on each node of a cluster, with what it needs to know there (`runtime/nodes.py`)."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from recipe_lang.version import install_command

GB = 10**9
ACCELERATORS = {"L4": 24, "A10G": 24, "A100": 40, "L40S": 48, "A100-80GB": 80, "H100": 80, "H200": 141}
"""SkyPilot's names, and GB of memory."""
SHARED = "The run folder has to be on a file system that all nodes share."
RESUMES = "With `--resume` the run begins where the run folder is new, and goes on where it was stopped."


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    nodes: int
    devices: int | None
    """On each node; None: all that it has."""
    memory: int | None
    """Bytes on each device, if they are known."""
    port: int
    command: list[str]

    def line(self) -> str:
        return shlex.join(self.command)

    def needs(self) -> str:
        if self.memory is None:
            return "What a device needs is known once data and model are at hand: `ift plan`."
        return f"Each device needs about {self.memory / GB:.1f} GB: `ift plan` shows what for."


def slurm(job: Job) -> str:
    """`sbatch` reads the head; a job that is near its time limit finishes its step and writes a checkpoint."""
    head = [
        f"--job-name={job.name}",
        f"--nodes={job.nodes}",
        "--ntasks-per-node=1",
        f"--gpus-per-node={job.devices}" if job.devices else "--exclusive",
        "--signal=TERM@300",
    ]
    lines = ["#!/bin/bash", *(f"#SBATCH {option}" for option in head), f"# {job.needs()}"]
    lines += [f"# {SHARED}", f"# {RESUMES} Submit the job again after a time limit.", ""]
    if job.nodes == 1:
        return _text([*lines, f"srun {job.line()}"])
    first = '"$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)'
    on_each = shlex.quote(f'IFT_NODE="$SLURM_NODEID" exec {job.line()}')
    return _text([*lines, f'export IFT_RENDEZVOUS={first}:{job.port}"', f"srun --kill-on-bad-exit=1 bash -c {on_each}"])


def torchrun(job: Job) -> str:
    """`ift-run` starts torchrun itself, which so gets the same arguments on each node but one."""
    if job.nodes == 1:
        return _text([f"# {job.needs()}", f"# {RESUMES}", job.line()])
    lines = [f"# {job.needs()}", f"# {SHARED}", f"# {RESUMES}", "# On each node: an address of node 0.", "HOST=…"]
    for node in range(job.nodes):
        beside = ", which evaluates and reports as well" if node == 0 else ""
        line = f'IFT_RENDEZVOUS="$HOST:{job.port}" IFT_NODE={node} {job.line()}'
        lines += ["", f"# Node {node}{beside}:", line]
    return _text(lines)


def skypilot(job: Job) -> str:
    """A task; any accelerator that has the memory will do."""
    fitting = [name for name, size in ACCELERATORS.items() if job.memory is None or size * GB >= job.memory]
    lines = [
        f"# {job.needs()}",
        f"# {RESUMES}",
        f"name: {job.name.replace('_', '-')}",
        f"num_nodes: {job.nodes}",
        "resources:",
        f"  accelerators: {{{', '.join(f'{name}: {job.devices or 1}' for name in fitting)}}}",
        "workdir: .",
        "# What installed `ift` on this machine: what it names has to be within reach of the nodes.",
        f"setup: {install_command('run')}",
        "run: |",
    ]
    if job.nodes == 1:
        return _text([*lines, f"  {job.line()}"])
    return _text(
        [
            *lines,
            f"  # {SHARED}",
            f'  export IFT_RENDEZVOUS="$(echo "$SKYPILOT_NODE_IPS" | head -n 1):{job.port}"',
            f'  IFT_NODE="$SKYPILOT_NODE_RANK" {job.line()}',
        ]
    )


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
