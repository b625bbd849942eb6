"""Rules over a template's texts together: answers given away, choices that do not fit, texts without a column."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from recipe_lang.diagnostics.model import Diagnostic, Label, Place
from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.jinja.types import PRINTABLE, Items, Type, alternatives, describe, element, kind, plain, present
from recipe_lang.jinja.typing import TemplateInfo
from recipe_lang.jinja.typing.walk import EACH, Path


def leak_check(template: str, prompt: TemplateInfo, completion: TemplateInfo, place: Place) -> list[Diagnostic]:
    """A completion that is nothing but one column, filters aside, printed by the prompt too.

    `place`: the completion's text, for one that sets a name and prints that.
    """
    if completion.source is None or completion.failed:
        return []
    for path, printed in prompt.printed.items():
        if covers(path, completion.source):
            answer = completion.printed.get(completion.source, lambda: place)
            return [problems.gives_away(as_written(completion.source), template, printed(), answer())]
    return []


def covers(printed: Path, path: Path) -> bool:
    """Whether printing one part of a row prints another: the same, what it is a part of, or each of a list's."""
    return len(printed) <= len(path) and all(a in (b, EACH) for a, b in zip(printed, path, strict=False))


def as_written(path: Path) -> str:
    """A path in the notation of templates."""
    words = str(path[0])
    for part in path[1:]:
        words += "[…]" if part == EACH else f".{part}" if isinstance(part, str) else f"[{part}]"
    return words


def choices_check(
    template: str,
    completion: TemplateInfo,
    choices: Type,
    *,
    guarded: bool,
    place: Place,
    choices_place: Place,
    written: Mapping[str, Place] = MappingProxyType({}),
) -> list[Diagnostic]:
    """A completion that is never, or not always, one of the choices.

    `choices`: the type of the variable `choices`. `guarded`: there is an `applies_if`. `place`: the completion.
    `written`: the choices that stand in the recipe as they are.
    """
    allowed = closed_choices(choices)
    if not allowed or completion.texts is None or completion.failed:
        return []
    outside = [text for text in completion.texts if text not in allowed]
    related = Label(choices_place, "the choices")
    if outside and len(outside) == len(completion.texts):
        shown = " or ".join(f"`{text}`" for text in outside[:3]) + (", …" if len(outside) > 3 else "")
        return [problems.never_a_choice(shown, allowed, template, related, place)]
    unused = [choice for choice in written if choice not in completion.texts]
    for text in outside if completion.exact else ():
        if (misspelt := closest(text, unused)) is not None:
            return [problems.misspelt_choice(text, template, Label(place, "printed here"), written[misspelt])]
    if outside and completion.exact and not guarded:
        return [problems.not_always_a_choice(outside[0], allowed, template, related, place)]
    return []


def closed_choices(choices: Type) -> list[str] | None:
    """Every text that can be a choice, None where some are not known."""
    type_ = plain(choices)
    if not isinstance(type_, Items):
        return None
    texts: list[str] = []
    for item in type_.items:
        known = alternatives(item)
        if known is None:
            return None
        texts.extend(text.strip("\n") for text in known)
    return list(dict.fromkeys(texts))


def variety_check(template: str, what: str, info: TemplateInfo, *, guarded: bool, place: Place) -> list[Diagnostic]:
    """A prompt or a completion (`what`) that is always empty, or the same for every row.

    `guarded`: there is an `applies_if`; a template for the rows of one class may have one completion.
    """
    if info.failed:
        return []
    if info.texts is not None and not any(text.strip() for text in info.texts):
        return [problems.always_empty(what, template, place)]
    if info.constant and not (guarded and what == "completion"):
        cure = "print a column: `{{ name }}`"
        return [problems.same_for_every_row(f"the {what} of template `{template}`", cure, place)]
    return []


def condition_check(user: str, info: TemplateInfo, place: Place) -> list[Diagnostic]:
    """`keep_if` and `applies_if`: a value that can be asked for its truth and depends on the row."""
    if info.failed:
        return []
    if kind(info.result) in ("function", "loop"):
        return [problems.wrong_result(user, "a condition", describe(info.result), None, place)]
    if info.constant:
        return [problems.same_for_every_row(user, "compare a column with something", place)]
    return []


def _texts_cure(type_: Type, place: Place) -> str | None:
    """How the texts are got out of a value."""
    text = place.source.slice(place.span).strip('" \n')
    if kind(type_) == "list" and "\n" not in text:
        whole = text if re.fullmatch(r"\w+|\[[^\[\]]*\]", text) else f"({text})"
        return f"what may be absent is left out by `select`: `{whole} | select | list`"
    if kind(type_) in PRINTABLE:
        return f"write `[{text}]`"
    return None


def texts_check(user: str, info: TemplateInfo, place: Place) -> list[Diagnostic]:
    """`choices` and `references`: a list of texts (or numbers, which are printed)."""
    type_ = plain(present(info.result))
    if info.failed or kind(type_) == "unknown":
        return []
    if kind(type_) == "text":
        cure = 'write `[…]` around it, or `.split(",")` behind it'
        return [problems.wrong_result(user, "a list of texts", describe(type_), cure, place)]
    items = type_.items if isinstance(type_, Items) else (element(type_),)
    if kind(type_) != "list" or not all(kind(item) in PRINTABLE | {"unknown"} for item in items):
        return [problems.wrong_result(user, "a list of texts", describe(type_), _texts_cure(type_, place), place)]
    if info.constant and user != "`choices`":
        return [problems.same_for_every_row(user, "use a column", place)]
    return []
