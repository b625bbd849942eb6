"""The program: everything that the engine executes, and nothing that depends on a machine.

Its blocks are those that authors write: every default has been filled in, every reference is a name, every path is
relative to the recipe's folder unless its author wrote an absolute one. Shares and percentages are fractions of one.
"""

from __future__ import annotations

from recipe_lang.program.base import Model
from recipe_lang.program.dataset import Dataset
from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.mixture import Mixture
from recipe_lang.program.model import LanguageModel
from recipe_lang.program.suite import Suite
from recipe_lang.program.task import Task
from recipe_lang.program.template import Template
from recipe_lang.program.train import Train


class Program(Model):
    name: str
    description: str | None
    seed: int
    models: dict[str, LanguageModel]
    datasets: dict[str, Dataset]
    templates: dict[str, Template]
    tasks: dict[str, Task]
    mixtures: dict[str, Mixture]
    suites: dict[str, Suite]
    train: Train | None
    evaluations: list[Evaluate]
