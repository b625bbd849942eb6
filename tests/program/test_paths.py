"""The files that a program names."""

from __future__ import annotations

from recipe_lang.program.paths import paths
from tests.compiled import planned

RECIPE = """\
recipe r {
}

model m {
  source = path("models/small")
  chat   = path("chat.jinja")
}

dataset d {
  source = csv(["a/*.csv", "b.csv"])
  columns {
    q = text
  }
}

template t for d {
  prompt     = "name.csv {{ q }}"
  completion = "x"
}

task k {
  templates = [t]
}

train {
  model         = m
  data          = k
  duration      = 1 epoch
  learning_rate = 1e-4
  max_length    = 8 tokens
  start_from    = run("runs/first")
}
"""


def test_of_every_block_and_no_other_text():
    assert sorted(paths(planned(RECIPE).program)) == ["a/*.csv", "b.csv", "chat.jinja", "models/small", "runs/first"]
