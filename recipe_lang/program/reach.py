"""What names in a program reach: tasks under mixtures and suites, the split that a task is judged on, layers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recipe_lang.program.evaluate import Evaluate
    from recipe_lang.program.program import Program
    from recipe_lang.program.task import Task
    from recipe_lang.program.template import Template
    from recipe_lang.program.train import Train


DEEPEST = 16
"""How many mixtures or suites may stand within each other."""
MOST_WAYS = 10_000
"""How often a group may be met with something else left out of it: with exceptions at each level, that doubles."""


class TooManyWays(Exception):
    """Groups that share members leave out so much in so many ways that nobody can say what they hold."""


@dataclass(frozen=True, slots=True)
class Group:
    """What a mixture or suite holds: names, names that are taken out of it at any depth, and what it replays."""

    tasks: Sequence[str]
    left_out: Collection[str] = ()
    replayed: Sequence[str] = ()


def leaves(names: Sequence[str], opened: Callable[[str], Group | None]) -> list[str]:
    """Tasks under these names, each once, in the order of first mention. `opened` gives None for a task.

    What is left out of a mixture is out wherever it stands in it, and may be replayed. Ends on circles too. Raises
    `TooManyWays`.

    >>> groups = {"all": Group(["qa", "rte"], left_out=["boolq"], replayed=["chat"]), "qa": Group(["squad", "boolq"])}
    >>> leaves(["all", "squad"], groups.get)
    ['squad', 'rte', 'chat']
    """
    found: dict[str, None] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    stack = [(name, frozenset[str]()) for name in reversed(names)]
    while stack:
        entry = name, left_out = stack.pop()
        if name in left_out or entry in seen:
            continue
        if len(seen) == MOST_WAYS:
            raise TooManyWays
        seen.add(entry)
        group = opened(name)
        if group is None:
            found[name] = None
        else:
            stack += [(inner, left_out) for inner in reversed(group.replayed)]
            stack += [(inner, left_out.union(group.left_out)) for inner in reversed(group.tasks)]
    return list(found)


def circles(held: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Names that come round to themselves, in the order in which one holds the next; circles that meet are one.

    >>> circles({"a": ["b", "t"], "b": ["c"], "c": ["a"], "d": ["d"], "e": ["a", "d"]})
    [['a', 'b', 'c'], ['d']]
    """
    found: list[list[str]] = []
    done: set[str] = set()
    for start in held:
        path, places, inner = [], {}, start
        ways: list[Iterator[str]] = []
        while inner is not None or path:
            if inner is None:
                name = path.pop()
                done.add(name)
                del places[name], ways[-1]
            elif inner in places:
                circle = path[places[inner] :]
                found.append(circle)
                done.update(circle)
                del path[-len(circle) :], ways[-len(circle) :]
                for name in circle:
                    del places[name]
            elif inner in held and inner not in done:
                places[inner] = len(path)
                path.append(inner)
                ways.append(iter(held[inner]))
            inner = next(ways[-1], None) if ways else None
    return found


def depths(held: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """How many levels stand within each name, where there is no circle.

    >>> depths({"all": ["qa", "squad"], "qa": ["squad"]})
    {'squad': 0, 'qa': 1, 'all': 2}
    """
    found: dict[str, int] = {}
    for name in TopologicalSorter(held).static_order():
        found[name] = max((found[inner] + 1 for inner in held.get(name, ())), default=0)
    return found


def leaf_tasks(names: Sequence[str], program: Program) -> list[str]:
    """Tasks under these names of a program; mixtures (with what they replay) and suites are opened."""

    def opened(name: str) -> Group | None:
        if name in program.tasks:
            return None
        if name in program.suites:
            return Group(program.suites[name].tasks, program.suites[name].except_)
        mixture = program.mixtures[name]
        return Group(mixture.tasks, mixture.except_, mixture.replay.tasks if mixture.replay else ())

    return leaves(names, opened)


def trained_tasks(program: Program) -> list[str]:
    return leaf_tasks([program.train.data], program) if program.train else []


def evaluated_tasks(program: Program) -> list[str]:
    return leaf_tasks([name for block in program.evaluations for name in block.tasks], program)


def judged_split(block: Evaluate, splits: Collection[str], *, between: bool) -> str | None:
    """The split that a block judges a task on: its own, else `test` (without one `validation`) before and after
    training, `validation` in between; None where the task has no such split, and is left out."""
    usual = ["validation"] if between else ["test", "validation"]
    wanted = usual if block.split is None else [block.split]
    return next((name for name in wanted if name in splits), None)


def judged_splits(program: Program, task: str, splits: Collection[str]) -> set[str]:
    """The splits that evaluations ask a task on."""
    blocks = (block for block in program.evaluations if task in leaf_tasks(block.tasks, program))
    return {split for block in blocks for split in judged_by(block, splits)}


def judged_by(block: Evaluate, splits: Collection[str]) -> set[str]:
    """The splits among these that a block judges a task on."""
    phases = [between for between, asked in ((False, block.start or block.end), (True, bool(block.every))) if asked]
    return {split for between in phases if (split := judged_split(block, splits, between=between)) is not None}


def writes(task: Task) -> bool:
    """Whether a metric reads what the model writes."""
    return task.score == "generate" and any(metric.reads_answers for metric in task.metrics)


def own_shots(program: Program, task: str) -> int:
    """What the task is trained and judged with, whatever else its untouched model is asked with."""
    return program.tasks[task].few_shot.shots[0]


def asked_shots(block: Evaluate, program: Program, task: str, *, base: bool) -> list[int]:
    """Numbers of exemplars that the task is asked with: its own, and of the untouched model the block's too."""
    return sorted({*program.tasks[task].few_shot.shots, *(further_shots(block, program, task) if base else ())})


def templates_of(dataset: str, program: Program) -> list[Template]:
    """The templates for a dataset's rows: its own, and those over columns that a task asks them with."""
    asked = {name for task in program.tasks.values() if task.dataset == dataset for name in task.templates}
    return [one for name, one in program.templates.items() if one.dataset == dataset or name in asked]


def deciding_metric(train: Train) -> str | None:
    """`task.metric` of the best checkpoint; an early stop keeps its best where the recipe names none."""
    if train.checkpoint.best:
        return train.checkpoint.best.key
    return train.early_stop.on.key if train.early_stop else None


def per_group(task: Task) -> bool:
    """Whether a metric reads whole groups of rows."""
    return any(getattr(metric, "per", None) == "group" for metric in task.metrics)


def judged_rows_limit(block: Evaluate, program: Program, task: str) -> int | None:
    return for_task(block.limit, task, lambda name: leaf_tasks([name], program))


def further_shots(block: Evaluate, program: Program, task: str) -> list[int]:
    """What the untouched model is asked with beside the task's own numbers of exemplars."""
    return for_task(block.shots, task, lambda name: leaf_tasks([name], program)) or []


def for_task(setting: Any, task: str, below: Callable[[str], Collection[str]]) -> Any:
    """A setting of an `evaluate` block for one of its tasks: where it is a block by name the task's own, else that of a
    suite or mixture which holds it, else None. `below` gives the tasks under a name.

    >>> for_task({"glue": 1, "rte": 2}, "rte", {"glue": ["rte", "cola"], "rte": ["rte"]}.get)
    2
    """
    if not isinstance(setting, dict):
        return setting
    holding = (value for name, value in setting.items() if task in below(name))
    return setting[task] if task in setting else next(holding, None)
