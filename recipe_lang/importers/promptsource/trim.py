"""promptsource strips white space off both sides; a template of ours keeps its spaces. Both made one."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import nodes

from recipe_lang.importers.promptsource.read import NotConvertible
from recipe_lang.importers.promptsource.segments import Segment, joined, opens, tree


def trimmed(segments: Sequence[Segment], side: str, report: list[str]) -> str:
    """The text of one side, without white space at its ends whatever the row.

    Where literal text stands at both ends, stripping that is enough. Else the value at an end is trimmed: of a side
    that is one value with a filter, of any other by `{% filter trim %}` around it.
    """
    setting, core = _settings([segment for segment in segments if segment.kind != "comment"])
    while core and core[-1].blank:
        core = core[:-1]
    if core and core[0].kind == "data":
        core[0] = Segment("data", core[0].text.lstrip())
    if core and core[-1].kind == "data":
        core[-1] = Segment("data", core[-1].text.rstrip())
    before = "".join(f"{segment.text}\n" for segment in setting)
    if not core:
        raise NotConvertible(f"its {side} is empty")
    if core[0].kind == core[-1].kind == "data":
        return before + joined(core)
    if len(core) == 1 and core[0].kind == "print":
        return before + _one_value(core[0], side, report)
    report.append(f"the {side} begins or ends with a value, so white space is trimmed off the whole of it")
    text = joined(core)
    line = "\n" if "\n" in text or text.endswith("{") else ""  # a brace would join that of the closing tag
    return f"{before}{{% filter trim %}}{line}{text}{line}{{% endfilter %}}"


def _settings(segments: list[Segment]) -> tuple[list[Segment], list[Segment]]:
    """The `set` tags in front, which print nothing, and the rest."""
    setting: list[Segment] = []
    while segments and (segments[0].blank or (segments[0].tag == "set" and not opens(segments[0]))):
        if segments[0].tag == "set":
            setting.append(segments[0])
        segments = segments[1:]
    return setting, segments


def _one_value(segment: Segment, side: str, report: list[str]) -> str:
    node = tree(segment.inside, expression=True).tree
    if isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Name) and node.node.name == "choices":
        return f"{{{{ {segment.inside} }}}}"  # the choices are trimmed already
    report.append(f"the {side} is one value, which is trimmed")
    simple = isinstance(node, (nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Call, nodes.Filter, nodes.Const))
    return f"{{{{ {segment.inside if simple else f'({segment.inside})'} | trim }}}}"
