"""What a plan's hash covers."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.plan import make_plan
from recipe_lang.program.document import Plan
from tests.check.written import write

RECIPE = """
recipe study {}
model small { source = hub("org/small", revision = "main") }
dataset reviews {
  source = hub("org/reviews", revision = "main")
  columns { body = text, title = text }
  split { train = 80%, validation = 10%, test = 10% }
}
template name for reviews { prompt = "{{ body }}", completion = "{{ title }}" }
task naming { templates = [name], metrics = [rouge1] }
dataset exams {
  source  = hub("org/exams", revision = "main")
  purpose = evaluation
  columns { body = text, title = text }
  split { test = 100% }
}
template head for exams { prompt = "{{ body }}", completion = "{{ title }}" }
task heading { templates = [head], metrics = [rouge1] }
train { model = small, data = naming, batch = 8 examples, duration = 9 steps, learning_rate = 1e-4 }
evaluate { tasks = [naming, heading] }
"""


def planned(folder: Path, *overrides: str) -> Plan:
    checked = check(write(folder, RECIPE), overrides=overrides, cwd=folder)
    assert checked.diagnostics == []
    return make_plan(checked.recipe)


def plan_hash(folder: Path, *overrides: str) -> str:
    return planned(folder, *overrides).hash


@pytest.mark.parametrize(
    "spread",
    [
        ["train.micro_batch=2 examples"],
        ["train.distribute=ddp", "train.devices=4"],
        ["train.distribute=fsdp", "train.devices=2", "train.nodes=2"],
    ],
)
def test_how_the_work_is_spread_is_outside_of_it(tmp_path, spread):
    assert plan_hash(tmp_path, *spread) == plan_hash(tmp_path)


@pytest.mark.parametrize("change", ["train.batch=16 examples", "train.warmup=10%", "evaluate.noise=true"])
def test_what_a_run_gives_is_inside(tmp_path, change):
    assert plan_hash(tmp_path, change) != plan_hash(tmp_path)


@pytest.mark.parametrize(
    ("change", "training", "evaluation"),
    [
        ("reviews.limit=99 rows", True, True),
        ("exams.limit=99 rows", False, True),
        ('head.prompt="{{ body }}?"', False, True),
        ("train.batch=16 examples", True, True),
        ("evaluate.confidence=90%", False, True),
        ('reviews.license="mit"', False, False),
    ],
)
def test_evaluation_is_touched_by_what_training_is_and_not_the_other_way_round(tmp_path, change, training, evaluation):
    before, after = planned(tmp_path).hashes, planned(tmp_path, change).hashes

    assert (before.training != after.training, before.evaluation != after.evaluation) == (training, evaluation)
