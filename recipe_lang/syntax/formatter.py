"""The canonical layout of a recipe.

Only the space between words changes, and which of them share a line: texts and numbers stay as they are written, and
every comment stays with its line. The order of items stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
FARTHEST = 72
"""The last column, counted from 0, to which a longer line takes the comments of its neighbours along."""


@dataclass(slots=True)
class Line:
    code: str
    comment: str = ""
    column: int = 0
    """Where the comment beside it begins, if it has neighbours."""

    def __str__(self) -> str:
        gap = max(2, self.column - len(self.code)) if self.code and self.comment else 0
        return f"{self.code}{' ' * gap}{self.comment}\n"


def format_file(file: File) -> str:
    """The canonical text of a recipe, with `\\n` line ends and without a byte-order mark, as in `Source.text`.

    Raises `ValueError` for a tree of a text with syntax errors: what could not be read cannot be written.
    """
    if not file.body.complete:
        raise ValueError("a file with syntax errors has no canonical layout")
    return "".join(map(str, _body(file.body, 0, Comments.of(file), is_file=True)))


# Bodies.


def _body(body: Body, indent: int, comments: Comments, *, is_file: bool = False) -> list[Line]:
    arranged = arrange(body.items, body.span, comments, is_file=is_file)
    parts = [_entry(entry, indent, comments) for entry in arranged.entries]
    _align(arranged.entries, parts)
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


def _align(entries: Sequence[Entry], parts: Sequence[list[Line]]) -> None:
    """Aligns, of neighbours of one line each, the `=` of settings or arguments, then the comments beside them."""
    for run in _runs(entries, parts, lambda entry: _name(entry.node) is not None):
        names = [_name(entry.node) or "" for entry, _ in run]
        width = max(map(len, names))
        for name, (_, line) in zip(names, run, strict=True):
            at = line.code.index(name) + len(name)
            line.code = line.code[:at] + " " * (width - len(name)) + line.code[at:]
    for run in _runs(entries, parts, lambda entry: True):
        ends = [len(line.code) + 2 for _, line in run if line.comment]
        for _, line in run:
            line.column = max((end for end in ends if end <= FARTHEST), default=0)


def _runs(
    entries: Sequence[Entry], parts: Sequence[list[Line]], belongs: Callable[[Entry], bool]
) -> Iterator[list[tuple[Entry, Line]]]:
    """Neighbours of one line each; comments on lines of their own do not part them."""
    run: list[tuple[Entry, Line]] = []
    for entry, part in zip(entries, parts, strict=True):
        comment = isinstance(entry.node, Comment)
        single = len(part) == 1 and not comment and belongs(entry)
        if run and (entry.blank_before or not (single or comment)):
            yield run
            run = []
        if single:
            run.append((entry, part[0]))
    if run:
        yield run


def _name(node: object) -> str | None:
    """What stands before the `=` of a setting or an argument."""
    match node:
        case Setting(path=path):
            return path.text
        case Argument(name=name) if name is not None:
            return name.text
    return None


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
    parts: list[list[Line]] = []
    for entry in arranged.entries:
        if isinstance(entry.node, Comment):
            parts.append([Line("", " " * inner + entry.node.text.rstrip())])
            continue
        named = isinstance(entry.node, Argument) and entry.node.name
        prefix = " " * inner + (f"{named.text} = " if named else "")
        value = entry.node.value if isinstance(entry.node, Argument) else entry.node
        part = _prefixed(prefix, _value(value, inner, len(prefix) + 1, comments))
        part[-1].code += ","
        parts.append(_beside(part, entry))
    _align(arranged.entries, parts)
    for entry, part in zip(arranged.entries, parts, strict=True):
        lines += [*([Line("")] if entry.blank_before else []), *part]
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
