"""A recipe that adds numbers with a tiny model, and what its runs leave."""

from __future__ import annotations

import json
from pathlib import Path

from tests.models.tiny import ENCODER_DECODERS, tiny_model_folder

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


def write_rows(folder: Path) -> None:
    rows = [{"question": f"What is {a} and {b}?", "answer": str(a + b)} for a in range(8) for b in range(5)]
    (folder / "numbers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_sums(
    folder: Path, *, kind: str = "llama", method: str = "lora(rank = 2)", tail: str = "", recipe: str = RECIPE
) -> Path:
    """`folder/sums.ift` with its model; the rows are `write_rows`'s."""
    if not (folder / kind).exists():
        tiny_model_folder(kind, folder)
    text = recipe.replace("KIND", kind).replace("METHOD", method)
    if kind in ENCODER_DECODERS:
        limits = "max_length {\n    prompt     = 64 tokens\n    completion = 16 tokens\n  }\n  duration"
        text = text.replace("duration", limits, 1)
    path = folder / "sums.ift"
    path.write_text(text + tail)
    return path


def results(folder: Path) -> dict:
    return json.loads((folder / "results.json").read_text())


def answers(run: Path, entries: list[dict]) -> list[str]:
    lines = (run / entries[0]["predictions"]).read_text().splitlines()
    return [json.loads(line)["prediction"] for line in lines]
