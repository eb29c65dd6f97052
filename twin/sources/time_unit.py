"""Unit of the times of a log, where they are numbers: told by what is certain, else asked for."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import InputError
from twin.sources.timestamps import SECONDS, TimeUnit

__all__ = ["find_unit", "unit_of_name"]

_SUFFIXES: dict[str, TimeUnit] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("ms", "msec", "millis", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("us", "usec", "micros", "microsecond", "microseconds"), "us"),
    **dict.fromkeys(("ns", "nsec", "nanos", "nanosecond", "nanoseconds"), "ns"),
}
_EPOCH = 946_684_800.0, 4_102_444_800.0  # seconds since 1970 from the year 2000 to 2100
_DAYS = 36_526.0, 73_050.0  # the same years in days, as spreadsheets count them
_COMPACT = re.compile(r"(19|20)\d{6}(\d{2}|\d{4}|\d{6}|\d{9})?")
_RATES = 0.01, 1000.0  # requests/s that a log has in the mean, if its unit is right
_LONG = 10_000.0  # span from which whole numbers may well be milliseconds
_ASK = "say time_unit=s, ms, us or ns (at the command line: workload.columns.time_unit=...)"


def unit_of_name(column: str) -> TimeUnit | None:
    """Unit that the name of a column ends with, such as ``timestamp_ms``; None for none."""
    last = re.split(r"[\s_.\-()\[\]]+", column.strip().strip(")]").lower())[-1]
    return _SUFFIXES.get(last) if last != column.lower() else None


def find_unit(
    where: str, column: str, times: NDArray[np.float64], *, milliseconds: bool = False
) -> TimeUnit:
    """Unit of sorted times that are numbers.

    Certain are the unit in a column's name, times since 1970 in any unit between the years 2000
    and 2100, and a mean rate that makes sense in seconds and in no other unit.

    Parameters
    ----------
    where, column : str
        File and column, for the message.
    times : ndarray of shape (n,)
        As they stand in the log.
    milliseconds : bool
        Whether the log has a format in which whole numbers are milliseconds.

    Raises
    ------
    InputError
        If the unit is not certain, or the numbers are days or dates without separators.
    """
    named = unit_of_name(column)
    if named is not None:
        return named
    first, span = float(times[0]), float(times[-1] - times[0])
    place = f"{where}, {column}"
    for unit, seconds in SECONDS.items():
        if _EPOCH[0] <= first * seconds <= _EPOCH[1]:
            return unit  # type: ignore[return-value]  # a key of SECONDS
    whole = bool(np.all(times == np.rint(times)))
    if whole and _is_compact_date(first):
        raise InputError(
            place,
            f"{first:.0f} looks like a date without separators",
            "write dates as 2024-05-31 18:17:03.5",
        )
    rate = times.size / span if span > 0 else np.inf
    if _DAYS[0] <= first <= _DAYS[1] and rate > _RATES[1]:
        raise InputError(
            place,
            f"{first!r} looks like days, as a spreadsheet counts them",
            "write dates as 2024-05-31 18:17:03.5",
        )
    if whole and milliseconds:
        return "ms"
    if not _RATES[0] <= rate <= _RATES[1] or (whole and rate < 1 and span >= _LONG):
        raise InputError(place, f"in which unit it is is not certain: {_rates(rate)}", _ASK)
    return "s"


def _rates(rate: float) -> str:
    """What the mean rate would be in the units that come into question."""
    shown = [f"{rate / SECONDS[unit]:.4g} requests/s in {unit}" for unit in ("s", "ms", "us")]
    return ", ".join(shown)


def _is_compact_date(number: float) -> bool:
    text = f"{number:.0f}"
    if not _COMPACT.fullmatch(text):
        return False
    padded = f"{text[:14]:0<14}"
    try:
        datetime.strptime(padded, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return False
    return len(text) > len("20240531")  # eight digits are seconds or milliseconds as well
