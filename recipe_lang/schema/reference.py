"""The reference of the language, from the schema: `python -m recipe_lang.schema.reference` writes `grammar/README.md`.

`blocks()` gives the same as data, for editors and other generators.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from recipe_lang.program.block import Affected, Affects, Call, Settings
from recipe_lang.program.kinds import KINDS, model_of
from recipe_lang.reading.annotations import shape_of
from recipe_lang.reading.bodies import Calls, Entries, InnerBlock
from recipe_lang.reading.forms import ColumnReader
from recipe_lang.reading.lists import Items, OneOrMany
from recipe_lang.reading.readers import Reader
from recipe_lang.reading.spelling import spell

OUTPUT = Path(__file__).parents[2] / "grammar" / "README.md"


@dataclass(frozen=True)
class Setting:
    """A setting of a block, or an argument of a call."""

    name: str
    type: str
    required: bool
    default: str | None
    """As an author would write it; None where there is none to write."""
    affects: Affected
    doc: str
    reader: Reader


@dataclass(frozen=True)
class Part:
    """A block, an inner block or a call."""

    title: str
    doc: str
    settings: tuple[Setting, ...]
    rest: Setting | None
    model: type[Settings]


def blocks() -> list[Part]:
    """Every kind of block, in the order in which a recipe has them."""
    return [part(model_of(kind), kind) for kind in KINDS]


def part(model: type[Settings], title: str) -> Part:
    shape = shape_of(model)
    settings = tuple(_setting(model, name, field.attribute, field.reader) for name, field in shape.known.items())
    free = shape.rest
    each = free.value if isinstance(free, Entries) else free.item if isinstance(free, Items) else None
    others = _setting(model, model.rest, model.rest, each) if model.rest and each else None
    return Part(title, _doc(model), settings, others, model)


def inside(reader: Reader) -> Iterator[Part]:
    """The inner blocks and calls that a reader takes."""
    for each in reader.alternatives:
        match each:
            case InnerBlock():
                yield part(each.model, "{ … }")
            case Calls():
                for model in dict.fromkeys(each.models.values()):
                    yield part(model, " · ".join(model.calls()))
            case ColumnReader():
                yield from inside(each.types)
            case Items() | OneOrMany():
                yield from inside(each.item)
            case Entries():
                yield from inside(each.value)


def _setting(model: type[Settings], name: str, attribute: str, reader: Reader) -> Setting:
    info = model.model_fields[attribute]
    marks = [mark.what for mark in info.metadata if isinstance(mark, Affects)]
    value = None if info.is_required() else info.get_default(call_default_factory=True)
    default = value.kind if isinstance(value, Call) else None if info.is_required() else spell(value, reader)
    affects = marks[0] if marks else model.affects
    return Setting(
        name, reader.phrase, info.is_required(), default, affects, _field_docs(model).get(attribute, ""), reader
    )


def _doc(model: type[Settings]) -> str:
    return " ".join(inspect.getdoc(model).split()) if model.__doc__ else ""


@cache
def _field_docs(model: type[Settings]) -> dict[str, str]:
    """The text below each field, those of base classes included."""
    docs: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, Settings):
            docs.update(class_docs(base))
    return docs


@cache
def class_docs(model: type) -> dict[str, str]:
    """The text below each field that a class itself declares, on one line each."""
    source = Path(inspect.getsourcefile(model) or "").read_text(encoding="utf-8")
    classes = [
        node for node in ast.walk(_tree(source)) if isinstance(node, ast.ClassDef) and node.name == model.__name__
    ]
    docs = {}
    for field, text in zip(classes[0].body, classes[0].body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            docs[field.target.id] = " ".join(str(getattr(text.value, "value", "")).split())
    return docs


@cache
def _tree(source: str) -> ast.Module:
    return ast.parse(source)


# --- the page --------------------------------------------------------------------------------------------------


def page() -> str:
    intro = (Path(__file__).parent / "reference.md").read_text(encoding="utf-8")
    contents = "\n".join(f"- [{block.title}](#{block.title})" for block in blocks())
    return "\n".join([intro.replace("CONTENTS", contents), *(_block(block) for block in blocks())])


def _block(block: Part) -> str:
    lines = [f"## {block.title}", "", f"`{_header(block)}`", "", block.doc, ""]
    return "\n".join([*lines, *_table(block), *_details(block)])


def _header(block: Part) -> str:
    model: Any = block.model
    name = {"always": " NAME", "maybe": " [NAME]", "never": ""}[model.named]
    target = f" for {model.target.upper()}" if model.target else ""
    like = "" if model.named == "never" or (model.single and model.named != "maybe") else " [like OTHER]"
    return f"{block.title}{name}{target}{like} {{ … }}"


def _table(block: Part) -> list[str]:
    rows = ["| setting | type | default | affects | meaning |", "|---|---|---|---|---|"]
    for setting in (*block.settings, *([block.rest] if block.rest else [])):
        name = f"**{setting.name}**" if setting.required and setting is not block.rest else setting.name
        name = "*any name*" if setting is block.rest else name
        default = f"`{setting.default}`" if setting.default else ""
        cells = (name, setting.type, default, setting.affects, setting.doc)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return [*rows, ""]


def _details(block: Part) -> list[str]:
    """Inner blocks and calls, under the setting that takes them."""
    lines: list[str] = []
    for setting in (*block.settings, *([block.rest] if block.rest else [])):
        parts = {each.model: each for each in inside(setting.reader)}.values()
        if parts:
            lines += [f"### {block.title}.{setting.name}", ""]
            for each in parts:
                lines += _part(each)
    return lines


def _part(each: Part) -> list[str]:
    if not issubclass(each.model, Call):
        own = (*each.settings, *([each.rest] if each.rest else []))
        nested = [line for setting in own for found in inside(setting.reader) for line in _part(found)]
        return [each.doc, "", *_table(each), *nested]
    arguments = [_argument(setting, each.model) for setting in (*each.settings, *([each.rest] if each.rest else []))]
    lines = [f"- `{'`, `'.join(each.model.calls())}`: {each.doc}"]
    return [*lines, *(f"  - {argument}" for argument in arguments), ""]


def _argument(setting: Setting, model: type[Call]) -> str:
    by_position = " (by position)" if setting.name in model.positional else ""
    need = "required" if setting.required else f"default `{setting.default}`" if setting.default else "optional"
    name = "all others" if setting.name == model.rest else f"`{setting.name}`"
    return f"{name}{by_position}, {setting.type}, {need}: {setting.doc}"


if __name__ == "__main__":
    OUTPUT.write_text(page(), encoding="utf-8")
