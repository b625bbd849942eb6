"""A small recipe on a tiny model, checked and planned as `ift-run` does it."""

from __future__ import annotations

from pathlib import Path

from recipe_lang.check import check
from recipe_lang.plan import make_plan, with_facts
from recipe_lang.program.document import Plan
from runtime.base.progress import silent
from runtime.session import Session, open_session
from tests.models.tiny import tiny_model_folder

RECIPE = """\
recipe tiny {{
  seed = 5
}}

model small {{
  source    = path("{kind}")
  precision = fp32
}}

dataset sums {{
  source = csv("sums.csv")
  columns {{
    question = text
    answer   = text
  }}
  split {{
    train      = 40 rows
    validation = 8 rows
  }}
}}

template plain for sums {{
  prompt     = "What is {{{{ question }}}}?"
  completion = "{{{{ answer }}}}"
}}

task adding {{
  templates = [plain]
  metrics   = [exact_match]
  generate {{
    max_new_tokens = 4
  }}
}}

train {{
  model         = small
  data          = adding
  learning_rate = 1e-3
  max_length    = {length}
  {settings}
}}
"""


def write_recipe(folder: Path, settings: str, *, kind: str = "llama", more: str = "") -> Path:
    """`folder/recipe.ift` with its model and 48 rows; `settings` are lines of `train`, `more` further blocks."""
    folder.mkdir(parents=True, exist_ok=True)
    tiny_model_folder(kind, folder)
    rows = [f"{a} + {b},{a + b}" for a in range(6) for b in range(8)]
    (folder / "sums.csv").write_text("question,answer\n" + "\n".join(rows) + "\n")
    pair = "{\n    prompt     = 64 tokens\n    completion = 32 tokens\n  }"
    length = "128 tokens" if kind != "t5" else pair
    text = RECIPE.format(kind=kind, settings=settings.replace("\n", "\n  "), length=length)
    if kind == "t5":
        text = text.replace(f"max_length    = {pair}", f"max_length {pair}")
    recipe = folder / "recipe.ift"
    recipe.write_text(text + more)
    return recipe


def planned(recipe: Path) -> Plan:
    found = check(recipe, cwd=recipe.parent)
    assert [d.message for d in found.diagnostics if d.severity == "error"] == []
    plan = make_plan(found.recipe)
    return with_facts(plan, opened(plan, recipe.parent).facts)


def opened(plan: Plan, root: Path) -> Session:
    return open_session(plan.program, root, fetch=False, progress=silent())


def run_folder(plan: Plan, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plan.json").write_text(plan.model_dump_json(by_alias=True))
    return folder
