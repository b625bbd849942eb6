"""A Jinja text cut into what it prints, its tags and its literal text, so that parts can be moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from recipe_lang.importers.promptsource.read import NotConvertible
from recipe_lang.jinja.positions import Parsed, Token, TooDeep, Unreadable, lex, parse

_BEGIN = {"variable_begin": "print", "block_begin": "tag", "comment_begin": "comment", "raw_begin": "raw"}
_END = {"variable_end", "block_end", "comment_end", "raw_end"}
_SILENT = {"whitespace", *_BEGIN, *_END}


@dataclass(frozen=True, slots=True)
class Segment:
    """`text` is as it is written, braces included; `words` are the tokens inside the braces."""

    kind: Literal["data", "print", "tag", "comment", "raw"]
    text: str
    words: tuple[Token, ...] = ()

    @property
    def tag(self) -> str:
        """The name of a tag, `if` or `endif`; empty for anything else."""
        return self.words[0].text if self.kind == "tag" and self.words else ""

    @property
    def blank(self) -> bool:
        return self.kind == "comment" or (self.kind == "data" and not self.text.strip())

    @property
    def inside(self) -> str:
        """What stands between the braces of something printed, or behind the name of a tag."""
        words = self.words[1:] if self.kind == "tag" else self.words
        if not words:
            return ""
        first = self.words[0].start
        lead = self.text.index(self.words[0].text)
        return self.text[lead + words[0].start - first : lead + words[-1].end - first]


def tree(text: str, *, expression: bool = False) -> Parsed:
    """Raises: NotConvertible."""
    try:
        return parse(text, expression=expression)
    except Unreadable as error:
        raise NotConvertible(f"Jinja cannot read it: {error.message}") from None
    except TooDeep:
        raise NotConvertible("it is nested too deeply") from None


def tokens(text: str, *, expression: bool = False) -> list[Token]:
    """Raises: NotConvertible."""
    try:
        return list(lex(text, expression=expression))
    except Unreadable as error:
        raise NotConvertible(f"Jinja cannot read it: {error.message}") from None


def cut(text: str) -> list[Segment]:
    """Raises: NotConvertible."""
    segments: list[Segment] = []
    begin: Token | None = None
    words: list[Token] = []
    at = 0
    for token in tokens(text):
        if token.kind in _BEGIN and begin is None:
            if token.start > at:
                segments.append(Segment("data", text[at : token.start]))
            begin, words = token, []
        elif token.kind in _END and begin is not None:
            segments.append(Segment(_BEGIN[begin.kind], text[begin.start : token.end], tuple(words)))  # type: ignore[arg-type]
            begin, at = None, token.end
        elif begin is not None and token.kind not in _SILENT:
            words.append(token)
    if at < len(text):
        segments.append(Segment("data", text[at:]))
    return segments


def joined(segments: Sequence[Segment]) -> str:
    return "".join(segment.text for segment in segments)


def names(segments: Sequence[Segment]) -> set[str]:
    """Every word inside braces that can be a variable."""
    return {word.text for segment in segments for word in segment.words if word.kind == "name"}


Change = Callable[[Token, Token | None, Token | None], str | None]


def single_quoted(text: str, *, expression: bool = False) -> str:
    """The text with Jinja's quotes turned into those that a text on one line need not escape."""

    def change(word: Token, before: Token | None, after: Token | None) -> str | None:
        turn = word.kind == "string" and word.text[0] == '"' and not set(word.text[1:-1]) & set("'\\")
        return f"'{word.text[1:-1]}'" if turn else None

    return replaced(text, change, expression=expression)


def replaced(text: str, change: Change, *, expression: bool = False) -> str:
    """The text with words inside braces changed; `change` gets a word and its neighbours, None leaves it."""
    found = tokens(text, expression=expression)
    words = [token for token in found if token.kind not in _SILENT and token.kind != "data"]
    parts: list[str] = []
    at = 0
    for number, word in enumerate(words):
        before = words[number - 1] if number else None
        after = words[number + 1] if number + 1 < len(words) else None
        new = change(word, before, after)
        if new is not None:
            parts += [text[at : word.start], new]
            at = word.end
    return "".join([*parts, text[at:]])


def depths(segments: Sequence[Segment]) -> Iterator[int]:
    """How many blocks each segment stands in; the tags of a block stand outside it."""
    depth = 0
    for segment in segments:
        if segment.tag.startswith("end") or segment.tag in ("else", "elif"):
            depth -= 1
        yield depth
        if opens(segment) or segment.tag in ("else", "elif"):
            depth += 1


def opens(segment: Segment) -> bool:
    if segment.tag == "set":
        return not any(word.text == "=" for word in segment.words)
    return segment.tag in ("if", "for", "macro", "filter", "call", "with", "block")
