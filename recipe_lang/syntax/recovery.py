"""How reading goes on after a mistake. Each repair returns the index of the token to go on with.

Panic mode: the parser's stacks are cut back to where a value or an item is expected, a node that stands for what
could not be read goes there, and the tokens up to the end of that setting or line are skipped. A setting keeps its
name and gets a `Broken` value; a block with a broken header keeps its body; any other line is `LOST`, inside a block
at least: at the top of a file its name is kept, because other lines may use it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from lark import Token, Tree

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.source import Span
from recipe_lang.syntax.builder import LOST, MENDED, name_of
from recipe_lang.syntax.lexer import CLOSER, CLOSING, OPENING, line_indentation, make
from recipe_lang.syntax.reading import Reading, closes, header_at, is_token, matching_brace, open_brackets, setting_at
from recipe_lang.syntax.tree import Block, Body, Broken, Import, Path, Setting, TextValue

Repair: TypeAlias = Callable[[Reading, int], int]
Mistake: TypeAlias = tuple[Diagnostic, Repair]

_ENDS = ("NEWLINE", "RBRACE", "$END")


def skip(reading: Reading, index: int) -> int:
    """As if the token were not there."""
    return index + 1


def drop_last(reading: Reading, index: int) -> int:
    """As if the last token taken were not there."""
    _cut(reading, len(reading.values) - 1)
    reading.previous -= 1
    return index


def skip_to(target: int) -> Repair:
    return lambda reading, index: target


def rename(name: str, end: int) -> Repair:
    """As if the last name, and what follows it up to the token at `end`, were another name."""

    def repair(reading: Reading, index: int) -> int:
        start = reading.values[-1].start_pos
        reading.values[-1] = make("NAME", name, start, reading.tokens[end].end_pos)
        return end + 1

    return repair


def skip_line(reading: Reading, index: int) -> int:
    """As if the line ended before the token, where it may end."""
    return _end_of_line(reading, index) if "NEWLINE" in reading.parser.accepts() else panic(reading, index)


def insert(kind: str, text: str) -> Repair:
    """As if a token stood before this one, where the grammar takes it; once only, then panic."""

    def repair(reading: Reading, index: int) -> int:
        if reading.inserted == index or kind not in reading.parser.accepts():
            return panic(reading, index)
        reading.inserted = index
        reading.feed(make(kind, text, reading.tokens[index].start_pos, reading.tokens[index].start_pos))
        return index

    return repair


def replace(kind: str, value: Any = None) -> Repair:
    """As if the token were of another type; `value` is what it then stands for."""

    def repair(reading: Reading, index: int) -> int:
        token = reading.tokens[index]
        reading.tokens[index] = make(kind, str(token), token.start_pos)
        reading.tokens[index].value = str(token) if value is None else value
        return index

    return repair


def broken_value(reading: Reading, index: int) -> int:
    """As if the value that is missing before this token were there; the `=` that announces it stands for it."""
    announced = reading.last
    _push(reading, "value", Broken(Span(announced.start_pos, announced.end_pos)))
    return index


def compare(first: int, last: int, kind: str, sign: str) -> Repair:
    """As if another sign stood in place of two tokens, of which the parser may have taken the first."""

    def repair(reading: Reading, index: int) -> int:
        if first < index:
            _cut(reading, len(reading.values) - 1)
        reading.feed(make(kind, sign, reading.tokens[first].start_pos, reading.tokens[last].end_pos))
        reading.previous = last
        return last + 1

    return repair


def name_import(alias: str) -> Repair:
    """As if `as alias` stood before the token."""

    def repair(reading: Reading, index: int) -> int:
        at = reading.tokens[reading.previous].end_pos
        for kind, text in (("AS", "as"), ("NAME", alias)):
            reading.feed(make(kind, text, at, at))
        return index

    return repair


def as_block(reading: Reading, index: int) -> int:
    """`name = {` as `name {`."""
    at = setting_at(reading.values)
    path = reading.values[at - 1]
    _cut(reading, at - 1)
    if len(path.parts) > 1:
        _push(reading, "setting", LOST)
        return matching_brace(reading.tokens, index) + 1
    return _enter(reading, index, [_token(path)])


def split_before(reading: Reading, index: int) -> int:
    """The last token taken begins a line of its own."""
    at = setting_at(reading.values)
    _break(reading, at, reading.previous)
    reading.feed(make("NEWLINE", "", reading.tokens[reading.previous].start_pos))
    return reading.previous


def equals_before(reading: Reading, index: int) -> int:
    """The last token taken, the second word of a line, is a value."""
    _cut(reading, len(reading.values) - 1)
    reading.feed(make("EQUAL", "", reading.tokens[reading.previous].start_pos))
    return reading.previous


def close_brackets(reading: Reading, index: int) -> int:
    """As if the brackets that are open here were closed at the end of their setting; once, then panic."""
    at = setting_at(reading.values)
    outermost = open_brackets(reading.values)[-1]
    if at is None or outermost.start_pos in reading.closed:
        return panic(reading, index)
    reading.closed.add(outermost.start_pos)
    tokens = reading.tokens
    opened = next(i for i, token in enumerate(tokens) if token is outermost)
    resume = _dedent(reading, outermost, index)
    missing: list[Token] = []
    for token in tokens[opened:resume]:
        if token.type in OPENING:
            missing.insert(0, make(*CLOSER[token.type], token.start_pos))
        elif missing and token.type == missing[0].type:
            del missing[0]
    end = next(token.end_pos for token in reversed(tokens[:resume]) if token.type not in ("NEWLINE", "COMMENT"))
    tokens[resume:resume] = [make(token.type, str(token), end, end) for token in missing]
    first = reading.values[at + 1]
    start = first.start_pos if isinstance(first, Token) else first.span.start
    _cut(reading, at + 1)
    return next(i for i, token in enumerate(tokens) if token.start_pos == start and token.end_pos > start)


def panic(reading: Reading, index: int) -> int:
    at = setting_at(reading.values)
    if at is not None:
        resume = _end_of_value(reading, index)
        _break(reading, at, resume)
        return resume
    if not reading.is_file:
        return len(reading.tokens)
    return _panic_item(reading, index)


def panic_from(target: int) -> Repair:
    """As if the mistake stood at a later token, up to which all belongs to it."""
    return lambda reading, index: panic(reading, target)


def _cut(reading: Reading, size: int) -> list[Any]:
    """Takes the stacks back to `size` values; returns the others."""
    state = reading.parser.parser_state
    taken = state.value_stack[size:]
    del state.value_stack[size:]
    del state.state_stack[size + 1 :]
    return taken


def _push(reading: Reading, symbol: str, node: Any) -> None:
    """As if a nonterminal had just been read."""
    state = reading.parser.parser_state
    state.state_stack.append(state.parse_conf.states[state.state_stack[-1]][symbol][1])
    state.value_stack.append(node)


def _break(reading: Reading, at: int, resume: int) -> None:
    """Gives the setting whose `=` stands at `at` on the stack a value that is known to be broken."""
    _cut(reading, at + 1)
    start = reading.values[at].end_pos
    _push(reading, "value", Broken(Span(start, max(start, reading.tokens[resume - 1].end_pos))))


def _end_of_value(reading: Reading, index: int) -> int:
    """Where the setting ends that a token stands in."""
    tokens = reading.tokens
    opened = open_brackets(reading.values)
    if opened:
        after = closes(tokens, index, len(opened))
        if after is None:
            return _dedent(reading, opened[-1], index)
        index = after
    return _end_of_line(reading, index)


def _dedent(reading: Reading, bracket: Token, index: int) -> int:
    """Where an unclosed bracket ends: before a line that is not indented deeper than the bracket's own one."""
    tokens, text = reading.tokens, reading.source.text
    indentation = line_indentation(text, bracket.start_pos)
    opened = next(at for at, token in enumerate(tokens) if token is bracket)
    line_end = None
    for at in range(opened + 1, len(tokens)):
        kind = tokens[at].type
        if kind == "NEWLINE":
            line_end = at
            following = tokens[at + 1]
            if following.type in CLOSING or following.type == "COMMENT":
                continue
            if line_indentation(text, following.start_pos) <= indentation:
                return at
        elif kind == "LBRACE":
            return index if line_end is None else line_end
        elif kind in ("RBRACE", "$END"):
            return at
    return len(tokens) - 1


def _end_of_line(reading: Reading, index: int) -> int:
    """The end of the line, or what ends a setting before it; brackets and braces that open on it are passed over."""
    tokens = reading.tokens
    commas = any(is_token(value, "LBRACE") for value in reading.values)
    while tokens[index].type not in _ENDS and not (commas and tokens[index].type == "COMMA"):
        kind = tokens[index].type
        if kind == "LBRACE":
            index = matching_brace(tokens, index)
            if tokens[index].type == "$END":
                return index
        elif kind in OPENING:
            index = (closes(tokens, index + 1, 1) or index + 1) - 1
        index += 1
    return index


def _panic_item(reading: Reading, index: int) -> int:
    """Leaves the line; where it opens a block, reads that block with what is known of its header."""
    if "NEWLINE" in reading.parser.accepts():
        reading.feed(make("NEWLINE", "", reading.tokens[index].start_pos))
    header = _cut_to_item(reading)
    tokens = reading.tokens
    if not header and tokens[index].type == "IMPORT":
        end = _end_of_line(reading, index)
        reading.imports += _salvage_import(tokens[index:end])
        return end
    if is_token(header[0] if header else None, "IMPORT"):
        end = _end_of_line(reading, index)
        imports = _salvage_import([*header, *tokens[index:end]])
        _push(reading, "import" if imports else "setting", imports[0] if imports else LOST)
        return end
    kind = is_token(header[0] if header else None, "NAME")
    brace = index
    while tokens[brace].type not in (*_ENDS, "LBRACE"):
        brace += 1
    if kind and tokens[brace].type == "LBRACE":
        return _enter(reading, brace, [token for token in header[:2] if is_token(token, "NAME")])
    end = _end_of_line(reading, index)
    outermost = not any(is_token(value, "LBRACE") for value in reading.values)
    _push(reading, *_remains(header, outermost))
    return end


def _cut_to_item(reading: Reading) -> list[Any]:
    """Takes the stacks back to where an item is expected; returns what the parser held of the line's own header."""
    if is_token(reading.values[-1] if reading.values else None, "NEWLINE", "COMMA"):
        separator = reading.values[-1]
        reading.feed(make("NEWLINE", "", separator.end_pos))  # makes the parser reduce what stands before it
        _cut(reading, len(reading.values) - 1)
        return []
    return _cut(reading, header_at(reading.parser.parser_state))


def _enter(reading: Reading, brace: int, names: list[Token]) -> int:
    """Goes on inside the block that opens at `brace`."""
    for token in names:
        reading.feed(token)
    opening = make("LBRACE", "{", reading.tokens[brace].start_pos)
    opening.value = MENDED
    reading.feed(opening)
    return brace + 1


def _remains(header: list[Any], outermost: bool) -> tuple[str, Any]:
    """The symbol and node that keep the name of a line of a file that could not be read."""
    match header if outermost else ():
        case [Token(type="NAME") as kind, Token(type="NAME") as name, *_]:
            end = Span(name.end_pos, name.end_pos)
            body = Body((), end, complete=False)
            return "block", Block(
                name_of(kind), name_of(name), None, body, Span(kind.start_pos, name.end_pos), broken=True
            )
        case [Token(type="NAME") as word, *rest]:
            dotted = [token for part in rest if isinstance(part, Tree) for token in part.children]
            names = [name_of(token) for token in (word, *dotted) if is_token(token, "NAME")]
            path = Path(tuple(names), names[0].span | names[-1].span)
        case [Path() as path, *_]:
            pass
        case _:
            return "setting", LOST
    return "setting", Setting(path, Broken(Span(path.span.end, path.span.end)), path.span)


def _salvage_import(tokens: list[Any]) -> list[Import]:
    """The alias of an import that could not be read, so that what uses it is not reported too."""
    tokens = [token for token in tokens if isinstance(token, Token)]
    names = [token for token in tokens if token.type == "NAME"]
    if not names:
        return []
    whole = Span(tokens[0].start_pos, tokens[-1].end_pos)
    text = next((token.value for token in tokens if isinstance(token.value, TextValue)), Broken(whole))
    return [Import(text, name_of(names[-1]), whole)]


def _token(path: Path) -> Token:
    return make("NAME", path.text, path.span.start)
