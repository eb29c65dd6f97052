"""Numbers that can be read as dates, or as times of day."""

from __future__ import annotations

import numpy as np
import pytest

from twin.sources.compact_dates import clock_time, compact_date


@pytest.mark.parametrize(
    ("numbers", "date"),
    [
        ([20240531, 20240601], "2024-05-31"),
        ([2024053118, 2024060100], "2024-05-31 18h"),
        ([202405311817, 202405312359], "2024-05-31 18:17"),
        ([20240531181703, 20240531181759], "2024-05-31 18:17:03"),
        ([20240531181703123, 20240531181759000], "2024-05-31 18:17:03"),
        ([20240229], "2024-02-29"),
        ([2024053118, 2024053124], ""),  # no such hour
        ([2024053118, 2024053199], ""),
        ([20241301], ""),
        ([20240230], ""),
        ([20240531181760], ""),
        ([19891231], ""),
        ([21010101], ""),
        ([20240531.5], ""),
        ([20240531181703.25, 20240531181759.5], "2024-05-31 18:17:03"),
        ([240531181703, 240531235959], "2024-05-31 18:17:03"),
        ([240531181703, 240531181763], ""),
        ([991231235959, 991231235959], ""),
        ([20240531, 202406010], ""),  # of different lengths
        ([0.0, 5.0], ""),
        ([1718452800, 1718452900], ""),
        ([-20240531, 5], ""),
        ([1e300, 1e300], ""),
    ],
)
def test_dates_and_what_is_none(numbers: list[float], date: str) -> None:
    assert compact_date(np.array(numbers, np.float64)) == date


@pytest.mark.parametrize(
    ("numbers", "time"),
    [
        ([91455 + i for i in range(5)] + [91500 + i for i in range(9)], "09:14:55"),
        ([900 + i / 4 for i in range(240)] + [1000 + i / 4 for i in range(9)], "00:09:00"),
        ([900 + i / 4 for i in range(500)], ""),  # seconds
        ([91500 + i for i in range(60)], ""),  # within a minute either reading is the same
        ([91459, 91500], ""),  # too few to tell
        ([235950 + i for i in range(9)] + [236000], ""),
        ([-5.0, 100.0], ""),
        ([5950 + i for i in range(10)] + [6000 + i for i in range(10)], ""),
    ],
)
def test_times_of_day_and_what_is_none(numbers: list[float], time: str) -> None:
    assert clock_time(np.array(numbers, np.float64)) == time
