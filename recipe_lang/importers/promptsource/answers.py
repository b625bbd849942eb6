"""`answer_choices` as `choices`: a list of texts, or an expression that gives one."""

from __future__ import annotations

import re

from jinja2 import nodes

from recipe_lang.importers.promptsource.read import NotConvertible
from recipe_lang.importers.promptsource.segments import Segment, cut, tree
from recipe_lang.importers.promptsource.trim import trimmed

BAR = "|||"
Choices = list[str] | str | None


def converted_choices(text: str | None, report: list[str]) -> Choices:
    """promptsource renders the text, splits it by `|||` and strips each part.

    Raises: NotConvertible.
    """
    if text is None:
        return None
    segments = [segment for segment in cut(text) if segment.kind != "comment"]
    if all(segment.kind == "data" for segment in segments):
        return [part.strip() for part in text.split(BAR)]
    prints = [segment for segment in segments if not segment.blank]
    if len(prints) == 1 and prints[0].kind == "print" and (found := _joined(prints[0].inside)):
        report.append(f"`answer_choices`, joined and split again, became the list itself: `{found}`")
        return found
    if any(segment.kind == "tag" for segment in segments):
        found = _filled(segments)
        report.append(f"the loop in `answer_choices` became a filter: `{found}`")
        return found
    return [trimmed(part, "choice", []) for part in _parts(segments)]


def _joined(text: str) -> str | None:
    """`x | join("|||")` is x."""
    parsed = tree(text, expression=True)
    node = parsed.tree
    if not isinstance(node, nodes.Filter) or node.name != "join" or node.node is None or len(node.args) != 1:
        return None
    separator = node.args[0]
    if not isinstance(separator, nodes.Const) or str(separator.value).strip() != BAR:
        return None
    return f'{parsed.text[slice(*parsed.range(node.node))]} | map("trim")'


_REPLACED = re.compile(r"(?P<text>\w+) \| replace\((?P<old>\"[^\"]*\"|'[^']*'), (?P<new>[^()]+)\)")


def _filled(segments: list[Segment]) -> str:
    """A text with a placeholder, once for each element of a list, the last one written out behind the loop."""
    core = [segment for segment in segments if not segment.blank]
    loop, last = core[0], core[-1]
    over = re.fullmatch(r"(\w+) in (\w+)\[:-1\]", loop.inside) if loop.tag == "for" else None
    ends = [number for number, segment in enumerate(core) if segment.tag == "endfor"]
    if over is None or len(ends) != 1:
        raise NotConvertible("the loop in `answer_choices` has a form that filters cannot follow")
    item, values = over[1], over[2]
    inside, behind = core[1 : ends[0]], core[ends[0] + 1 :]
    body = [segment for segment in inside if segment.text.strip() != BAR]
    first = _REPLACED.fullmatch(body[-1].inside) if body and body[-1].kind == "print" else None
    second = _REPLACED.fullmatch(last.inside) if last.kind == "print" else None
    lead = [segment.text.strip() for segment in (*body[:-1], *behind[:-1])]
    same = first and second and (first["text"], first["old"]) == (second["text"], second["old"])
    if not same or first["new"].strip() != item or second["new"].strip() != f"{values}[-1]" or len(set(lead)) > 1:
        raise NotConvertible("the loop in `answer_choices` has a form that filters cannot follow")
    text = first["text"] if not lead else f'("{lead[0]} " ~ {first["text"]})'
    return f'{text} | fill({first["old"]}, {values}) | map("trim")'


def _parts(segments: list[Segment]) -> list[list[Segment]]:
    parts: list[list[Segment]] = [[]]
    for segment in segments:
        if segment.kind != "data":
            parts[-1].append(segment)
            continue
        first, *others = segment.text.split(BAR)
        parts[-1].append(Segment("data", first))
        parts += [[Segment("data", other)] for other in others]
    return parts
