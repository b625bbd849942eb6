"""A plan for people: what happens to the data, what is trained, what it takes, what is measured.

In colour on a terminal; elsewhere it is plain text without control characters.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from recipe_lang.cli.report import count as plural
from recipe_lang.diagnostics.render.visible import coloured, excerpts, paint, printable
from recipe_lang.plan.diff import side_by_side
from recipe_lang.plan.spelling import settings
from recipe_lang.program.document import Plan
from recipe_lang.program.figures import DatasetFigures, EvaluateFigures, Figures, MemoryFigures, TaskFigures
from recipe_lang.program.train import Train
from recipe_lang.tables import Table, text_of, width_of

UNITS = ("B", "KiB", "MiB", "GiB", "TiB")

TRAINING = ("steps", "batch", "trained parameters", "tokens")
"""Of the table of training: what follows from settings."""

UNKNOWN = "?"
"""For what is None in the figures; the plan's notes say why."""


def print_plan(
    plan: Plan, file: TextIO | None = None, color: str = "auto", defaults: Mapping[str, Sequence[str]] | None = None
) -> None:
    """Writes the plan's tables to a stream (stdout). `defaults`: what holds without being written, by block."""
    stream = file or sys.stdout
    width, colour = width_of(stream), coloured(color, stream)
    stream.writelines(f"{part}\n" for part in _parts(plan, defaults or {}, width, colour))


def print_differences(plans: Mapping[str, Plan], color: str = "auto") -> None:
    """What is not the same in the plans of a sweep: a row for each of its combinations."""
    settings = {line.setting: line.values for line in side_by_side([plan.program for plan in plans.values()])}
    told = {name: excerpts([value or "not set" for value in values]) for name, values in settings.items()}
    cells = [_figures(plan) for plan in plans.values()]
    for name in dict.fromkeys(name for own in cells for name in own):
        values = [own.get(name, "") for own in cells]
        if len(set(values)) > 1:
            told[name] = values
    rows = list(zip(plans, *told.values(), strict=True))
    table = Table(f"What differs in {len(plans)} combinations", ["combination", *told], rows)
    print(text_of(table, width_of(sys.stdout), colour=coloured(color)))


def _figures(plan: Plan) -> dict[str, str]:
    """The cells of figures, by what they are figures of."""
    found = {}
    for table in _tables(plan, {}):
        for row in table.rows:
            of = f"{table.title.lower()}: " + f"{row[0]} " * (len(table.rows) > 1)
            named = zip(table.head, row, strict=True) if table.head else ()
            found |= {f"{of}{name}": cell for name, cell in named}
        if not table.head:
            found |= {name: cell for name, cell in table.rows if name in TRAINING}
    return found


def _parts(plan: Plan, defaults: Mapping[str, Sequence[str]], width: int | None, colour: bool) -> Iterator[str]:
    program, figures = plan.program, plan.figures
    described = f"  {printable(program.description)}" if program.description else ""
    yield f"{paint('bold', program.name, colour)}{described}\n"
    yield from (text_of(table, width, colour=colour) for table in _tables(plan, defaults) if table.rows)
    if figures.notes:
        yield "".join(paint("note", f"note: {printable(note)}", colour) + "\n" for note in figures.notes)
    hashes = plan.hashes
    yield f"plan {plan.hash[:12]}, training {hashes.training[:12]}, evaluation {hashes.evaluation[:12]}\n"


def _tables(plan: Plan, defaults: Mapping[str, Sequence[str]]) -> Iterator[Table]:
    program, figures = plan.program, plan.figures
    yield _datasets(figures.datasets)
    yield _tasks(figures)
    if program.train:
        yield Table("Training", (), list(_training_rows(program.train, figures)))
    if figures.memory:
        yield _memory(figures.memory)
    yield _evaluations(figures.evaluate)
    yield Table("Not written, by default", (), [(block, ", ".join(own)) for block, own in defaults.items()])


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
    rows = []
    for data in datasets:
        dropped = [f"−{number:,}" if (number := getattr(data, field)) else "0" for field in taken.values()]
        kept = [count(data.splits.get(name), absent="") for name in splits]
        rows.append((data.name, count(data.source), *dropped, *kept))
    return Table("Rows", ["dataset", "source", *taken, *splits], rows)


def _tasks(figures: Figures) -> Table:
    """A figure that no task has, has no column; one that only some have does not apply to the others, which are asked
    and not trained."""
    cells = [_task_cells(task) for task in figures.tasks]
    known = [name for name in cells[0] if any(row[name] != UNKNOWN for row in cells)] if cells else []
    rows = [
        (task.name, task.dataset, *(row[name].replace(UNKNOWN, "") for name in known))
        for task, row in zip(figures.tasks, cells, strict=True)
    ]
    return Table("Tasks", ["task", "dataset", *known], rows)


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
    return Table("Memory on each device", list(parts), [[size(value) for value in parts.values()]])


def _evaluations(figures: list[EvaluateFigures]) -> Table:
    seen = any(f.smallest_drop is not None for f in figures)
    rows = []
    for f in figures:
        drop = [percent(f.smallest_drop, absent="")] if seen else []
        rows.append((f.task, f.split, ", ".join(f.phases), _shots(f), count(f.rows), *drop))
    return Table("Evaluation", ["task", "split", "phases", "shots", "rows", *["drop seen from"] * seen], rows)


def _shots(figures: EvaluateFigures) -> str:
    also = sorted({*(figures.base_shots or ())} - {*figures.shots})
    own = ", ".join(map(str, figures.shots))
    return f"{own}; base also {', '.join(map(str, also))}" if also else own


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
