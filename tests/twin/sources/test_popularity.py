"""Shares of the requests."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.files.errors import InputError
from twin.sources.popularity import popularity_shares


@given(num_adapters=st.integers(1, 300), alpha=st.floats(0.0, 3.0))
def test_zipf_is_a_falling_distribution(num_adapters: int, alpha: float) -> None:
    shares = popularity_shares("zipf", num_adapters, alpha)
    assert shares.sum() == pytest.approx(1.0)
    assert np.all(shares > 0)
    assert np.all(np.diff(shares) <= 0)


def test_zipf_halves_by_the_second() -> None:
    shares = popularity_shares("zipf", 5, 1.0)
    np.testing.assert_allclose(shares[0] / shares, [1, 2, 3, 4, 5])


def test_uniform_and_given() -> None:
    np.testing.assert_allclose(popularity_shares("uniform", 4, 2.0), 0.25)
    np.testing.assert_allclose(popularity_shares("zipf", 4, 0.0), 0.25)
    np.testing.assert_allclose(popularity_shares([3, 1, 4.0], 3), [3 / 8, 1 / 8, 4 / 8])


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("zipf", 0), "num_adapters"),
        (("zipf", 5, -1.0), "zipf_alpha"),
        (("zipf", 5, math.nan), "zipf_alpha"),
        (("pareto", 5), "popularity"),
        (([1, 2], 3), "popularity"),
        (([], 1), "popularity"),
        (([1, 0], 2), r"popularity\[1\]"),
        (([-1, 1], 2), r"popularity\[0\]"),
        (([1, math.nan], 2), r"popularity\[1\]"),
        (([1, "x"], 2), r"popularity\[1\]"),
    ],
)
def test_wrong_popularity(arguments: tuple[Any, ...], key: str) -> None:
    with pytest.raises(InputError, match=f"^{key}: "):
        popularity_shares(*arguments)
