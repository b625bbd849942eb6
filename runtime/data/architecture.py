"""Settings that are for the other architecture, where only the model's config tells which one it is."""

from __future__ import annotations

from collections.abc import Iterator

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems.examples import other_architecture
from recipe_lang.program.program import Program
from recipe_lang.program.reach import trained_tasks
from recipe_lang.program.train import Lengths
from runtime.data.tokenizer.folder import ModelFolder, is_pair

_JOIN = "\n"
"""What stands between prompt and completion where the recipe does not say."""


def check_architecture(program: Program, folder: ModelFolder) -> Iterator[Diagnostic]:
    """`folder` is that of the trained model. The check says the same where the recipe declares the model's kind."""
    train = program.train
    pair = is_pair(program.models[train.model], folder)
    if not pair:
        if isinstance(train.max_length, Lengths):
            yield other_architecture(train.model, pair, "max_length", "/train/max_length")
        return
    if isinstance(train.max_length, int):
        yield other_architecture(train.model, pair, "max_length", "/train/max_length")
    if train.packing:
        yield other_architecture(train.model, pair, "packing", "/train/packing")
    if train.loss_on == "all":
        yield other_architecture(train.model, pair, "loss_on", "/train/loss_on")
    for name in dict.fromkeys(name for task in trained_tasks(program) for name in program.tasks[task].templates):
        if program.templates[name].join != _JOIN:
            yield other_architecture(train.model, pair, "join", f"/templates/{name}/join")
