"""One process of a group that trains together: started through torchrun with a job file, which `runtime.launch` writes.

It leaves an answer beside the job file, and ends when the process that the user started does.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import torch

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.diagnostics.problems.commands import memory_did_not_last
from recipe_lang.exhausted import is_out_of_memory
from recipe_lang.program.document import Plan
from runtime.base.documents import Unreadable, document
from runtime.base.progress import progress_to, silent
from runtime.launch import answer_of, listening
from runtime.session import open_session
from runtime.train.interrupt import Interrupt, interruptible
from runtime.train.run import TrainOutcome

_STDIN = 0


def work(job: Path) -> int:
    """Trains, and leaves `answer-RANK.json` beside the job. The process takes signals from here on."""
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    with interruptible(insistent=False) as interrupt:
        listening(job.parent, os.getpid()).touch()
        return _work(job, interrupt)


def _end_with_the_parent() -> None:
    """Ends this process as a kill does once nobody holds the other end of its input: the run folder is free then, and
    another run may begin to write there."""
    while os.read(_STDIN, 1):
        pass
    os._exit(1)


def _work(job: Path, interrupt: Interrupt) -> int:
    given = json.loads(job.read_bytes())
    rank, warnings = int(os.environ["RANK"]), []
    if torch.accelerator.is_available():
        torch.accelerator.set_device_index(int(os.environ["LOCAL_RANK"]))
    try:
        plan = _plan_of(Path(given["folder"]), given["plan"], given["inputs"])
        root, folder = Path(given["root"]), Path(given["folder"])
        outcome = _train(plan, root, folder, given["resume"], rank, interrupt, warnings.append)
        answer, code = {"outcome": outcome.model_dump(mode="json")}, 0
    except Stop as stop:
        answer = {"stop": [asdict(found) for found in stop.diagnostics], "exit_code": stop.exit_code}
        # All processes are interrupted together; any other stop may be one process's alone, and must end the others.
        code = 0 if stop.exit_code == 130 else 1
    except BaseException as error:
        if not is_out_of_memory(error):
            raise
        answer, code = {"stop": [asdict(memory_did_not_last())], "exit_code": 4}, 1
    answer["warnings"] = [asdict(warning) for warning in warnings]
    answer_of(job.parent, rank).write_text(json.dumps(answer), "utf-8")
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
    return code


def _plan_of(folder: Path, expected: str, inputs: str | None) -> Plan:
    """The plan in the run folder, with the figures and the inputs that all processes share. `inputs`: the digest of
    theirs, where this node knows it."""
    with suppress(Unreadable):
        plan = document(folder / "plan.json", Plan, strict=True)
        planned = plan.facts.inputs if plan.facts else None
        if plan.hash == expected and inputs in (None, planned and planned.digest):
            return plan
    raise Stop(fitting.other_run_folder(str(folder)), exit_code=4)


def _train(
    plan: Plan,
    root: Path,
    folder: Path,
    resume: bool,
    rank: int,
    interrupt: Interrupt,
    report: Callable[[Diagnostic], None],
) -> TrainOutcome:
    session = open_session(plan.program, root, fetch=True, progress=progress_to() if rank == 0 else silent())
    session.verify_inputs(plan.facts.inputs if plan.facts else None)
    # Libraries talk while they are imported, unless they have been quieted.
    from runtime.evaluate import Share
    from runtime.loading import load_model, with_method
    from runtime.run import Job, train_model
    from runtime.train.distribute import wait_for_all

    train, share = plan.program.train, Share(rank, int(os.environ["WORLD_SIZE"]), wait_for_all)
    # A device holds its shards, and never the whole model.
    model = with_method(session, load_model(session, train.model, on_host=train.distribute.shards_weights))
    return train_model(Job(plan, session, folder, report, resume), model, share, interrupt)


if __name__ == "__main__":
    sys.exit(work(Path(sys.argv[1])))
