"""Blocks and programs as the compiler makes them of recipe texts: what no test names has the language's default.

    train("method = lora(rank = 2)", batch=4)    settings as recipes write them, then values put into what came out

Texts reach everything that recipes can say. Values are for names, plain numbers, and what no recipe says.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from recipe_lang.check import check
from recipe_lang.plan import make_plan
from recipe_lang.program.base import Model
from recipe_lang.program.document import Plan
from recipe_lang.program.program import Program

RECIPE = """\
recipe test {
  seed = 17
}

model small {
  source = path("model")
}

dataset data {
  source = jsonl("data.jsonl")
  split {
    train      = 80%
    validation = 10%
    test       = 10%
  }
}

template ask for data {
  prompt     = "{{ q }}"
  completion = "{{ a }}"
}

task answering {
  templates = [ask]
  metrics   = [rouge1]
  generate {
    max_new_tokens = 8
  }
}

mixture both {
  tasks = [answering]
}

suite all {
  tasks = [answering]
}

train {
  model         = small
  data          = both
  duration      = 1 epoch
  learning_rate = 1e-3
  batch         = 8 examples
}

evaluate {
  tasks = [answering, all]
}
"""
SPLIT = RECIPE[RECIPE.index("  split {") : RECIPE.index("}\n\ntemplate")]
Copied = TypeVar("Copied", bound=Model)


@cache
def planned(text: str, *settings: str) -> Plan:
    """The plan of a recipe, with settings changed as `--set` does. A text that is misread fails; rules across settings
    are for the tests of the checks.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder, "recipe.ift")
        path.write_text(text, "utf-8")
        checked = check(path, overrides=settings, cwd=path.parent)
        misread = [d.message for d in checked.diagnostics if d.severity == "error" and d.code[3] in "0123"]
        assert misread == [], misread
        return make_plan(checked.recipe)


def small(*settings: str) -> Program:
    """Of one model `small`, data set `data`, template `ask` and task `answering`; one of each block."""
    return planned(RECIPE, *settings).program


def changed(block: Copied, **fields: Any) -> Copied:
    """A copy with other values in these fields, which it must have."""
    assert fields.keys() <= type(block).model_fields.keys(), fields
    return block.model_copy(update=fields)


def block(path: str, found: Callable[[Program], Copied]) -> Callable[..., Copied]:
    def made(*settings: str, **fields: Any) -> Copied:
        return changed(found(small(*(f"{path}.{setting}" for setting in settings))), **fields)

    return made


model = block("small", lambda program: program.models["small"])
task = block("answering", lambda program: program.tasks["answering"])
mixture = block("both", lambda program: program.mixtures["both"])
train = block("train", lambda program: changed(program.train, data="answering"))
suite = block("all", lambda program: program.suites["all"])
evaluate = block("evaluate", lambda program: changed(program.evaluations[0], tasks=["answering"]))


def metrics(*calls: str) -> list[Any]:
    """`metrics("rouge1", "accuracy_norm(by = bytes)")`."""
    return task(f"metrics = [{', '.join(calls)}]").metrics
