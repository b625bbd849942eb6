"""Which comment belongs to what: beside an item on its line, on a line of its own, or beside an opening bracket."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from recipe_lang.source import Source, Span
from recipe_lang.syntax.tree import Argument, Body, Call, Comment, File, Item, ListValue, Setting, Value

Child: TypeAlias = Item | Argument | Value


@dataclass(slots=True)
class Entry:
    """One thing on a line of its own in a body or between brackets: a node, or a comment."""

    node: Child | Comment
    beside: Comment | None = None
    blank_before: bool = False


@dataclass(slots=True)
class Arranged:
    """What stands between two brackets or braces, or in a file."""

    opening: Comment | None = None
    """The comment beside the opening bracket."""
    entries: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class Comments:
    """The comments of a file by place."""

    source: Source
    all: Sequence[Comment]
    starts: list[int]

    @classmethod
    def of(cls, file: File) -> Comments:
        return cls(file.source, file.comments, [comment.span.start for comment in file.comments])

    def within(self, span: Span) -> Sequence[Comment]:
        return self.all[bisect_left(self.starts, span.start) : bisect_left(self.starts, span.end)]

    @classmethod
    def none(cls, source: Source) -> Comments:
        return cls(source, (), [])


def inside(node: Child | Body) -> Span | None:
    """The part of a node in which comments have lines of their own: its body or what its brackets hold."""
    match node:
        case Body() | ListValue():
            return node.span
        case Call():
            return Span(node.path.span.end, node.span.end)
        case Argument() | Setting():
            return inside(node.value)
        case _:
            return getattr(getattr(node, "body", None), "span", None)


def arrange(children: Sequence[Child], span: Span, comments: Comments, *, is_file: bool = False) -> Arranged:
    """Lays out the children of a body, a list or a call in lines, each comment with its line.

    A comment within a child where no line could hold it, such as inside a comparison, goes before that child.
    """
    arranged = Arranged()
    entries = arranged.entries
    waiting = deque(comments.within(span))
    last = span.start

    def add(node: Child | Comment, start: int) -> None:
        blank = bool(entries) and comments.source.text.count("\n", last, start) > 1
        entries.append(Entry(node, blank_before=blank))

    for child in (*children, None):
        while waiting and waiting[0].span.start < (child.span.start if child else span.end):
            comment = waiting.popleft()
            beside = "\n" not in comments.source.text[last : comment.span.start]
            if beside and entries and not isinstance(entries[-1].node, Comment):
                entries[-1].beside = comment
            elif beside and not entries and not is_file:
                arranged.opening = comment
            else:
                add(comment, comment.span.start)
            last = comment.span.end
        if child is None:
            break
        own = inside(child)
        while waiting and waiting[0].span.start < child.span.end:
            comment = waiting.popleft()
            if own is None or not own.start <= comment.span.start < own.end:
                add(comment, max(last, child.span.start))
                last = child.span.start
        add(child, max(last, child.span.start))
        last = child.span.end
    return arranged
