"""The canonical layout of a recipe.

Only the space between words changes, and which of them share a line: texts and numbers stay as they are written, and
every comment stays with its line. The order of items stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from recipe_lang.source import Source, Span
from recipe_lang.syntax.comments import Arranged, Comments, Entry, arrange, inside
from recipe_lang.syntax.leaves import block_indentation, block_lines
from recipe_lang.syntax.tree import (
    Argument,
    Block,
    Body,
    BoolValue,
    Broken,
    Call,
    Comment,
    Comparison,
    File,
    Import,
    ListValue,
    NoneValue,
    Path,
    PercentValue,
    Quantity,
    RangeValue,
    Setting,
    TextValue,
    Value,
)

WIDTH = 100
"""Columns above which a list or a call is broken into lines."""
INDENT = 2
MARGIN = 42
"""The column of comments beside short lines, counted from 0."""
FARTHEST = 72
"""The last column to which a longer line takes the comments of its neighbours along."""


@dataclass(slots=True)
class Line:
    code: str
    comment: str = ""


def format_file(file: File) -> str:
    """The canonical text of a recipe, with `\\n` line ends and without a byte-order mark, as in `Source.text`.

    Raises `ValueError` for a tree of a text with syntax errors: what could not be read cannot be written.
    """
    if not file.body.complete:
        raise ValueError("a file with syntax errors has no canonical layout")
    lines = _body(file.body, 0, Comments.of(file), is_file=True)
    _align_comments(lines)
    return "".join(f"{line.code}{line.comment}\n" for line in lines)


def _align_comments(lines: Sequence[Line]) -> None:
    """Puts the comments of neighbouring lines into one column, and all of them into the margin where they fit."""
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and lines[end].code and lines[end].comment:
            end += 1
        own = (len(line.code) + 2 for line in lines[start:end])
        column = max((MARGIN, *(at for at in own if at <= FARTHEST)))
        for line in lines[start:end]:
            line.comment = " " * max(2, column - len(line.code)) + line.comment
        start = max(end, start + 1)


# Bodies.


def _body(body: Body, indent: int, comments: Comments, *, is_file: bool = False) -> list[Line]:
    arranged = arrange(body.items, body.span, comments, is_file=is_file)
    parts = [_entry(entry, indent, comments) for entry in arranged.entries]
    _align_settings(arranged.entries, parts)
    if is_file:
        _separate_blocks(arranged.entries, parts)
    lines: list[Line] = []
    for entry, part in zip(arranged.entries, parts, strict=True):
        if entry.blank_before:
            lines.append(Line(""))
        lines += part
    return lines


def _entry(entry: Entry, indent: int, comments: Comments) -> list[Line]:
    """The lines of one item or comment of a body."""
    margin = " " * indent
    match entry.node:
        case Comment(text=text):
            return [Line("", margin + text.rstrip())]
        case Import() as item:
            lines = [Line(f"{margin}import {_flat(item.path, comments.source)} as {item.alias.text}")]
        case Setting() as item:
            prefix = f"{margin}{item.path.text} = "
            lines = _prefixed(prefix, _value(item.value, indent, len(prefix), comments))
        case Block() as item:
            lines = _block(item, indent, comments)
        case node:
            raise TypeError(f"{type(node).__name__} is no item")
    return _beside(lines, entry)


def _block(block: Block, indent: int, comments: Comments) -> list[Line]:
    margin = " " * indent
    words = [block.kind.text, *([block.name.text] if block.name else [])]
    paths = {"for": block.target, "like": block.like}
    words += [part for word, path in paths.items() if path for part in (word, path.text)]
    header = margin + " ".join(words)
    short = _short_body(block.body, comments)
    if short is not None and len(header) + 1 + len(short) <= WIDTH:
        return [Line(f"{header} {short}")]
    opening = arrange(block.body.items, block.body.span, comments).opening
    lines = [Line(f"{header} {{", opening.text.rstrip() if opening else "")]
    return [*lines, *_body(block.body, indent + INDENT, comments), Line(f"{margin}}}")]


def _short_body(body: Body, comments: Comments) -> str | None:
    """A body on the line of its header: an empty one, or one of settings only that was written so."""
    if comments.within(body.span):
        return None
    if not body.items:
        return "{}"
    if "\n" in comments.source.slice(body.span) or not all(isinstance(item, Setting) for item in body.items):
        return None
    settings = (f"{item.path.text} = {_flat(item.value, comments.source)}" for item in body.settings)
    return f"{{ {', '.join(settings)} }}"


def _align_settings(entries: Sequence[Entry], parts: Sequence[list[Line]]) -> None:
    """Aligns the `=` of neighbouring settings of one line each; comments between them do not part them."""
    for run in _runs(entries, parts):
        width = max(len(setting.path.text) for setting, _ in run)
        for setting, line in run:
            at = line.code.index(setting.path.text) + len(setting.path.text)
            line.code = line.code[:at] + " " * (width - len(setting.path.text)) + line.code[at:]


def _runs(entries: Sequence[Entry], parts: Sequence[list[Line]]) -> Iterator[list[tuple[Setting, Line]]]:
    run: list[tuple[Setting, Line]] = []
    for entry, part in zip(entries, parts, strict=True):
        single = isinstance(entry.node, Setting) and len(part) == 1
        if run and (entry.blank_before or not (single or isinstance(entry.node, Comment))):
            yield run
            run = []
        if single:
            run.append((entry.node, part[0]))
    if run:
        yield run


def _separate_blocks(entries: Sequence[Entry], parts: Sequence[list[Line]]) -> None:
    """Puts an empty line before and after every block of several lines, above the comments that belong to it."""
    for at, entry in enumerate(entries):
        if not isinstance(entry.node, Block) or len(parts[at]) == 1:
            continue
        first = at
        while first > 0 and isinstance(entries[first - 1].node, Comment) and not entries[first].blank_before:
            first -= 1
        if first > 0:
            entries[first].blank_before = True
        if at + 1 < len(entries):
            entries[at + 1].blank_before = True


# Values.


def _value(value: Value, indent: int, before: int, comments: Comments) -> list[Line]:
    """The lines of a value: the first one goes on after `before` columns, the others are whole."""
    flat = _flat(value, comments.source)
    own = inside(value)
    if flat is not None and not (own and comments.within(own)) and before + len(flat) <= WIDTH:
        return [Line(flat)]
    match value:
        case TextValue(block=True):
            return _text_block(value, indent + INDENT, comments.source)
        case Call():
            return _brackets(value.arguments, f"{value.path.text}(", ")", own, indent, comments)
        case ListValue():
            return _brackets(value.items, "[", "]", own, indent, comments)
        case Comparison(left=Call()):
            # Comments within a comparison stand before it already.
            lines = _value(value.left, indent, before, Comments.none(comments.source))
            lines[-1].code += f" {value.operator} {_flat(value.right, comments.source)}"
            return lines
    return [Line(flat or "")]


def _brackets(
    children: Sequence[Argument | Value], opening: str, closing: str, span: Span, indent: int, comments: Comments
) -> list[Line]:
    arranged: Arranged = arrange(children, span, comments)
    lines = [Line(opening, arranged.opening.text.rstrip() if arranged.opening else "")]
    inner = indent + INDENT
    for entry in arranged.entries:
        if entry.blank_before:
            lines.append(Line(""))
        if isinstance(entry.node, Comment):
            lines.append(Line("", " " * inner + entry.node.text.rstrip()))
            continue
        named = isinstance(entry.node, Argument) and entry.node.name
        prefix = " " * inner + (f"{named.text} = " if named else "")
        value = entry.node.value if isinstance(entry.node, Argument) else entry.node
        part = _prefixed(prefix, _value(value, inner, len(prefix) + 1, comments))
        part[-1].code += ","
        lines += _beside(part, entry)
    return [*lines, Line(" " * indent + closing)]


def _text_block(value: TextValue, indent: int, source: Source) -> list[Line]:
    raw = source.slice(value.span)
    cut = len(block_indentation(raw))
    margin = " " * indent
    texts = [line.text[cut:] for line in block_lines(raw, value.span.start)]
    return [Line('"""'), *(Line(margin + text if text else "") for text in texts), Line(f'{margin}"""')]


def _prefixed(prefix: str, lines: list[Line]) -> list[Line]:
    lines[0].code = prefix + lines[0].code
    return lines


def _beside(lines: list[Line], entry: Entry) -> list[Line]:
    if entry.beside:
        lines[-1].comment = entry.beside.text.rstrip()
    return lines


def _flat(value: Value | Argument, source: Source) -> str | None:
    """A value on one line, without its comments; None where a text block stands in it."""
    match value:
        case TextValue(block=False):
            return source.slice(value.span)
        case Quantity(text=text, unit=unit):
            return f"{text} {unit.text}" if unit else text
        case PercentValue(text=text):
            return f"{text}%"
        case RangeValue(texts=(low, high)):
            return f"{low}..{high}"
        case BoolValue(value=truth):
            return "true" if truth else "false"
        case NoneValue():
            return "none"
        case Path(text=text):
            return text
        case Argument(name=name, value=inner):
            flat = _flat(inner, source)
            return f"{name.text} = {flat}" if name and flat is not None else flat
        case Call(path=path, arguments=arguments):
            return _joined(f"{path.text}(", arguments, ")", source)
        case ListValue(items=items):
            return _joined("[", items, "]", source)
        case Comparison(left=left, operator=operator, right=right):
            flat = _flat(left, source)
            return None if flat is None else f"{flat} {operator} {_flat(right, source)}"
        case Broken():
            raise ValueError("a file with syntax errors has no canonical layout")
    return None


def _joined(opening: str, children: Sequence[Value | Argument], closing: str, source: Source) -> str | None:
    parts = [_flat(child, source) for child in children]
    return None if None in parts else opening + ", ".join(parts) + closing
