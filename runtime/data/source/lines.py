"""jsonl (one JSON object a line) and text (one text a line, in the column `text`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from runtime.data.source.open import SourceFile, open_bytes
from runtime.data.source.row import SourceRow, Values, WrittenFloat, repeated

DEEPEST = 64
"""Levels of lists and objects in one value: what is read here is walked in many places, and data has ten."""
_TOO_DEEP = f"nested deeper than {DEEPEST} levels"
_ONE_LIST = " (a file that is one list is read by `json(…)`)"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_jsonl(file: SourceFile) -> Iterator[SourceRow]:
    """Empty lines are no rows. A line is broken on its own: also its encoding ends no other one."""
    number = 0
    with open_bytes(file) as stream:
        for line, raw in enumerate(stream, start=1):
            text = raw.removeprefix(_BYTE_ORDER_MARK).strip()
            if not text:
                continue
            number += 1
            try:
                value = parse_json(text.decode())
            except UnicodeDecodeError:
                yield SourceRow(number, line, None, "not UTF-8")
            except ValueError as error:
                yield SourceRow(number, line, None, f"not valid JSON: {error}{_ONE_LIST if text == b'[' else ''}")
            else:
                if isinstance(value, dict):
                    yield SourceRow(number, line, value)
                else:
                    yield SourceRow(number, line, None, "not a JSON object" + _ONE_LIST * isinstance(value, list))


def read_text(file: SourceFile) -> Iterator[SourceRow]:
    with open_bytes(file) as stream:
        for line, raw in enumerate(stream, start=1):
            raw = raw.removeprefix(_BYTE_ORDER_MARK) if line == 1 else raw
            try:
                yield SourceRow(line, line, {"text": raw.decode().rstrip("\r\n")})
            except UnicodeDecodeError:
                yield SourceRow(line, line, None, "not UTF-8")


def parse_json(text: str) -> Any:
    """JSON without Python's extensions, at most `DEEPEST` levels of it. Raises ValueError, with a message that has no
    position of its own."""
    value = decode_json(text)
    if text.count("[") + text.count("{") > DEEPEST:
        verify_depth(value)
    return value


def decode_json(text: str) -> Any:
    """`parse_json` of any depth that Python reads."""
    try:
        return _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at character {error.pos + 1}") from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def verify_depth(value: Any) -> None:
    """Raises ValueError."""
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [part for each in level for part in _parts(each)]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _refuse(literal: str) -> Any:
    raise ValueError(f"{literal} is not a JSON value")


def _once(pairs: list[tuple[str, Any]]) -> Values:
    parsed = dict(pairs)
    if len(parsed) < len(pairs):
        raise ValueError(f"the key {repeated(name for name, _ in pairs)!r} stands twice")
    return parsed


_decoder = json.JSONDecoder(parse_float=WrittenFloat, parse_constant=_refuse, object_pairs_hook=_once)
