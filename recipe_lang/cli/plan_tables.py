"""A plan for people: what happens to the data, what is trained, what it takes, what is measured.

On a terminal rich lays it out in colour; elsewhere it is plain text without control characters.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from shutil import get_terminal_size
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from recipe_lang.cli.report import count as plural
from recipe_lang.cli.terminal import coloured, page
from recipe_lang.diagnostics.render.visible import printable
from recipe_lang.plan.spelling import settings
from recipe_lang.program.document import Plan
from recipe_lang.program.figures import DatasetFigures, EvaluateFigures, Figures, MemoryFigures, TaskFigures
from recipe_lang.program.train import Train

UNITS = ("B", "KiB", "MiB", "GiB", "TiB")

PIPED_WIDTH = 200
"""Columns where the output is no terminal: wide enough that nothing wraps."""

UNKNOWN = "?"
"""For what is None in the figures; the plan's notes say why."""


def print_plan(
    plan: Plan, file: TextIO | None = None, color: str = "auto", defaults: Mapping[str, Sequence[str]] | None = None
) -> None:
    """Writes the plan's tables to a stream (stdout). `defaults`: what holds without being written, by block."""
    stream = file or sys.stdout
    colour = coloured(color, stream)
    console = page(colour, width=get_terminal_size().columns if stream.isatty() else PIPED_WIDTH)
    for part in _parts(plan, defaults or {}):
        console.print(part, soft_wrap=isinstance(part, Text))
        console.print()
    stream.writelines(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())


def _parts(plan: Plan, defaults: Mapping[str, Sequence[str]]) -> Iterator[Table | Text]:
    program, figures = plan.program, plan.figures
    yield Text.assemble((program.name, "bold"), f"  {printable(program.description)}" if program.description else "")
    if figures.datasets:
        yield _datasets(figures.datasets)
    if figures.tasks:
        yield _tasks(figures)
    if program.train:
        yield _training(program.train, figures)
    if figures.memory:
        yield _memory(figures.memory)
    if figures.evaluate:
        yield _evaluations(figures.evaluate)
    if defaults:
        yield _defaults(defaults)
    if figures.notes:
        yield Text("\n".join(f"note: {note}" for note in figures.notes), style="cyan")
    yield Text(f"plan {plan.hash[:12]}, training {plan.hashes.training[:12]}, evaluation {plan.hashes.evaluation[:12]}")


def _table(title: str, left: Iterable[str], right: Iterable[str]) -> Table:
    """A table of texts, then of figures."""
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
    )
    for name in left:
        table.add_column(name, overflow="fold")
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _datasets(datasets: list[DatasetFigures]) -> Table:
    """Rows from the source to the splits; a step that no dataset takes has no column."""
    steps = {
        "broken": "bad",
        "keep_if": "filtered",
        "unique_by": "duplicates",
        "no split": "unsplit",
        "limit": "limited",
        "overlap": "overlapping",
    }
    taken = {name: field for name, field in steps.items() if any(getattr(d, field) for d in datasets)}
    splits = list(dict.fromkeys(name for d in datasets for name in d.splits))
    table = _table("Rows", ["dataset"], ["source", *taken, *splits])
    for data in datasets:
        dropped = [f"−{number:,}" if (number := getattr(data, field)) else "0" for field in taken.values()]
        kept = [count(data.splits.get(name), absent="") for name in splits]
        table.add_row(data.name, count(data.source), *dropped, *kept)
    return table


def _tasks(figures: Figures) -> Table:
    """A figure that no task has, has no column; one that only some have does not apply to the others, which are asked
    and not trained."""
    cells = [_task_cells(task) for task in figures.tasks]
    known = [name for name in cells[0] if any(row[name] != UNKNOWN for row in cells)]
    table = _table("Tasks", ["task", "dataset"], known)
    for task, row in zip(figures.tasks, cells, strict=True):
        table.add_row(task.name, task.dataset, *(row[name].replace(UNKNOWN, "") for name in known))
    return table


def _task_cells(task: TaskFigures) -> dict[str, str]:
    return {
        "rows": count(task.rows.train),
        "rate": number(task.rate),
        "share": percent(task.share),
        "an epoch": count(task.examples_per_epoch),
        "passes": number(task.passes),
        "tokens": count(task.tokens),
        "trained": count(task.loss_tokens),
        "dropped": count(task.dropped),
        "cut": count(task.cut),
    }


def _training(train: Train, figures: Figures) -> Table:
    table = _table("Training", ["setting", "value"], [])
    table.show_header = False
    for row in _training_rows(train, figures):
        table.add_row(*map(printable, row))
    return table


def _training_rows(train: Train, figures: Figures) -> Iterator[tuple[str, str]]:
    spelt = settings(train)
    for name in ("model", "method", "learning_rate", "schedule", "optimizer"):
        yield name.replace("_", " "), spelt[(name,)]
    found = figures.train
    if found is None:
        return
    epochs = "1 epoch" if found.epochs == 1 else f"{found.epochs:g} epochs"
    length = f"{epochs} of {found.examples_per_epoch:,} examples"
    yield "steps", f"{found.steps:,} ({length}), {found.warmup_steps:,} of them warm-up"
    if found.micro_batch:
        devices = plural(found.devices, "device") if found.devices else "all devices"
        factors = f" = {found.micro_batch} × {count(found.accumulation)} accumulated × {devices}"
    else:
        factors = ", in the largest micro-batches that fit"
    yield "batch", f"{found.examples_per_step:,} examples{factors}"
    yield "trained parameters", count(found.trainable_parameters)
    share = found.loss_tokens / found.tokens if found.tokens else 0.0
    yield "tokens", f"{found.tokens:,}, of which {found.loss_tokens:,} ({percent(share)}) bear loss"


def _memory(memory: MemoryFigures) -> Table:
    parts = memory.model_dump()
    table = _table("Memory on each device", [], list(parts))
    table.add_row(*map(size, parts.values()))
    return table


def _evaluations(figures: list[EvaluateFigures]) -> Table:
    seen = any(f.smallest_drop is not None for f in figures)
    table = _table("Evaluation", ["task", "split", "phases", "shots"], ["rows", *["drop seen from"] * seen])
    for f in figures:
        drop = [percent(f.smallest_drop, absent="")] if seen else []
        table.add_row(f.task, f.split, ", ".join(f.phases), _shots(f), count(f.rows), *drop)
    return table


def _shots(figures: EvaluateFigures) -> str:
    also = sorted({*(figures.base_shots or ())} - {*figures.shots})
    own = ", ".join(map(str, figures.shots))
    return f"{own}; base also {', '.join(map(str, also))}" if also else own


def _defaults(defaults: Mapping[str, Sequence[str]]) -> Table:
    table = _table("Not written, by default", ["block", "settings"], [])
    table.show_header = False
    for block, unwritten in defaults.items():
        table.add_row(block, printable(", ".join(unwritten)), style="dim")
    return table


def count(value: int | None, absent: str = UNKNOWN) -> str:
    return absent if value is None else f"{value:,}"


def number(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.4g}"


def percent(value: float | None, absent: str = UNKNOWN) -> str:
    return absent if value is None else f"{100 * value:.1f}%"


def size(value: float | None) -> str:
    """Bytes in binary units: `1.5 GiB`."""
    if value is None:
        return UNKNOWN
    power = min((max(int(value), 1).bit_length() - 1) // 10, len(UNITS) - 1)
    value /= 1024**power
    return f"{value:,.0f} {UNITS[power]}" if value >= 100 else f"{value:.3g} {UNITS[power]}"
