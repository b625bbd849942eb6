"""What can be wrong with a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_lang.diagnostics.problems import examples, safety, settings, training
from recipe_lang.program.model import HubModel

if TYPE_CHECKING:
    from recipe_lang.check.result import Recipe, Report
    from recipe_lang.program.model import LanguageModel


def check_remote_code(model: LanguageModel, recipe: Recipe, report: Report) -> None:
    if not model.allow_remote_code:
        return
    # Imported here: few recipes ask for it, and the lock's forms take time to build.
    from recipe_lang.program.lock import revision_asked

    source, place = model.source, model.place("allow_remote_code")
    if isinstance(source, HubModel) and revision_asked(source) is None:
        report(safety.pinned_code(model.name, source.revision, place))
    else:
        report(safety.remote_code(model.name, place))


def check_chat(model: LanguageModel, recipe: Recipe, report: Report) -> None:
    """Encoder-decoder models read a text and write a text: there are no turns."""
    if model.kind == "seq2seq" and model.written("chat") and model.chat is not None:
        report(settings.without_effect("chat", "on an encoder-decoder model", model.key_place("chat")))


def check_precision(model: LanguageModel, recipe: Recipe, report: Report) -> None:
    if model.kind == "seq2seq" and model.precision == "fp16":
        report(training.fp16_overflows(model.name, model.place("precision")))


def check_turns(model: LanguageModel, recipe: Recipe, report: Report) -> None:
    """System turns, conversations and variables need a chat template, which an encoder-decoder never has."""
    if model.chat is not None and model.kind != "seq2seq":
        return
    trained = [recipe.train.data] if recipe.train and recipe.train.model == model.name else []
    labelling = recipe.train.model if recipe.train else None
    asked = [name for b in recipe.evaluations if (labelling or b.model) == model.name for name in b.tasks]
    for name in dict.fromkeys(name for task in recipe.leaves([*trained, *asked]) for name in task.templates):
        template = recipe.template(name)
        for setting in ("system", "messages", "chat_variables"):
            if getattr(template, setting) is not None:
                report(examples.needs_chat(name, setting, model.name).at(template.place(setting)))


RULES = (check_remote_code, check_chat, check_precision, check_turns)
