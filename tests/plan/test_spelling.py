"""A program, written as a recipe setting by setting, gives the same program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recipe_lang.check import check
from recipe_lang.plan import make_plan
from recipe_lang.plan.spelling import Key, settings
from recipe_lang.program.kinds import PARTS
from recipe_lang.program.program import Program

RECIPE = r"""
recipe study {}

model small {
  source  = scratch("config.json", tokenizer = "org/tokens")
  chat    = path("chat.jinja", style = "plain", depth = 2)
  weights = fp32
}

model other {
  source = hub("org/other")
  chat   = none
}

dataset pages {
  source {
    train = csv(["a.csv", "b.csv"])
    rest  = json("c.json", rows = "items")
  }
  columns {
    body  = text(from = "BODY")
    stars = int(1..5)
    mood  = label("bad", "good")
    tags  = list(optional(text))
    who   = record(name = text, ages = map(float), from = "person")
  }
  unique_by    = [body]
  limit        = 3_000_000 rows
  max_bad_rows = 1 row
  split {
    train    = 81.5%
    dev      = share(10%, of = train)
    old      = source.rest
    by       = hash(body)
    test     = 18.5%
  }
}

template judge for pages {
  prompt      = "Which \"mood\"?\n{{ body }}"
  completion  = "{{ mood }}"
  choices     = ["bad", "good"]
  join        = "\t\u{7}\\"
}

template free for pages {
  prompt     = "{{ body }}"
  completion = "{{ stars }}"
}

task moods {
  templates   = [judge]
  metrics     = [accuracy, accuracy_norm(by = bytes)]
  overlong    = cut(body, side = right)
  max_dropped = 7%
  few_shot {
    shots = [0, 2]
    pool  = old
    draws = 3
  }
}

task stars {
  templates = [free]
  metrics   = [bleu(tokenize = "zh"), exact_match(normalize = none)]
  answer    = regex("[0-9]+", take = first)
  generate {
    stop        = ["\n"]
    temperature = 0.7
  }
}

mixture both {
  tasks = [moods, stars]
  shares {
    moods = 12.5%
    stars = 87.5%
  }
  size = 1000 examples
}

mixture wide {
  tasks    = [both, moods]
  sampling = proportional(cap = 100 examples, temperature = 2)
  replay {
    tasks = [stars]
    share = 5%
  }
}

train {
  model         = small
  data          = wide
  duration      = 1.5 epochs
  learning_rate = 3e-5
  method        = lora(rank = 4, targets = ["q_proj"], dora = true)
  max_length    = 128 tokens
  schedule      = wsd(decay = 30%)
  optimizer     = adamw(betas = [0.9, 0.95])
  warmup        = 10 steps
  clip_norm     = none
  start_from    = run("runs/first")
  distribute    = fsdp(shard = grads)
  devices       = 2
  checkpoint {
    every = 100 steps
    best  = moods.accuracy
  }
  early_stop {
    on = moods.accuracy
  }
}

evaluate {
  tasks = [wide]
  when  = [start, every(50 steps), every(0.5 epochs), end]
  limit {
    stars = 20 examples
  }
  retain {
    moods = 2.5%
  }
  require = [moods.accuracy.gain >= 10%, stars.bleu(tokenize = "zh") > 0.125]
}

evaluate others {
  model  = other
  tasks  = [moods]
  when   = [start]
  split  = dev
  shots  = [1, 3]
  limit  = 5 examples
}
"""


def test_every_setting_is_spelt_as_it_would_be_read(tmp_path: Path):
    program = program_of(tmp_path, RECIPE)
    written = recipe(program)

    assert program == program_of(tmp_path, written), written


@pytest.mark.parametrize("name", ["quickstart", "multi_task", "reviews", "translation"])
def test_recipes_are_spelt_as_they_would_be_read(repository: Path, tmp_path: Path, name: str):
    program = make_plan(check(repository / "recipes" / f"{name}.ift", cwd=repository).recipe).program
    flat = Program.model_validate_json(program.model_dump_json(by_alias=True).replace("commonsense.", "commonsense_"))

    assert flat == program_of(tmp_path, recipe(flat))


def program_of(folder: Path, text: str) -> Program:
    (folder / "recipe.ift").write_text(text, encoding="utf-8")
    found = check(folder / "recipe.ift", cwd=folder)
    refused = {"IFT316", "IFT768"}  # settings without effect, and what the engine refuses to do
    mistakes = [each for each in found.diagnostics if each.severity == "error" and each.code not in refused]
    assert mistakes == []
    return make_plan(found.recipe).program


def recipe(program: Program) -> str:
    """A program as a recipe that states every setting, those without effect there (IFT316) too."""
    lines = [f"recipe {program.name} {{"]
    lines += [f"  seed = {program.seed}"]
    lines += [f"  description = {json.dumps(program.description)}"] * (program.description is not None)
    lines += ["}"]
    for part, kind in PARTS.items():
        for name, block in getattr(program, part).items():
            lines += written(f"{kind} {name}", settings(block))
    lines += written("train", settings(program.train))
    for block in program.evaluations:
        lines += written(f"evaluate {block.name or ''}", settings(block))
    return "\n".join(lines)


def written(head: str, found: dict[Key, str]) -> list[str]:
    tree: dict[str, Any] = {}
    for key, text in found.items():
        inner = tree
        for part in key[:-1]:
            inner = inner.setdefault(part, {})
        inner[key[-1]] = text
    target = tree.pop("for", None)
    return list(body(f"{head} for {target}" if target else head, tree))


def body(head: str, tree: dict[str, Any]) -> Iterator[str]:
    yield f"{head} {{"
    for name, value in tree.items():
        yield from body(name, value) if isinstance(value, dict) else [f"{name} = {value}"]
    yield "}"
