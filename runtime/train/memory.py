"""Running out of memory: work starts over in smaller micro-batches.

One process can start a step over. Several that hold copies cannot: the others wait for it inside the step. So they
rehearse: before a step whose largest micro-batch is larger than any before, all of them compute it without talking to
each other, and agree on a limit that holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from torch.nn.parallel import DistributedDataParallel

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting
from runtime.models.memory import if_it_fits, must_fit
from runtime.train.batch import Sample
from runtime.train.cut import Limit, area, largest, smaller
from runtime.train.distribute import any_process
from runtime.train.run import Run
from runtime.train.step import Setup, has_engine, one_gradient, rows_of

Result = TypeVar("Result")


def step_within_memory(
    attempt: Callable[[Limit], Result], run: Run, step: int, samples: Sequence[Sample], limit: Limit
) -> tuple[Result, Limit]:
    """The result of an attempt at a whole step with the first of `limit`, its half, its quarter … that fits, and that
    limit. What is tried leaves no trace: its gradients are dropped, and a step's random numbers come again."""
    setup = run.setup
    if setup.accelerator.num_processes == 1:
        return within_memory(attempt, setup, step, samples, limit)
    if _copies(setup):
        limit = _rehearsed(run, step, samples, limit)
    here = fitting.out_of_memory_on_a_device(step, setup.accelerator.process_index)
    return must_fit(partial(attempt, limit), here), limit


def _rehearsed(run: Run, step: int, samples: Sequence[Sample], limit: Limit) -> Limit:
    """The first limit from `limit` on whose largest micro-batch all processes have held, as much beside it as now."""
    setup = run.setup
    # The first update takes room for the optimiser's states.
    updated = bool(setup.optimizer.state)

    def rehearse(limit: Limit) -> int:
        rows, lengths = rows_of(setup, samples, limit)
        group = largest(lengths, limit, processes=setup.accelerator.num_processes)
        if (size := area(lengths, group, limit)) > run.rehearsed.get(updated, 0):
            one_gradient(setup, step, samples, [rows[r] for r in group])
            setup.optimizer.zero_grad()
        return size

    size, limit = within_memory(rehearse, setup, step, samples, limit)
    run.rehearsed[updated] = max(size, run.rehearsed.get(updated, 0))
    return limit


def within_memory(
    attempt: Callable[[Limit], Result], setup: Setup, step: int, samples: Sequence[Sample], limit: Limit
) -> tuple[Result, Limit]:
    """The attempt's result with the first of `limit`, its half, its quarter … that fits, and that limit.

    An attempt that failed leaves no gradients. Of several processes all have to hold it, or start over together: an
    attempt of copies must not wait for others. Shards do inside the model, and DeepSpeed's engine keeps gradients of
    its own: they cannot start over.
    """
    processes = setup.accelerator.num_processes
    if has_engine(setup) or (processes > 1 and not _copies(setup)):
        here = fitting.out_of_memory_on_a_device(step, setup.accelerator.process_index)
        return must_fit(partial(attempt, limit), here), limit
    while True:
        result = if_it_fits(partial(attempt, limit))
        if not any_process(setup.accelerator, result is None):
            return result, limit
        setup.optimizer.zero_grad()
        rows, lengths = rows_of(setup, samples, limit)
        widest = largest(lengths, limit, processes=processes)
        if len(widest) == len(rows[widest[0]]) == 1:
            failed = samples[rows[widest[0]][0]]
            problem = fitting.out_of_memory(step, setup.layout.length(failed), [failed.row])
            raise Stop(problem, exit_code=4)
        limit = smaller(lengths, limit, processes=processes)


def _copies(setup: Setup) -> bool:
    return isinstance(setup.model, DistributedDataParallel)
