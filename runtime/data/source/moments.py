"""Dates and times of Arrow as ISO 8601 texts, exact to their last digit."""

from __future__ import annotations

import datetime

import pyarrow as pa

from runtime.data.source.row import Unreadable

_A_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_DAY = 86_400
_BEYOND = Unreadable("a time that no calendar has (years are 1 to 9999)")

Written = str | Unreadable | None


def is_moment(type_: pa.DataType) -> bool:
    return pa.types.is_date(type_) or pa.types.is_time(type_) or pa.types.is_timestamp(type_)


def moments(array: pa.Array) -> list[Written]:
    """
    >>> moments(pa.array([1, 2**60, None], pa.timestamp("ns")))[0]
    '1970-01-01T00:00:00.000000001'
    """
    type_ = array.type
    counts = array.cast(pa.int32() if type_.bit_width == 32 else pa.int64()).to_pylist()
    if pa.types.is_date(type_):
        days = 1 if type_ == pa.date32() else _DAY * 1000
        return [_date(count, days) for count in counts]
    a_second = _A_SECOND[type_.unit]
    if pa.types.is_time(type_):
        return [_time(count, a_second) for count in counts]
    try:
        zone = pa.lib.string_to_tzinfo(type_.tz) if type_.tz is not None else None
    except (pa.ArrowException, ValueError, LookupError, OSError):
        unknown = Unreadable(f"a time in the unknown zone {type_.tz!r}")
        return [None if count is None else unknown for count in counts]
    return [_timestamp(count, a_second, zone) for count in counts]


def _date(count: int | None, a_day: int) -> Written:
    if count is None:
        return None
    try:
        return (_EPOCH + datetime.timedelta(days=count // a_day)).date().isoformat()
    except OverflowError:
        return _BEYOND


def _time(count: int | None, a_second: int) -> Written:
    if count is None:
        return None
    seconds, rest = divmod(count, a_second)
    return (_EPOCH + datetime.timedelta(seconds=seconds)).time().isoformat() + _fraction(rest, a_second)


def _timestamp(count: int | None, a_second: int, zone: datetime.tzinfo | None) -> Written:
    if count is None:
        return None
    seconds, rest = divmod(count, a_second)
    try:
        moment = _EPOCH + datetime.timedelta(seconds=seconds)
        text = moment.astimezone(zone).isoformat() if zone else moment.replace(tzinfo=None).isoformat()
    except (OverflowError, ValueError):
        return _BEYOND
    return text[:19] + _fraction(rest, a_second) + text[19:]


def _fraction(rest: int, a_second: int) -> str:
    """Of a second: none, six digits, or nine."""
    nanoseconds = rest * (10**9 // a_second)
    if nanoseconds % 1000:
        return f".{nanoseconds:09d}"
    return f".{nanoseconds // 1000:06d}" if nanoseconds else ""
