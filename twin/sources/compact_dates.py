"""Dates without separators, such as 2024053118, which are numbers as well."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["compact_date"]

_DIGITS = (8, 10, 12, 14, 17)  # up to the day, the hour, the minute, the second, the millisecond
_YEARS = 1990, 2100
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
    if not np.all(numbers == np.rint(numbers)):
        return ""
    rest = numbers.astype(np.int64) // 10 ** max(0, digits - 14)
    fields = []  # from the last to the month
    for _ in range((min(digits, 14) - 4) // 2):
        rest, field = np.divmod(rest, 100)
        fields.append(field)
    month, day, *clock = reversed(fields)
    good = (rest >= _YEARS[0]) & (rest <= _YEARS[1]) & (month >= 1) & (month <= 12)
    good &= (day >= 1) & (day <= _LONGEST_MONTH[np.clip(month, 1, 12) - 1])
    for field, most in zip(clock, (23, 59, 59), strict=False):
        good &= field <= most
    if not np.all(good):
        return ""
    time = ":".join(f"{field[0]:02d}" for field in clock)
    shown = f"{rest[0]}-{month[0]:02d}-{day[0]:02d}"
    return f"{shown} {time}{'h' * (len(clock) == 1)}" if clock else shown
