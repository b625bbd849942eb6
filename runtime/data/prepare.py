"""Everything that a program's tasks need of their data: rows read, selected, labelled, proved and measured.

The order is the one of the language: source, columns, keep_if, unique_by, split, limit, templates, tokens. Problems are
gathered as far as each stage can go on without the others, so one call reports what one edit can mend.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from recipe_lang.diagnostics.model import Diagnostic, Stop, has_errors
from recipe_lang.diagnostics.problems import draws
from recipe_lang.diagnostics.problems import examples as problems
from recipe_lang.diagnostics.problems.rows import unsplit
from recipe_lang.program.facts import Facts
from recipe_lang.program.program import Program
from recipe_lang.program.reach import evaluated_tasks, judged_splits, leaf_tasks, templates_of, trained_tasks, writes
from runtime.base.progress import Progress, silent
from runtime.data.architecture import ModelFolder, check_architecture
from runtime.data.cache.entries import prune_grown
from runtime.data.labels.findings import Findings
from runtime.data.labels.labelling import Labelling, make_labelling, model_of
from runtime.data.overlap.decontaminate import decontaminate
from runtime.data.prepared import Prepared, answer_length
from runtime.data.rows.read import read_dataset
from runtime.data.source.hub import NotAtHand
from runtime.data.splits.reads import prompt_columns
from runtime.data.splits.select import Selection, select
from runtime.data.tables.build import BuiltTable, build_table
from runtime.data.tables.diagnose import diagnose
from runtime.data.tables.measure import measure
from runtime.data.tables.pool import verify_pool
from runtime.data.tokenizer.opened import in_doubt, open_tokenizer
from runtime.data.tokenizer.tokenizer import Tokenizer


def prepare(
    program: Program,
    root: Path,
    folders: Mapping[str, ModelFolder],
    *,
    sample: int | None = None,
    fetch: bool = True,
    progress: Progress | None = None,
) -> Prepared:
    """`root` is the recipe's folder. `sample`: only so many rows of each split are labelled, the rest is as ever.

    Tasks whose model is not in `folders` are read and split, not labelled. Data of a hub that is not in the cache where
    `fetch` is False is left out, with its tasks. Raises Stop with every error that was found.
    """
    progress = progress or silent()
    gathered = _Gathered()
    tokenizers: dict[str, Tokenizer] = {}
    for name, folder in folders.items():
        with gathered:
            tokenizers[name] = open_tokenizer(name, folder)
            gathered.diagnostics += in_doubt(name, folder, tokenizers[name])
    gathered.diagnostics += _other_tokens(program, tokenizers)
    if program.train is not None and program.train.model in folders:
        gathered.diagnostics += check_architecture(program, folders[program.train.model])
    selections: dict[str, Selection] = {}
    with progress.task("reading data", total=len(program.datasets), unit="data sets") as bar:
        for name in program.datasets:
            with gathered, suppress(NotAtHand):
                selections[name] = _select(program, name, root, fetch, gathered)
            bar.advance(1)
    gathered.raise_errors()
    with gathered:
        selections = decontaminate(program, selections, gathered.diagnostics)
    labellings: dict[str, Labelling] = {}
    for name, task in program.tasks.items():
        model = model_of(program, name)
        if model in folders and task.dataset in selections:
            with gathered:
                labellings[name] = make_labelling(
                    program, name, model, folders[model], tokenizers[model], selections[task.dataset]
                )
    built = _build(program, labellings, sample, progress, gathered)
    explained = has_errors(gathered.diagnostics)
    for name, tables in built.items():
        gathered.diagnostics += _without_examples(program, labellings[name], tables, sample, explained)
    prune_grown()
    gathered.raise_errors()
    measured = {n: {split: measure(labellings[n], t) for split, t in tables.items()} for n, tables in built.items()}
    facts = Facts(
        datasets={name: selection.facts for name, selection in selections.items()},
        tasks={name: measured.get(name, {}) for name in program.tasks},
        models={},
    )
    gathered.diagnostics += _without_room(program, facts, labellings, built)
    gathered.raise_errors()
    return Prepared(facts, gathered.diagnostics, tokenizers, selections, labellings, built, program)


def _other_tokens(program: Program, tokenizers: Mapping[str, Tokenizer]) -> Iterator[Diagnostic]:
    """Tasks are labelled once: every model that is asked them must read the same tokens."""
    for number, block in enumerate(program.evaluations):
        for task in leaf_tasks(block.tasks, program):
            asked, labelled = tokenizers.get(block.model), tokenizers.get(model_of(program, task))
            if asked is not None and labelled is not None and asked.hash != labelled.hash:
                yield problems.other_tokens(task, block.model, model_of(program, task), number)
                break


def _select(program: Program, name: str, root: Path, fetch: bool, gathered: _Gathered) -> Selection:
    dataset = program.datasets[name]
    rows = read_dataset(name, dataset, root, gathered.diagnostics, fetch=fetch)
    columns = {
        column for template in templates_of(name, program) for column in prompt_columns(template, list(rows.columns))
    }
    selection = select(name, dataset, rows, sorted(columns), program.seed)
    if selection.unsplit:
        gathered.diagnostics.append(unsplit(name, selection.unsplit, list(selection.splits)))
    return selection


def _build(
    program: Program,
    labellings: Mapping[str, Labelling],
    sample: int | None,
    progress: Progress,
    gathered: _Gathered,
) -> dict[str, dict[str, BuiltTable]]:
    rows = {
        name: {split: len(labelling.selection.splits[split]) for split in _splits(program, labelling)}
        for name, labelling in labellings.items()
    }
    built: dict[str, dict[str, BuiltTable]] = {}
    total = sum(min(count, sample or count) for splits in rows.values() for count in splits.values())
    with progress.task("preparing examples", total=total, unit="rows") as task:
        for name, labelling in labellings.items():
            with gathered:
                built[name] = {split: build_table(labelling, split, sample, task.advance) for split in rows[name]}
                pool = Findings()
                if labelling.pool is not None:
                    pool = verify_pool(labelling, sample, built=labelling.task.few_shot.pool in built[name])
                gathered.diagnostics += diagnose(labelling, model_of(program, name), built[name], pool)
    return built


def _splits(program: Program, labelling: Labelling) -> list[str]:
    """The splits that a task is trained, validated or judged on; all of them where no evaluation asks it.

    The others, such as a pool of exemplars, are read and never asked.
    """
    task, splits = labelling.name, list(labelling.selection.splits)
    if task not in evaluated_tasks(program):
        return splits
    wanted = {"train", "validation"} if task in trained_tasks(program) else set()
    wanted |= judged_splits(program, task, splits)
    return [split for split in splits if split in wanted]


def _without_examples(
    program: Program, labelling: Labelling, built: Mapping[str, BuiltTable], sample: int | None, explained: bool
) -> Iterator[Diagnostic]:
    """Splits that are trained or judged and hold no example of the task. An empty table with findings of its own is
    `explained` by the errors among them; a sample that leaves rows out says nothing about the others."""
    task, selection = labelling.name, labelling.selection

    def empty(split: str) -> bool:
        whole = sample is None or sample >= len(selection.splits[split])
        return whole and len(built[split].table) == 0 and not (explained and built[split].findings.by_subject)

    if task in trained_tasks(program) and ("train" not in built or empty("train")):
        yield draws.nothing_to_train(task, selection.name, list(selection.splits))
    for split in sorted(judged_splits(program, task, built)):
        if empty(split):
            yield draws.nothing_to_judge(task, selection.name, split, built[split].rows)


def _without_room(
    program: Program, facts: Facts, labellings: Mapping[str, Labelling], built: Mapping[str, Mapping[str, BuiltTable]]
) -> Iterator[Diagnostic]:
    """Prompts behind which the longest answer does not fit. Labelling knows of those that the recipe gives."""
    for name, parts in built.items():
        context = labellings[name].context
        if context is None or not writes(program.tasks[name]):
            continue
        for split in sorted(judged_splits(program, name, parts)):
            new, starts = answer_length(program, facts, name, split) or 0, parts[split].table.starts
            over = int((starts + new > context).sum()) if not labellings[name].pair else len(starts) * (new > context)
            if over:
                yield problems.no_room(name, split, new, context, over, len(starts))


@dataclass
class _Gathered:
    """Gathers what is wrong: `with gathered:` turns a stage's Stop into diagnostics."""

    diagnostics: list[Diagnostic] = field(default_factory=list)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        if isinstance(error, Stop) and error.exit_code == 1:
            self.diagnostics += error.diagnostics
            return True
        return False

    def raise_errors(self) -> None:
        if has_errors(self.diagnostics):
            raise Stop(*self.diagnostics)
