"""The program: everything that the engine executes, and nothing that depends on a machine.

Field names are those of the language (sections 4 of the reference); every default has been filled in, every
reference is a name, every path is relative to the recipe's folder unless its author wrote an absolute one.
Quantities are plain numbers in the unit that their docstring gives; shares and percentages are fractions of one.
"""

from __future__ import annotations

from recipe_lang.program.base import Model
from recipe_lang.program.dataset import Dataset
from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.mixture import Mixture, Suite
from recipe_lang.program.model import LanguageModel
from recipe_lang.program.task import Task, Template
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
