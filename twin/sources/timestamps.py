"""Times of a log: numbers or dates, many at once."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["SECONDS", "TimeUnit", "is_number", "parse_times"]

TimeUnit = Literal["s", "ms", "us", "ns"]

SECONDS: dict[TimeUnit, float] = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
"""Length of each unit in seconds."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = "1700", "2250"
_UTC_SUFFIXES = ("Z", "+00:00", " UTC")


def is_number(value: object) -> bool:
    """Whether a field holds a finite number, as text or as such."""
    if isinstance(value, bool):
        return False
    try:
        return math.isfinite(float(value))  # type: ignore[arg-type]  # anything may stand in a file
    except (TypeError, ValueError, OverflowError):
        return False


def parse_times(values: Sequence[object], dates: bool) -> NDArray[np.float64] | NDArray[np.int64]:
    """Times of consecutive rows.

    Parameters
    ----------
    values : sequence
        Fields as they stand in the file.
    dates : bool
        Whether they are dates, in ISO 8601, rather than numbers. A date without an offset is
        taken as UTC.

    Returns
    -------
    ndarray of shape (n,)
        Nanoseconds since 1970 (int64) for dates, or the numbers.

    Raises
    ------
    ValueError, TypeError
        If a value cannot be understood; which one, trying them one by one tells.
    """
    if not dates:
        if any(isinstance(value, bool) for value in values):
            raise ValueError("true is no number")
        try:
            numbers = np.array(list(map(float, values)))  # type: ignore[arg-type]  # it raises
        except OverflowError:
            raise ValueError("not finite") from None
        if not np.all(np.isfinite(numbers)):
            raise ValueError("not finite")
        return numbers
    texts = [str(value).strip() for value in values]
    for suffix in _UTC_SUFFIXES:
        if texts[0].endswith(suffix) and all(text.endswith(suffix) for text in texts):
            texts = [text.removesuffix(suffix) for text in texts]
    ends = texts[:1] + texts[-1:]
    if not any("+" in text or text.endswith("Z") or text.count("-") > 2 for text in texts):
        if any(not _YEARS[0] <= text[:4] <= _YEARS[1] or text[4:5].isdigit() for text in ends):
            raise ValueError("nanoseconds do not reach so far")
        moments = _moments(texts)
        if np.any(np.isnat(moments)):
            raise ValueError("not a time")
        return moments.astype(np.int64)
    return np.array([_nanoseconds(datetime.fromisoformat(text)) for text in texts])


def _moments(texts: list[str]) -> NDArray[np.datetime64]:
    with warnings.catch_warnings():  # what numpy says of a zone that it takes off a text
        warnings.simplefilter("error")
        try:
            return np.array(texts, dtype="datetime64[ns]")
        except UserWarning:
            raise ValueError("what follows the time is no zone") from None


def _nanoseconds(moment: datetime) -> int:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000
