"""One promptsource template as the settings of one `.ift` template, with a line for every rewriting."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from recipe_lang.diagnostics.model import Place
from recipe_lang.importers.promptsource.answers import Choices, converted_choices
from recipe_lang.importers.promptsource.loops import without_append
from recipe_lang.importers.promptsource.read import NotConvertible, Prompt
from recipe_lang.importers.promptsource.segments import Segment, cut, depths, names, opens, replaced, tree
from recipe_lang.importers.promptsource.trim import trimmed
from recipe_lang.jinja.positions import Token
from recipe_lang.jinja.rules import choices_check
from recipe_lang.jinja.types import TEXT, Items, Type, literals
from recipe_lang.jinja.typing import check_template
from recipe_lang.source import Source, Span

BAR = "|||"
NOWHERE = Place(Source("", ""), Span(0, 0))


@dataclass
class Rewritten:
    """Texts are Jinja; `choices` is a list of texts, or an expression that gives one."""

    prompt: str
    completion: str
    choices: Choices
    applies_if: str | None
    report: list[str] = field(default_factory=list)


def rewrite(prompt: Prompt, renamed: dict[str, str]) -> Rewritten:
    """`renamed`: columns that have another name in the recipe.

    Raises: NotConvertible.
    """
    for each in filter(None, (prompt.jinja, prompt.answer_choices)):
        tree(each)
    report: list[str] = []
    text = _words(prompt.jinja, renamed, report)
    segments = without_append(_literal(cut(text), report), report)
    segments, conditions = _unwrapped(segments)
    if conditions:
        report.append("the `if` around `|||` became `applies_if`, and both sides are without it")
    left, right = _sides(segments)
    right, inner = _only_if(right)
    if inner is not None:
        conditions.append(inner)
        report.append("the `if` around the whole target became `applies_if`: rows without a target are left out")
    right = [*_shared(left, right, report), *right]
    if set(_set_names(left)) & set().union(*(names(cut(f"{{{{ {each} }}}}")) for each in conditions)):
        raise NotConvertible("the condition around `|||` uses a name that the template sets")
    rewritten = Rewritten(
        trimmed(left, "prompt", report),
        trimmed(right, "completion", report),
        converted_choices(_answers(prompt, renamed, report), report),
        _all(conditions),
        report,
    )
    return _with_open_answers(rewritten)


def _with_open_answers(rewritten: Rewritten) -> Rewritten:
    """Where the target is never one of the answers, they are a list that the template uses, and no closed set."""
    if not isinstance(rewritten.choices, list):
        return rewritten
    allowed = Items(tuple(_closed(choice) for choice in rewritten.choices))
    info, _ = check_template(
        rewritten.completion, None, place_of=lambda start, end: NOWHERE, extra={"choices": allowed}
    )
    if not choices_check("", info, allowed, guarded=True, place=NOWHERE, choices_place=NOWHERE):
        return rewritten
    if any("{" in choice for choice in rewritten.choices):
        raise NotConvertible("its target is never one of its answer choices")
    setting = f"{{% set choices = {json.dumps(rewritten.choices, ensure_ascii=False)} %}}\n"
    parts = {
        name: setting + text if "choices" in names(cut(text)) else text
        for name, text in (("prompt", rewritten.prompt), ("completion", rewritten.completion))
    }
    rewritten.report.append("the target is never one of the answer choices, so these are no closed set but a list")
    return Rewritten(**parts, choices=None, applies_if=rewritten.applies_if, report=rewritten.report)


def _closed(choice: str) -> Type:
    return TEXT if "{" in choice else literals([choice])


def _all(conditions: list[str]) -> str | None:
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    return " and ".join(f"({condition})" for condition in conditions)


def _answers(prompt: Prompt, renamed: dict[str, str], report: list[str]) -> str | None:
    return None if prompt.answer_choices is None else _words(prompt.answer_choices, renamed, report)


# --- words -------------------------------------------------------------------------------------------------------


def _words(text: str, renamed: dict[str, str], report: list[str]) -> str:
    """Filters and variables under their names in the template language."""

    def change(word: Token, before: Token | None, after: Token | None) -> str | None:
        if word.kind != "name" or (before is not None and before.text == "."):
            return None
        if before is not None and before.text == "|":
            if word.text in ("choice", "random"):
                _say(
                    report,
                    f"the filter `{word.text}`, which draws anew in every run, became `pick`, which draws by the seed",
                )
                return "pick"
            return None
        if word.text == "answer_choices":
            _say(report, "`answer_choices` became `choices`")
            return "choices"
        if word.text in renamed:
            _say(report, f"the column `{word.text}` is called `{renamed[word.text]}` in the recipe")
            return renamed[word.text]
        return None

    return replaced(text, change)


def _say(report: list[str], line: str) -> None:
    if line not in report:
        report.append(line)


def _literal(segments: list[Segment], report: list[str]) -> list[Segment]:
    """`{{ "yes" }}`, promptsource's way to highlight a word, as the word itself. White space in quotes stays there
    where a tag takes it off plain text."""
    result: list[Segment] = []
    trims = any(segment.kind != "data" and {segment.text[2:3], segment.text[-3:-2]} & set("-") for segment in segments)
    for segment in segments:
        if segment.kind == "print" and segment.text[2] not in "-+" and segment.text[-3] not in "-+":
            segment = replace(segment, text=f"{{{{ {segment.inside} }}}}")
            value = segment.words[0].text[1:-1]
            plain = len(segment.words) == 1 and segment.words[0].kind == "string" and not set(value) & set("\\{}|\n")
            if plain and not (trims and value != value.strip()):
                _say(report, "texts in quotes inside `{{ }}` became plain text")
                segment = Segment("data", value)
        if segment.kind == "data" and result and result[-1].kind == "data":
            result[-1] = replace(result[-1], text=result[-1].text + segment.text)
        else:
            result.append(segment)
    return result


# --- sides -------------------------------------------------------------------------------------------------------


def _unwrapped(segments: list[Segment]) -> tuple[list[Segment], list[str]]:
    """Takes off the `if` blocks that `|||` stands in, where nothing but white space is outside of them."""
    conditions: list[str] = []
    while True:
        inner, condition = _only_if(segments)
        if condition is None or not any(BAR in segment.text for segment in inner if segment.kind == "data"):
            return segments, conditions
        segments = inner
        conditions.append(condition)


def _only_if(segments: Sequence[Segment]) -> tuple[list[Segment], str | None]:
    """The inside and the condition of an `if` without `else` that is all there is."""
    core = [segment for segment in segments if segment.kind != "comment"]
    while core and core[0].blank:
        core = core[1:]
    while core and core[-1].blank:
        core = core[:-1]
    if len(core) < 2 or core[0].tag != "if" or core[-1].tag != "endif":
        return list(segments), None
    levels = list(depths(core))
    if any(level == 0 for level in levels[1:-1]):
        return list(segments), None
    return core[1:-1], core[0].inside


def _sides(segments: list[Segment]) -> tuple[list[Segment], list[Segment]]:
    """What stands before `|||` and what behind it."""
    bars = [
        (number, depth)
        for number, (segment, depth) in enumerate(zip(segments, depths(segments), strict=True))
        if segment.kind == "data" and BAR in segment.text
    ]
    if not bars:
        raise NotConvertible("it has no target: there is no `|||`")
    if len(bars) > 1 or segments[bars[0][0]].text.count(BAR) > 1:
        raise NotConvertible("it has several targets: there is more than one `|||`")
    number, depth = bars[0]
    if depth:
        raise NotConvertible("its `|||` stands inside a block that holds only a part of the template")
    before, _, after = segments[number].text.partition(BAR)
    return [*segments[:number], Segment("data", before)], [Segment("data", after), *segments[number + 1 :]]


def _set_names(segments: Sequence[Segment]) -> list[str]:
    return [segment.words[1].text for segment in segments if segment.tag == "set" and not opens(segment)]


def _shared(left: list[Segment], right: list[Segment], report: list[str]) -> list[Segment]:
    """The `set` tags before `|||` that the target needs too."""
    needed = names(right)
    copied: list[Segment] = []
    for segment, depth in zip(reversed(left), reversed(list(depths(left))), strict=True):
        if segment.tag in ("set", "macro") and segment.words[1].text in needed:
            if depth or opens(segment):
                raise NotConvertible(f"its target needs `{segment.words[1].text}`, which is set inside a block")
            copied.insert(0, segment)
            needed |= names([segment])
            _say(report, f"`{segment.words[1].text}` is set on both sides of `|||`")
    return copied
