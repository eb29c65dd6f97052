"""Unit of the times of a log, where they are numbers: told by what is certain, else asked for."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import InputError
from twin.sources.compact_dates import clock_time, compact_date
from twin.sources.timestamps import SECONDS, TimeUnit

__all__ = ["find_unit", "unit_of_name"]

_SUFFIXES: dict[str, TimeUnit] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("ms", "msec", "millis", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("us", "usec", "micros", "microsecond", "microseconds"), "us"),
    **dict.fromkeys(("ns", "nsec", "nanos", "nanosecond", "nanoseconds"), "ns"),
}
_OTHER_SUFFIXES = {
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "minutes"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hours"),
    **dict.fromkeys(("day", "days"), "days"),
}
_EPOCH = 946_684_800.0, 4_102_444_800.0  # seconds since 1970 from the year 2000 to 2100
_YEAR = 366 * 86_400.0
_DAYS = 36_526.0, 73_050.0  # the same years in days, as spreadsheets count them
_DAYS_RATE = 10.0  # requests/s, were it seconds, from which days are more likely
_RATES = 0.01, 100.0  # requests/s that a log has in the mean, if its unit is right
_LONG = 10_000.0, 2000.0  # spans from which numbers, or whole ones, may well be milliseconds
_WRITE_DATES = "write dates as 2024-05-31 18:17:03.5"
_UNCERTAIN = "in which unit it is is not certain"
_ASK = (
    "say time_unit=s, ms, us or ns (at the command line: workload.columns.time_unit=...), "
    "or write it in seconds"
)


def unit_of_name(column: str) -> TimeUnit | None:
    """Unit that the name of a column ends with, such as ``timestamp_ms``; None for none."""
    return _SUFFIXES.get(_suffix(column))


def _suffix(column: str) -> str:
    """Last word of a column's name that has several."""
    last = re.split(r"[\s_.\-()\[\]]+", column.strip().strip(")]").lower())[-1]
    return last if last != column.lower() else ""


def find_unit(
    where: str, column: str, times: NDArray[np.float64], usual: TimeUnit | None = None
) -> TimeUnit:
    """Unit of sorted times that are numbers.

    Certain are the unit in a column's name, that of a known format, times since 1970 in any unit
    between the year 2000 and today, and a mean rate that makes sense in seconds and in no other
    unit. Milliseconds of a format are certain where the mean rate makes sense in them.

    Parameters
    ----------
    where, column : str
        File and column, for the message.
    times : ndarray of shape (n,)
        As they stand in the log.
    usual : {"s", "ms", "us", "ns"} or None
        Unit of the log's format; of whole numbers only where it is milliseconds.

    Raises
    ------
    InputError
        If the unit is not certain, or the numbers may be days, dates without separators, or times
        in the future.
    """
    named, place = unit_of_name(column), f"{where}, {column}"
    if named is not None:
        _refuse_other_moment(place, named, float(times[0]))
        return named
    if other := _OTHER_SUFFIXES.get(_suffix(column)):
        raise InputError(place, f"its name says that it is in {other}", "write it in seconds")
    _refuse_dates(place, times)
    span = float(times[-1] - times[0])
    rate = times.size / span if span > 0 else np.inf
    if since_1970 := _since_1970(place, float(times[0]), rate):
        return since_1970
    whole = bool(np.all(times == np.rint(times)))
    may_be_usual = usual is not None and (whole or usual != "ms")
    if usual == "s" or (usual and may_be_usual and rate / SECONDS[usual] <= _RATES[1]):
        return usual
    short = span < _LONG[whole] and not may_be_usual
    if not _RATES[0] <= rate <= _RATES[1] or not (rate >= 1 or short):
        raise InputError(place, f"{_UNCERTAIN}: {_rates(rate)}", _ASK)
    return "s"


def _refuse_other_moment(place: str, named: TimeUnit, first: float) -> None:
    """Refuse a unit in a column's name where a time is a moment of our days in another one."""
    for unit, seconds in SECONDS.items():
        if unit != named and _EPOCH[0] <= first * seconds <= time.time() + _YEAR:
            moment = datetime.fromtimestamp(first * seconds, UTC)
            problem = f"its name says {named}, but {first:.0f} is {moment:%Y-%m-%d %H:%M} if it is"
            raise InputError(place, f"{problem} {unit} since 1970", _ASK)


def _refuse_dates(place: str, times: NDArray[np.float64]) -> None:
    """Refuse numbers that may be dates."""
    first, last = float(times[0]), float(times[-1])
    if date := compact_date(times):
        raise InputError(
            place,
            f"{first:.0f} looks like a date without separators, {date}",
            f"{_WRITE_DATES}; if it is a time, {_ASK}",
        )
    if clock := clock_time(times):
        raise InputError(
            place,
            f"{first:.0f} looks like a time of day without separators, {clock}",
            f"{_WRITE_DATES}; if it is a time, {_ASK}",
        )
    days = _DAYS[0] <= first and last <= _DAYS[1]
    if days and times.size > _DAYS_RATE * (last - first):
        raise InputError(
            place,
            f"{first!r} looks like days, as a spreadsheet counts them",
            f"{_WRITE_DATES}; if it is a time, {_ASK}",
        )


def _since_1970(place: str, first: float, rate: float) -> TimeUnit | None:
    """Unit in which a time is a moment of our days; None for none.

    Raises
    ------
    InputError
        If it is in the future, or so few requests come in this unit that another one is likely.
    """
    for unit, seconds in SECONDS.items():
        if not _EPOCH[0] <= first * seconds <= _EPOCH[1]:
            continue
        moment = datetime.fromtimestamp(first * seconds, UTC)
        if first * seconds > time.time() + _YEAR:
            problem = f"{first:.0f} is in the future, {moment:%Y-%m-%d %H:%M}, if it is {unit}"
            raise InputError(place, f"{problem} since 1970", _ASK)
        if rate / seconds < _RATES[0]:
            hint = f"{first:.0f} is {moment:%Y-%m-%d %H:%M} if it is {unit} since 1970"
            raise InputError(place, f"{_UNCERTAIN}: {hint}; {_rates(rate)}", _ASK)
        return unit
    return None


def _rates(rate: float) -> str:
    """What the mean rate would be in each unit."""
    return ", ".join(f"{rate / SECONDS[unit]:.4g} requests/s in {unit}" for unit in SECONDS)
