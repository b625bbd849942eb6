"""A recipe that runs in seconds: a tiny model, a small table."""

from __future__ import annotations

import json
from pathlib import Path

from tests.models.tiny import tiny_model_folder

RECIPE = """\
recipe study {
  description = "Opposites"
  seed        = 17
}

model tiny {
  source = path("llama")
}

dataset words {
  source  = jsonl("words.jsonl")
  columns { word = text, opposite = text }
  keep_if = "word != 'dull'"
  split   { train = 75%, test = 25% }
}

template ask for words {
  prompt     = "What is the opposite of {{ word }}?"
  completion = "{{ opposite }}"
}

task asking {
  templates = [ask]
  metrics   = [rouge1]
  generate  { max_new_tokens = 4 }
}

train {
  model         = tiny
  data          = asking
  duration      = 2 steps
  batch         = 4 examples
  max_length    = 128 tokens
  learning_rate = 1e-3
}

evaluate {
  tasks = [asking]
  when  = [start, end]
}

variant strict {
  evaluate.require = [asking.rouge1 >= 0.99]
}
"""

WORDS = ["hot cold", "up down", "big small", "fast slow", "old new", "wet dry", "rich poor", "hard soft", "dull sharp"]


def write_study(folder: Path, recipe: str = RECIPE) -> Path:
    """The recipe with its data and its model, in a repository of its own."""
    (folder / ".git").mkdir()
    tiny_model_folder("llama", folder)
    rows = [dict(zip(("word", "opposite"), pair.split(), strict=True)) for pair in WORDS]
    (folder / "words.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    path = folder / "study.ift"
    path.write_text(recipe, encoding="utf-8")
    return path
