"""What the plan lists as holding without being written."""

from __future__ import annotations

from recipe_lang.check import check
from recipe_lang.plan import make_plan
from recipe_lang.plan.defaults import defaults
from tests.check.written import write

RECIPE = """
rank = 8
recipe r {}
model m { source = hub("org/m", revision = "main") }
dataset d { source = hub("org/d"), columns { q = text, a = text }, split { train = 80%, test = 20% } }
template one for d { prompt = "{{ q }}", completion = "{{ a }}" }
template two for d { prompt = "Q: {{ q }}", completion = "{{ a }}" }
task k { templates = [one, two], few_shot { shots = 2 } }
task l { templates = [one, two], few_shot { shots = 1 } }
train { model = m, data = k, method = lora(rank = rank), duration = 1 epoch, learning_rate = 1e-4 }
evaluate { tasks = [k] }
evaluate final { tasks = [l] }
variant cool { k.generate.temperature = 0.7, train.batch = 4 examples }
"""


def listed(folder, *overrides: str, variant: str | None = None) -> dict[str, list[str]]:
    found = check(write(folder, RECIPE), overrides=overrides, variants=[variant] if variant else [], cwd=folder)
    assert found.diagnostics == []
    return defaults(found.recipe, make_plan(found.recipe).program)


def test_what_is_not_written_is_listed_and_what_is_written_is_not(tmp_path):
    found = listed(tmp_path)

    assert "few_shot.pick = per_row" in found["task k, l"] and "generate.beams = 1" in found["task k, l"]
    assert "warmup = 3%" in found["train"] and "batch = 16 examples" in found["train"]
    written = (
        "templates",
        "few_shot.shots",
        "for",
        "model",
        "method",
        "duration",
        "learning_rate",
        "source",
        "columns",
    )
    for block in ("recipe r", "dataset d", "template one, two", "task k, l", "train"):
        assert not [each for each in found.get(block, []) if each.startswith(tuple(f"{name} =" for name in written))]


def test_blocks_that_leave_the_same_out_stand_together_unless_one_has_no_name(tmp_path):
    found = listed(tmp_path)

    assert "template one, two" in found
    assert found["evaluate"] == found["evaluate final"]


def test_variants_and_the_command_line_write_too(tmp_path):
    assert "batch = 16 examples" not in listed(tmp_path, variant="cool")["train"]
    changed = listed(tmp_path, "train.warmup=3%")["train"]
    assert not [each for each in changed if each.startswith("warmup")]
