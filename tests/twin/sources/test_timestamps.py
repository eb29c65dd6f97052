"""Times of a log."""

from __future__ import annotations

import numpy as np
import pytest

from twin.sources.timestamps import is_number, parse_times

DAY = 86_400 * 10**9


@pytest.mark.parametrize("value", [1, 1.5, "1e3", " 2 "])
def test_numbers(value: object) -> None:
    assert is_number(value)


@pytest.mark.parametrize("value", [None, "x", "nan", "inf", [1]])
def test_no_numbers(value: object) -> None:
    assert not is_number(value)


def test_times_that_are_numbers() -> None:
    assert parse_times(["1.5", 2, " 3e2 "], dates=False).tolist() == [1.5, 2.0, 300.0]


@pytest.mark.parametrize(
    "text",
    [
        "1970-01-02 00:00:00.000000005",
        "1970-01-02T00:00:00.000000005Z",
        " 1970-01-02T00:00:00.000000005+00:00",
        "1970-01-02 00:00:00.000000005 UTC",
    ],
)
def test_dates_are_nanoseconds_since_1970(text: str) -> None:
    times = parse_times([text, text], dates=True)
    assert times.dtype == np.int64
    assert times.tolist() == [DAY + 5] * 2


def test_dates_with_offsets_and_without() -> None:
    texts = ["1970-01-02T02:00:00+02:00", "1970-01-02 00:00:00", "1970-01-01T23:00:00-01:00"]
    assert parse_times(texts, dates=True).tolist() == [DAY] * 3


@pytest.mark.parametrize(
    ("value", "dates"),
    [
        *(("x", False), ("nan", False), (None, False), (10**400, False), ("x", True)),
        *(("NaT", True), ("9999-12-31", True), ("1" * 400, True), ("20240531", True)),
    ],
)
def test_what_is_no_time(value: object, dates: bool) -> None:
    with pytest.raises((TypeError, ValueError)):
        parse_times([value], dates)
