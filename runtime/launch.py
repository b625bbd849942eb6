"""Training in several processes: starts them through torchrun, passes interrupts on, and brings back what came of it.

The process that the user started stays the only one that plans, evaluates before and after, and reports. Each process
of the group runs `runtime.worker` with a job file, and leaves an answer in the job's folder.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path

import psutil
import torch

import runtime
from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.interpreter import environment, python
from recipe_lang.program.document import Plan
from recipe_lang.program.train import Train
from runtime.nodes import is_main_node, meeting
from runtime.report.results import finished
from runtime.train.interrupt import interruptible
from runtime.train.run import TrainOutcome

LOG = "processes.log"
_STDERR = 2
_LEFT_ALONE = 20
"""Seconds that processes have to end once one of them is lost."""
_WAIT = 7 * 24 * 3600
"""Seconds that nodes wait for the first one, which evaluates the untouched model before it joins them."""


def train_in_processes(
    plan: Plan, root: Path, run_folder: Path, *, resume: bool, report: Callable[[Diagnostic], None]
) -> TrainOutcome:
    """As `runtime.train.train`, on all devices of this node and of the others that run the same command.

    `plan.json` stands in `run_folder`, which all nodes share; the weights come back in its checkpoints
    (`runtime.train.adopt`). What the main node's processes and torchrun have to say stands in `processes.log`; on
    further nodes it goes to stderr, as the folder is not theirs. Raises what `train` raises, and IFT763 where a process
    was lost.
    """
    main = is_main_node(plan.program.train.nodes)
    with tempfile.TemporaryDirectory(prefix="ift-") as temporary, interruptible() as interrupt:
        job = Path(temporary) / "job.json"
        # A further node has not looked at the inputs: its processes hold theirs to the main node's plan.
        inputs = plan.facts.inputs.digest if plan.facts and plan.facts.inputs else None
        given = {"root": str(root), "folder": str(run_folder), "plan": plan.hash, "inputs": inputs, "resume": resume}
        job.write_text(json.dumps(given), "utf-8")
        with (run_folder / LOG).open("ab") if main else nullcontext() as log:
            launcher = subprocess.Popen(
                command(plan, job),
                env=_environment(plan.program.train),
                # Held open and never written to: its end tells every process of the group that this one is gone.
                stdin=subprocess.PIPE,
                stdout=log or _STDERR,
                stderr=log,
                start_new_session=True,
            )
        told: set[int] = set()
        try:
            while launcher.poll() is None:
                if interrupt.asked:
                    _tell_workers(launcher.pid, Path(temporary), told)
                time.sleep(0.1)
        finally:
            if launcher.poll() is None:
                launcher.terminate()
                launcher.wait()
            launcher.stdin.close()
            _gone(Path(temporary))
        outcome = _outcome(Path(temporary), launcher.returncode, str(run_folder / LOG) if main else "stderr", report)
        if interrupt.asked:
            raise Stop(fitting.interrupted(outcome.steps, plan.figures.train.steps), exit_code=130)
        return outcome


def train_along(plan: Plan, root: Path, run_folder: Path, *, resume: bool, report: Callable[[Diagnostic], None]) -> int:
    """A further node's part of a run, and its exit code: everything but training is the main node's."""
    if not (resume and finished(plan, run_folder)):
        train_in_processes(plan, root, run_folder, resume=resume, report=report)
    return 0


def command(plan: Plan, job: Path) -> list[str]:
    """torchrun's command line on this node."""
    train = plan.program.train
    place = ["--standalone"]
    if met := meeting(train.nodes):
        # Without election: the first process is on the main node, which so writes what it reads again.
        place = ["--nnodes", str(train.nodes), "--node-rank", str(met.node), "--rdzv-endpoint", met.address]
        place += ["--rdzv-backend", "static", "--rdzv-id", plan.hash[:16], "--rdzv-conf", f"timeout={_WAIT}"]
    processes = ["--nproc-per-node", str(processes_per_node(train))]
    ending = ["--max-restarts", "0", "--shutdown-timeout", str(_LEFT_ALONE)]
    launcher = python("-m", "torch.distributed.run")
    return [*launcher, *place, *processes, *ending, "-m", "runtime.worker", str(job)]


def processes_per_node(train: Train) -> int:
    """`devices`, else one a device that the node has."""
    return train.devices or max(1, torch.accelerator.device_count())


def _environment(train: Train) -> dict[str, str]:
    threads = max(1, _cores() // processes_per_node(train))
    found = {"OMP_NUM_THREADS": str(threads)} | environment()
    packages = [str(Path(runtime.__file__).parent.parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    found["PYTHONPATH"] = os.pathsep.join(path for path in packages if path)
    # Told to use the CPU, accelerate leaves DeepSpeed out.
    if not torch.accelerator.is_available() and train.distribute.kind != "deepspeed":
        found["ACCELERATE_USE_CPU"] = "true"
    return found


def _cores() -> int:
    """Those that this process may use: a scheduler may have given it a part of the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _tell_workers(launcher: int, folder: Path, told: set[int]) -> None:
    """Each of the processes that listens by now, once. Not torchrun, which would kill them after a while, in the middle
    of a step or a checkpoint; and none earlier: a process that is still starting would die of the signal."""
    with suppress(psutil.NoSuchProcess):
        for worker in psutil.Process(launcher).children():
            if worker.pid not in told and listening(folder, worker.pid).exists():
                worker.send_signal(signal.SIGTERM)
                told.add(worker.pid)


def _gone(folder: Path) -> None:
    """Waits for processes that torchrun has left behind, as it was killed: they may still be writing to the run."""
    told = {int(path.name.rpartition("-")[2]) for path in folder.glob("listening-*")}
    psutil.wait_procs([one for one in psutil.process_iter() if one.pid in told], timeout=_LEFT_ALONE)


def listening(folder: Path, process: int) -> Path:
    """The file of a process that takes signals."""
    return folder / f"listening-{process}"


def answer_of(folder: Path, rank: int | str) -> Path:
    """The file that a process ends with."""
    return folder / f"answer-{rank}.json"


def _outcome(folder: Path, returned: int, log: str, report: Callable[[Diagnostic], None]) -> TrainOutcome:
    answers = [json.loads(path.read_bytes()) for path in sorted(folder.glob(answer_of(folder, "*").name))]
    for diagnostic in next((answer["warnings"] for answer in answers if answer["warnings"]), []):
        report(Diagnostic(**diagnostic))
    for answer in answers:
        if "stop" in answer:
            raise Stop(*(Diagnostic(**found) for found in answer["stop"]), exit_code=answer["exit_code"])
    if returned != 0 or not answers:
        raise Stop(fitting.process_lost(log), exit_code=4)
    return TrainOutcome.model_validate(answers[0]["outcome"])
