"""What does not fit into a run of so many steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.plan import make_plan
from recipe_lang.plan.checks import check_steps
from recipe_lang.program.figures import TrainFigures
from tests.check.written import write

RECIPE = """
recipe study {{}}
model small {{ source = hub("org/small", revision = "main") }}
dataset reviews {{
  source = hub("org/reviews", revision = "main")
  columns {{ body = text, title = text }}
  split {{ train = 80%, validation = 10%, test = 10% }}
}}
template name for reviews {{ prompt = "{{{{ body }}}}", completion = "{{{{ title }}}}" }}
task naming {{ templates = [name], metrics = [rouge1] }}
train {{
  model         = small
  data          = naming
  batch         = 8 examples
  learning_rate = 1e-4
  {train}
}}
evaluate {{
  tasks = [naming]
  when  = [start, {every}end]
}}
"""


def found(folder: Path, train: str, every: str = "", *, steps: int, epoch: int) -> list[tuple[str, str | None]]:
    """Code and pointer of what is seen in a run of so many steps, over epochs of so many examples."""
    checked = check(write(folder, RECIPE.format(train=train, every=every)), cwd=folder)
    assert checked.diagnostics == []
    plan = make_plan(checked.recipe)
    figures = TrainFigures.model_construct(steps=steps, examples_per_epoch=epoch)
    plan = plan.model_copy(update={"figures": plan.figures.model_copy(update={"train": figures})})
    return [(problem.code, problem.pointer) for problem in check_steps(plan)]


@pytest.mark.parametrize(
    ("train", "every", "expected"),
    [
        ("duration = 1 epoch, warmup = 20 steps", "", [("IFT701", "/train/warmup")]),
        ("duration = 1 epoch, warmup = 19 steps", "", []),
        ("duration = 1 epoch, checkpoint { every = 21 steps }", "", [("IFT703", "/train/checkpoint/every")]),
        ("duration = 20 steps, checkpoint { every = 3 epochs }", "", [("IFT703", "/train/checkpoint/every")]),
        ("duration = 1 epoch, checkpoint { every = 20 steps }", "", []),
        ("duration = 1 epoch", "every(21 steps), ", [("IFT806", "/evaluations/0")]),
        ("duration = 1 epoch, checkpoint { best = naming.rouge1 }", "every(1 epoch), ", []),
    ],
)
def test_steps_are_held_against_epochs(tmp_path, train, every, expected):
    assert found(tmp_path, train, every, steps=20, epoch=157) == expected


def test_a_cadence_that_nobody_wrote_may_never_come(tmp_path):
    assert found(tmp_path, "duration = 3 steps", steps=3, epoch=1000) == []


def test_a_run_without_steps_is_no_run(tmp_path):
    assert found(tmp_path, "duration = 0.001 epochs", steps=0, epoch=160) == [("IFT654", "/train/duration")]
