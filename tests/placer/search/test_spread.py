"""Whole numbers that are farther and farther apart."""

from __future__ import annotations

import numpy as np
import pytest

from placer.search.spread import spread


@pytest.mark.parametrize("number", [2, 7, 300])
def test_they_are_those_of_numpy(number: int) -> None:
    for most in (*range(1, 500), 999, 1000, 1001, 9_999, 10_000, 123_456):
        expected = np.unique(np.geomspace(1, most, number).astype(np.int64))
        np.testing.assert_array_equal(spread(most, number), expected)
