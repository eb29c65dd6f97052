"""Units of times: what is certain is taken, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from twin.files.errors import InputError
from twin.sources.time_unit import find_unit, unit_of_name

GAPS = np.arange(400) * 0.25  # four requests a second


@pytest.mark.parametrize(
    ("column", "unit"),
    [
        ("timestamp", None),
        ("timestamp_ms", "ms"),
        ("Time (s)", "s"),
        ("start.ns", "ns"),
        ("arrival_time_seconds", "s"),
        ("ms", None),
        ("request_start_us", "us"),
        ("items", None),
    ],
)
def test_the_name_of_a_column_may_tell(column: str, unit: str | None) -> None:
    assert unit_of_name(column) == unit


@pytest.mark.parametrize(("unit", "factor"), [("s", 1.0), ("ms", 1e3), ("us", 1e6), ("ns", 1e9)])
def test_times_since_1970_are_certain_in_any_unit(unit: str, factor: float) -> None:
    assert find_unit("log", "timestamp", np.rint((1.75e9 + GAPS) * factor)) == unit


def test_fractions_at_a_usual_rate_are_seconds() -> None:
    assert find_unit("log", "timestamp", GAPS + 0.036) == "s"
    assert find_unit("log", "timestamp", GAPS + 0.036, "ms") == "s"
    assert find_unit("log", "timestamp", np.arange(100) * 25.5) == "s"


def test_whole_numbers_are_seconds_where_milliseconds_make_no_sense() -> None:
    assert find_unit("log", "timestamp", np.repeat(np.arange(100.0), 4)) == "s"
    assert find_unit("log", "timestamp", np.array([0.0, 2.0, 9.0])) == "s"


def test_whole_numbers_of_mooncake_are_milliseconds() -> None:
    assert find_unit("log", "timestamp", np.rint(GAPS * 1000), "ms") == "ms"


@pytest.mark.parametrize(
    "times",
    [
        np.rint(GAPS * 1000),  # 0.004 requests/s in seconds, 4 in milliseconds
        GAPS * 1e3 + 0.5,
        GAPS * 1e6,
        np.arange(2000.0) * 40,  # 0.025 or 25
        GAPS / 3600,  # hours: 14,400 requests/s
        GAPS / 60,  # minutes: 240 requests/s
        np.arange(100) * 26.0,  # 0.04 or 40, over 42 minutes or 2.5 s
        np.arange(2000) * 25.5,  # 0.04 or 40
        1e15 + GAPS * 1e9,  # nanoseconds since the start of a machine, 12 days ago
    ],
)
def test_what_is_not_certain_is_asked_for(times: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"log, timestamp: in which unit .* say time_unit=s, ms"):
        find_unit("log", "timestamp", times)


@pytest.mark.parametrize("times", [GAPS * 10, np.arange(100.0) * 2])
def test_milliseconds_of_a_format_are_asked_about_where_their_rate_is_odd(
    times: np.ndarray,
) -> None:
    with pytest.raises(InputError, match="in which unit it is is not certain"):
        find_unit("log", "timestamp", np.rint(times), "ms")  # 400 and 500 requests/s


def test_whole_seconds_in_the_columns_of_a_format_in_milliseconds_are_seconds() -> None:
    assert find_unit("log", "timestamp", np.repeat(np.arange(100.0), 4), "ms") == "s"


def test_a_name_that_is_wrong_is_asked_about() -> None:
    with pytest.raises(InputError, match=r"says ms, but 1750000000 is 2025-06-15 .* is s since"):
        find_unit("log", "timestamp_ms", 1.75e9 + GAPS)
    with pytest.raises(InputError, match="its name says s, but 1750000000000 is 2025-06-15"):
        find_unit("log", "time (s)", 1.75e12 + GAPS)
    assert find_unit("log", "timestamp_ms", 1.75e12 + GAPS) == "ms"


def test_times_of_day_are_asked_about() -> None:
    clock = np.array([91455 + i for i in range(5)] + [91500 + i for i in range(9)], float)
    with pytest.raises(InputError, match=r"91455 looks like a time of day .* 09:14:55; write"):
        find_unit("log", "timestamp", clock)


def test_the_seconds_of_a_format_are_certain() -> None:
    assert find_unit("log", "Timestamp", np.arange(2000.0) * 40, "s") == "s"
    assert find_unit("log", "Timestamp", GAPS * 3600, "s") == "s"


@pytest.mark.parametrize(("unit", "factor"), [("s", 1.0), ("ms", 1e3), ("ns", 1e9)])
def test_times_in_the_future_are_asked_about(unit: str, factor: float) -> None:
    with pytest.raises(
        InputError, match=rf"is in the future, 2049-03-22 04:26, if it is {unit} .* time_unit=s"
    ):
        find_unit("log", "timestamp", np.rint((2.5e9 + GAPS) * factor))


def test_few_requests_since_1970_are_asked_about() -> None:
    with pytest.raises(InputError, match=r"is 2024-06-15 .* s since 1970; 0.005\d* requests/s"):
        find_unit("log", "timestamp", 1_718_452_800 + np.arange(40) * 205.0)


@pytest.mark.parametrize(
    ("column", "words"), [("time_min", "minutes"), ("Time (hours)", "hours"), ("t.day", "days")]
)
def test_other_units_in_a_name_are_refused(column: str, words: str) -> None:
    with pytest.raises(InputError, match=f"its name says that it is in {words}; write it in sec"):
        find_unit("log", column, GAPS)


@pytest.mark.parametrize("digits", [10, 12, 14])
def test_what_may_be_a_date_or_a_time_is_asked_about(digits: int) -> None:
    dates = np.array([20240531181703, 20240531195959, 20240601000000]) // 10 ** (14 - digits)
    with pytest.raises(
        InputError, match=r"looks like a date without separators, 2024-05-31 18.* time_unit=s"
    ):
        find_unit("log", "timestamp", dates.astype(float))
    assert find_unit("log", "timestamp_s", dates.astype(float)) == "s"


def test_days_of_a_spreadsheet_and_dates_without_separators_are_refused_by_their_names() -> None:
    with pytest.raises(InputError, match="looks like days, as a spreadsheet counts them"):
        find_unit("log", "timestamp", 45_430 + GAPS / 86_400)
    with pytest.raises(InputError, match="looks like days, as a spreadsheet counts them"):
        find_unit("log", "timestamp", 45_430 + np.arange(400) * 90 / 86_400)  # 960 in seconds
    assert find_unit("log", "timestamp", 45_430 + GAPS) == "s"
    with pytest.raises(InputError, match="20240531181703 looks like a date without separators"):
        find_unit("log", "timestamp", 20_240_531_181_703.0 + np.arange(30))
