"""Everything that a program's tasks need of their data: rows read, selected, labelled, proved and measured.

The order is the one of the language: source, columns, keep_if, unique_by, split, limit, templates, tokens. Problems are
gathered as far as each stage can go on without the others, so one call reports what one edit can mend.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

from recipe_lang.diagnostics.model import Diagnostic, Stop, has_errors
from recipe_lang.diagnostics.problems import draws
from recipe_lang.diagnostics.problems import examples as problems
from recipe_lang.program.facts import Facts, SplitFacts
from recipe_lang.program.figures import Figures
from recipe_lang.program.program import Program
from recipe_lang.program.reach import evaluated_tasks, judged_splits, leaf_tasks, trained_tasks, writes
from runtime.base.progress import Progress, silent
from runtime.data.architecture import check_architecture
from runtime.data.cache.entries import prune_grown
from runtime.data.draws.mixture import Schedule
from runtime.data.labels.findings import Findings
from runtime.data.labels.labelling import make_labelling
from runtime.data.labels.ready import Labelling
from runtime.data.overlap.decontaminate import decontaminate
from runtime.data.prompts.render import prompt_columns
from runtime.data.rows.read import read_dataset
from runtime.data.splits.select import Selection, select
from runtime.data.tables.build import BuiltTable, build_table
from runtime.data.tables.examples import Examples
from runtime.data.tables.measure import measure
from runtime.data.tables.pool import verify_pool
from runtime.data.tables.table import TokenTable
from runtime.data.tables.verdict import judge
from runtime.data.tokenizer.folder import ModelFolder, data_tokenizer, model_of
from runtime.data.tokenizer.tokenizer import Tokenizer


@dataclass(frozen=True)
class Prepared:
    """Data ready for training and evaluation. Tables are mapped from the cache, examples rendered on demand."""

    facts: Facts
    """Without models: those are measured on their folders."""
    diagnostics: list[Diagnostic]
    """Warnings and notes; errors raise."""
    tokenizers: dict[str, Tokenizer]
    """By model."""
    selections: dict[str, Selection]
    """By data set."""
    labellings: dict[str, Labelling]
    """By task."""
    tables: dict[str, dict[str, TokenTable]]
    """By task and split."""
    ends: dict[str, tuple[int, ...]]
    """By task: the tokens that its examples end with."""
    program: Program

    def tokens(self, task: str, split: str) -> TokenTable:
        return self.tables[task][split]

    def examples(self, task: str, split: str, *, shots: int | None = None, draw: int = 0) -> Examples:
        """Aligned with `tokens`: example `i` is that of row `i` of the table.

        `shots`: so many exemplars in place of the task's own, the same ones for the same `draw`; as many as the model's
        context holds beside the answer, since such prompts are never trained.
        """
        labelling = self.labellings[task].on(split)
        if shots is not None:
            room = (self.answer_length(task, split) or 0) if writes(labelling.task) else 0
            labelling = replace(labelling, max_length=None, room=room)
        return Examples(labelling, self.selections[labelling.task.dataset], self.tables[task][split], shots, draw)

    def stop_ids(self, task: str) -> list[int]:
        """The tokens that end an answer: those that examples of this task, and of any other for the same model, were
        trained to end with, and the end token. Evaluation stops on exactly these, and so does the exported model."""
        model = model_of(self.program, task)
        end = self.tokenizers[model].eos_id
        found = {token for name, ends in self.ends.items() if model_of(self.program, name) == model for token in ends}
        return sorted(found | ({end} if end is not None else set()))

    def answer_length(self, task: str, split: str) -> int | None:
        """The longest answer in tokens: the task's, else the 99th percentile of its training completions, or of the
        split's own where the task is not trained."""
        return _answer_length(self.program, self.facts, task, split)

    def schedule(self, figures: Figures) -> Schedule:
        """What each step of a run draws. `figures` are those computed from `facts`."""
        counts = {task: len(splits["train"]) for task, splits in self.tables.items() if "train" in splits}
        mixture = self.program.mixtures.get(self.program.train.data) if self.program.train else None
        return Schedule(figures, counts, self.program.seed, mixture.when_exhausted if mixture else "repeat")


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

    Tasks whose model is not in `folders` are read and split, not labelled. Raises Stop with every error that was found,
    and NotAtHand where data of a hub is not in the cache and `fetch` is False.
    """
    progress = progress or silent()
    gathered = _Gathered()
    tokenizers: dict[str, Tokenizer] = {}
    for name, folder in folders.items():
        with gathered:
            tokenizers[name] = data_tokenizer(name, program.models[name], folder, root)
    gathered.found += _other_tokens(program, tokenizers)
    if program.train is not None and program.train.model in folders:
        gathered.found += check_architecture(program, folders[program.train.model])
    selections: dict[str, Selection] = {}
    with progress.task("reading data", total=len(program.datasets), unit="data sets") as bar:
        for name in program.datasets:
            with gathered:
                selections[name] = _select(program, name, root, fetch, gathered)
            bar.advance(1)
    gathered.raise_errors()
    with gathered:
        selections = decontaminate(program, selections, gathered.found)
    labellings: dict[str, Labelling] = {}
    for name, task in program.tasks.items():
        model = model_of(program, name)
        if model in folders:
            with gathered:
                labellings[name] = make_labelling(
                    program, name, model, folders[model], tokenizers[model], selections[task.dataset]
                )
    built = _build(program, labellings, selections, sample, progress, gathered)
    explained = has_errors(gathered.found)
    for name, parts in built.items():
        selection = selections[program.tasks[name].dataset]
        gathered.found += _without_examples(program, name, parts, selection, sample, explained)
    prune_grown()
    gathered.raise_errors()
    facts = Facts(
        datasets={name: selection.facts for name, selection in selections.items()},
        tasks={name: _measure(labellings.get(name), built.get(name, {}), selections) for name in program.tasks},
        models={},
    )
    gathered.found += _without_room(program, facts, labellings, built)
    gathered.raise_errors()
    tables = {name: {split: part.table for split, part in splits.items()} for name, splits in built.items()}
    ends = {name: tuple({end for part in splits.values() for end in part.ends}) for name, splits in built.items()}
    return Prepared(facts, gathered.found, tokenizers, selections, labellings, tables, ends, program)


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
    rows = read_dataset(name, dataset, root, gathered.found, fetch=fetch)
    templates = [template for template in program.templates.values() if template.dataset == name]
    columns = {column for template in templates for column in prompt_columns(template, list(rows.columns))}
    return select(name, dataset, rows, sorted(columns), program.seed)


def _build(
    program: Program,
    labellings: Mapping[str, Labelling],
    selections: Mapping[str, Selection],
    sample: int | None,
    progress: Progress,
    gathered: _Gathered,
) -> dict[str, dict[str, BuiltTable]]:
    wanted = {
        name: _splits(program, name, list(selections[one.task.dataset].splits)) for name, one in labellings.items()
    }
    rows = {(n, s): len(selections[labellings[n].task.dataset].splits[s]) for n, own in wanted.items() for s in own}
    built: dict[str, dict[str, BuiltTable]] = {}
    total = sum(min(count, sample or count) for count in rows.values())
    with progress.task("preparing examples", total=total, unit="rows") as task:
        for name, labelling in labellings.items():
            dataset = labelling.task.dataset
            with gathered:
                built[name] = {
                    split: build_table(labelling, selections[dataset], split, sample, task.advance)
                    for split in wanted[name]
                }
                pool = _pool(labelling, selections[dataset], sample, built[name])
                gathered.found += judge(labelling, dataset, model_of(program, name), built[name], pool)
    return built


def _pool(labelling: Labelling, selection: Selection, sample: int | None, built: Mapping[str, BuiltTable]) -> Findings:
    if labelling.pool is None:
        return Findings()
    split = labelling.task.few_shot.pool
    return verify_pool(labelling, selection, split, sample, built=split in built)


def _splits(program: Program, task: str, splits: list[str]) -> list[str]:
    """The splits that a task is trained, validated or judged on; all of them where no evaluation asks it.

    The others, such as a pool of exemplars, are read and never asked.
    """
    if task not in evaluated_tasks(program):
        return splits
    wanted = {"train", "validation"} if task in trained_tasks(program) else set()
    wanted |= judged_splits(program, task, splits)
    return [split for split in splits if split in wanted]


def _without_examples(
    program: Program,
    task: str,
    built: Mapping[str, BuiltTable],
    selection: Selection,
    sample: int | None,
    explained: bool,
) -> Iterator[Diagnostic]:
    """Splits that are trained or judged and hold no example of the task. An empty table with findings of its own is
    `explained` by the errors among them; a sample that leaves rows out says nothing about the others."""

    def empty(split: str) -> bool:
        part = built[split]
        whole = sample is None or sample >= len(selection.splits[split])
        return whole and len(part.table) == 0 and not (explained and part.findings.found)

    if task in trained_tasks(program) and ("train" not in built or empty("train")):
        yield draws.nothing_to_train(task, selection.name, list(selection.splits))
    for split in sorted(judged_splits(program, task, built)):
        if empty(split):
            yield draws.nothing_to_judge(task, selection.name, split, built[split].rows)


def _answer_length(program: Program, facts: Facts, task: str, split: str) -> int | None:
    if (declared := program.tasks[task].generate.max_new_tokens) is not None:
        return declared
    splits = (facts.tasks[task].get(name) for name in ("train", split))
    return next((one.completion_lengths.p99 for one in splits if one and one.completion_lengths), None)


def _without_room(
    program: Program, facts: Facts, labellings: Mapping[str, Labelling], built: Mapping[str, Mapping[str, BuiltTable]]
) -> Iterator[Diagnostic]:
    """Prompts behind which the longest answer does not fit. Labelling knows of those that the recipe gives."""
    for name, parts in built.items():
        context = labellings[name].context
        if context is None or not writes(program.tasks[name]):
            continue
        for split in sorted(judged_splits(program, name, parts)):
            new, starts = _answer_length(program, facts, name, split) or 0, parts[split].table.starts
            over = int((starts + new > context).sum()) if not labellings[name].pair else len(starts) * (new > context)
            if over:
                yield problems.no_room(name, split, new, context, over, len(starts))


def _measure(
    labelling: Labelling | None, built: Mapping[str, BuiltTable], selections: Mapping[str, Selection]
) -> dict[str, SplitFacts]:
    if labelling is None:
        return {}
    task = labelling.task
    return {split: measure(part, selections[task.dataset], task.templates) for split, part in built.items()}


@dataclass
class _Gathered:
    """Gathers what stages find: `with gathered:` turns a stage's Stop into diagnostics."""

    found: list[Diagnostic] = field(default_factory=list)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        if isinstance(error, Stop) and error.exit_code == 1:
            self.found += error.diagnostics
            return True
        return False

    def raise_errors(self) -> None:
        if has_errors(self.found):
            raise Stop(*self.found)
