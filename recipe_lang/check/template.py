"""What can be wrong with a template: each of its texts against the dataset's columns, and all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from recipe_lang.check.dataset import by_origin, declared_at, filter_info
from recipe_lang.diagnostics.problems import data as problems
from recipe_lang.diagnostics.problems import settings
from recipe_lang.diagnostics.problems.scores import space_before_join
from recipe_lang.jinja.rules import choices_check, condition_check, leak_check, texts_check, variety_check
from recipe_lang.jinja.types import UNKNOWN
from recipe_lang.jinja.typing import TemplateInfo, check_template, choices_type
from recipe_lang.program.block import Unresolved

if TYPE_CHECKING:
    from recipe_lang.check.result import Recipe, Report
    from recipe_lang.diagnostics.model import Diagnostic
    from recipe_lang.jinja.types import Type
    from recipe_lang.jinja.typing import Facts
    from recipe_lang.program.dataset import Dataset
    from recipe_lang.program.template import Template

TEXTS = ("prompt", "completion", "system")


def check_target(template: Template, recipe: Recipe, report: Report) -> None:
    """For a dataset, or over columns."""
    if template.columns is not None and template.text.target is not None:
        place = template.key_place("columns")
        others = {"for": template.scope.place(template.text.target.span)}
        report(settings.conflicting_settings("columns", others, template.subject, place))


def check_settings(template: Template, recipe: Recipe, report: Report) -> None:
    """A prompt with its completion, or a conversation."""
    if template.messages is not None:
        _check_conversation(template, report)
        return
    for name in ("prompt", "completion"):
        if template.lacks(name) and template.text.body.complete:
            report(settings.missing_setting(name, "a Jinja text", template.subject, template.place()))
    for name in ("tools", "turns"):
        if template.written(name):
            report(settings.without_effect(name, "without `messages`", template.key_place(name)))


def _check_conversation(template: Template, report: Report) -> None:
    """A conversation has its own turns: nothing else makes a prompt or an answer, and nothing joins them."""
    if template.written("join"):
        report(settings.without_effect("join", "beside `messages`", template.key_place("join")))
    texts = ("prompt", "completion", "choices", "references")
    beside = [name for name in texts if not template.lacks(name)]
    if beside:
        places = {name: template.key_place(name) for name in (*beside, "messages")}
        last = max(places, key=lambda name: places[name].span)
        others = {name: places[name] for name in (beside if last == "messages" else ["messages"])}
        report(settings.conflicting_settings(last, others, template.subject, places[last]))


def check_texts(template: Template, recipe: Recipe, report: Report) -> None:
    """Every text is read against the columns; then the rules that look at several of them.

    Beside a conversation a system turn alone may stand.
    """
    texts = _Texts(template, recipe, report)
    guarded = template.applies_if is not None
    choices = _choices(template, texts)
    if choices is not None:
        texts.known["choices"] = choices
    if template.applies_if is not None:
        applies = texts.read("applies_if", expression=True)
        texts.report_all(condition_check("`applies_if`", applies, template.place("applies_if")))
        texts.assume = {**texts.assume, **applies.facts}
    if template.messages is not None:
        if template.system is not None:
            texts.read("system")
        return
    found = {name: texts.read(name) for name in TEXTS if getattr(template, name) is not None}
    if template.references is not None:
        references = texts.read("references", expression=True)
        texts.report_all(texts_check("`references`", references, template.place("references")))
    if {"prompt", "completion"} <= found.keys():
        answer = template.place("completion")
        texts.report_all(leak_check(template.name, found["prompt"], found["completion"], answer))
    never_chosen: list[Diagnostic] = []
    if choices is not None and "completion" in found:
        given = template.choices if isinstance(template.choices, list) else []
        never_chosen = choices_check(
            template.name,
            found["completion"],
            choices,
            guarded=guarded,
            place=template.place("completion"),
            choices_place=template.place("choices"),
            written={text: template.place("choices", index) for index, text in enumerate(given)},
        )
        texts.report_all(never_chosen)
    for name in ("prompt", "completion"):
        if name in found and not (name == "completion" and never_chosen):
            place = template.place(name)
            texts.report_all(variety_check(template.name, name, found[name], guarded=guarded, place=place))


def check_choices(template: Template, recipe: Recipe, report: Report) -> None:
    """A closed set has at least two different answers."""
    if isinstance(template.choices, list):
        if len(template.choices) < 2:
            report(problems.too_few_choices(template.name, template.place("choices")))
        for index, choice in enumerate(template.choices):
            if choice in template.choices[:index]:
                first = template.place("choices", template.choices.index(choice))
                report(problems.repeated_choice(choice, template.name, first, template.place("choices", index)))


def check_join(template: Template, recipe: Recipe, report: Report) -> None:
    """What the prompt's own text ends in, and what follows it, where `join` is meant or sure to stand. Else the rows
    show it, and what a value ends in.
    """
    spaced = template.prompt is not None and template.prompt.strip("\n")[-1:].isspace() and template.join[:1].isspace()
    if spaced and (template.written("join") or _is_joined(template, recipe)):
        report(space_before_join(template.name, template.join).at(template.place("prompt")))


def _is_joined(template: Template, recipe: Recipe) -> bool:
    """Whether every model that is trained on a template or asked with it reads plain text, as far as the recipe says.
    A recipe that trains asks in its own model's words.
    """
    train = recipe.train
    uses = [(train.model, [train.data])] if train else []
    uses += [(train.model if train else block.model, block.tasks) for block in recipe.evaluations]
    names = {model for model, data in uses if model and any(template.name in t.templates for t in recipe.leaves(data))}
    models = [recipe.model(name) for name in names]
    return bool(models) and all(model.chat is None and model.kind != "seq2seq" for model in models)


def read_in_prompt(template: Template, recipe: Recipe) -> set[str]:
    """The columns that a prompt hangs on, its system turn and the list of choices with it; none of a conversation's.
    Raises `Unresolved` where a text has mistakes.
    """
    texts = _Texts(template, recipe, lambda _: None)
    if isinstance(template.choices, list):
        read = [texts.read("choices", index) for index in range(len(template.choices))]
    else:
        read = [texts.read("choices", expression=True)] if template.choices else []
    texts.known["choices"] = UNKNOWN
    read += [texts.read(name) for name in ("prompt", "system") if getattr(template, name) is not None]
    if any(info.failed for info in read):
        raise Unresolved("prompt")
    return {column for info in read for column in info.used}


def answers_openly(template: Template, recipe: Recipe) -> bool:
    """Whether nothing says which few answers there are: neither choices, nor the columns that the completion prints.
    Raises `Unresolved` where the completion has mistakes or is missing.
    """
    if template.messages is not None or template.choices is not None:
        return template.messages is not None
    if template.completion is None:
        raise Unresolved("completion")
    texts = _Texts(template, recipe, lambda _: None)
    info = texts.read("completion")
    if info.failed:
        raise Unresolved("completion")
    return info.texts is None and texts.columns is not None


class _Texts:
    """Reads a template's texts; mistakes are reported as they are found."""

    def __init__(self, template: Template, recipe: Recipe, report: Report) -> None:
        self.template, self.owner, self.report = template, recipe.asked(template), report
        self.declared_at = declared_at(self.owner, recipe)
        self.known: dict[str, Type] = {}
        self.columns: Mapping[str, Type] | None = recipe.columns(self.owner)
        self.assume: Facts = {} if self.owner is template else _kept(recipe.dataset(self.owner.name), recipe)

    def read(self, *path: str | int, expression: bool = False) -> TemplateInfo:
        text = getattr(self.template, str(path[0]))
        for part in path[1:]:
            text = text[part]
        info, diagnostics = check_template(
            text,
            self.columns,
            place_of=lambda start, end: self.template.text_place(start, end, *path),
            extra=self.known,
            expression=expression,
            template=self.template.name,
            dataset=self.owner.name,
            declared_at=self.declared_at,
            by_origin=by_origin(self.owner),
            assume=self.assume,
        )
        self.report_all(diagnostics)
        return info

    def report_all(self, diagnostics: Iterable[Diagnostic]) -> None:
        for diagnostic in diagnostics:
            self.report(diagnostic)


def _kept(dataset: Dataset, recipe: Recipe) -> Facts:
    """What `keep_if` shows about every row that is left."""
    try:
        found = filter_info(dataset, recipe)
    except Unresolved:
        return {}
    return found[0].facts if found else {}


def _choices(template: Template, texts: _Texts) -> Type | None:
    if template.choices is None:
        return None
    if isinstance(template.choices, list):
        return choices_type([texts.read("choices", index) for index in range(len(template.choices))])
    info = texts.read("choices", expression=True)
    texts.report_all(texts_check("`choices`", info, template.place("choices")))
    return info.result


RULES = (check_target, check_settings, check_choices, check_texts, check_join)
