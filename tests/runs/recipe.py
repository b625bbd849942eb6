"""A recipe that adds numbers with a tiny model, and what its runs leave."""

from __future__ import annotations

import json
from pathlib import Path

RECIPE = """\
recipe sums {
  seed = 7
}

model small {
  source    = path("KIND")
  precision = fp32
}

dataset numbers {
  source = jsonl("numbers.jsonl")
  columns {
    question = text
    answer   = text
  }
  split {
    train      = 60%
    validation = 20%
    test       = 20%
  }
}

template ask for numbers {
  prompt     = "{{ question }}"
  completion = "{{ answer }}"
}

task adding {
  templates = [ask]
  metrics   = [exact_match]
  generate {
    max_new_tokens = 4
  }
}

train {
  model         = small
  data          = adding
  method        = METHOD
  duration      = 4 steps
  batch         = 4 examples
  learning_rate = 1e-3
}

evaluate {
  tasks = [adding]
  when  = [start, every(2 steps), end]
}
"""


def results(folder: Path) -> dict:
    return json.loads((folder / "results.json").read_text())


def answers(run: Path, entries: list[dict]) -> list[str]:
    lines = (run / entries[0]["predictions"]).read_text().splitlines()
    return [json.loads(line)["prediction"] for line in lines]
