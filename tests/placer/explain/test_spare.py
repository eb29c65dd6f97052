"""Spare traffic of a GPU."""

from __future__ import annotations

import math

import pytest

import placer.explain.spare as spare

(SPARE,) = (getattr(spare, name) for name in spare.__all__)


@pytest.mark.parametrize(
    ("headroom", "expected"), [(0.25, 250.0), (0.0, 0.0), (math.inf, math.inf), (math.nan, 0.0)]
)
def test_it_is_the_headroom_of_what_is_offered(headroom: float, expected: float) -> None:
    assert SPARE(1000.0, headroom) == expected
