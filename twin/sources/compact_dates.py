"""Dates and times of day without separators, such as 2024053118, which are numbers as well."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["clock_time", "compact_date"]

_DIGITS = (8, 10, 12, 14, 17)  # up to the day, the hour, the minute, the second, the millisecond
_YEARS = 1990, 2100
_SHORT_DIGITS = 12  # of a year of two digits, up to the second
_SHORT_YEARS = 15, 50
_LAST_SECOND = 235_959
_FEWEST = 8  # different times of day that are no chance
_LONGEST_MONTH = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def compact_date(numbers: NDArray[np.float64]) -> str:
    """The first of some numbers as a date, if all of them can be read as one; empty otherwise.

    Parameters
    ----------
    numbers : ndarray of shape (n,)
        Sorted, at least one.

    Returns
    -------
    str
        Such as ``2024-05-31 18h``.
    """
    digits = len(f"{numbers[0]:.0f}")
    if digits not in _DIGITS or len(f"{numbers[-1]:.0f}") != digits:
        return ""
    if digits != 14 and not np.all(numbers == np.rint(numbers)):  # seconds have fractions
        return ""
    whole = numbers.astype(np.int64) // 10 ** max(0, digits - 14)
    date = _date(whole, (min(digits, 14) - 4) // 2, _YEARS)
    if not date and digits == _SHORT_DIGITS:
        date = _date(whole, 5, _SHORT_YEARS)
        return date and f"20{date}"
    return date


def clock_time(numbers: NDArray[np.float64]) -> str:
    """The first of some numbers as a time of day, if all of them can be read as one.

    Seconds have 60 to 99 among their last digits sooner or later, times of day never.

    Parameters
    ----------
    numbers : ndarray of shape (n,)
        Sorted, at least one.

    Returns
    -------
    str
        Such as ``18:17:03``; empty for numbers within a minute or few, which tell nothing.
    """
    if numbers[0] < 0 or numbers[-1] > _LAST_SECOND:
        return ""
    whole = numbers.astype(np.int64)
    if whole[0] // 100 == whole[-1] // 100 or np.unique(whole).size < _FEWEST:
        return ""
    if np.any(whole % 100 > 59) or np.any(whole // 100 % 100 > 59):
        return ""
    return f"{whole[0] // 10_000:02d}:{whole[0] // 100 % 100:02d}:{whole[0] % 100:02d}"


def _date(whole: NDArray[np.int64], num_fields: int, years: tuple[int, int]) -> str:
    """The first of some numbers as a date, with so many fields of two digits behind its year."""
    rest, fields = whole, []  # from the last to the month
    for _ in range(num_fields):
        rest, field = np.divmod(rest, 100)
        fields.append(field)
    month, day, *clock = reversed(fields)
    good = (rest >= years[0]) & (rest <= years[1]) & (month >= 1) & (month <= 12)
    good &= (day >= 1) & (day <= _LONGEST_MONTH[np.clip(month, 1, 12) - 1])
    for field, most in zip(clock, (23, 59, 59), strict=False):
        good &= field <= most
    if not np.all(good):
        return ""
    time = ":".join(f"{field[0]:02d}" for field in clock)
    shown = f"{rest[0]}-{month[0]:02d}-{day[0]:02d}"
    return f"{shown} {time}{'h' * (len(clock) == 1)}" if clock else shown
