"""Shares within a target."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from estimators.quantiles import share_within

latencies = st.floats(1e-3, 100.0)


@given(st.lists(latencies, min_size=3, max_size=3, unique=True).map(sorted))
def test_exact_at_the_quantiles(quantiles: list[float]) -> None:
    shares = [share_within(target, *quantiles) for target in quantiles]
    assert shares == pytest.approx([0.5, 0.9, 0.99])


@given(st.lists(latencies, min_size=3, max_size=3).map(sorted), latencies, st.floats(1.0, 10.0))
def test_a_longer_target_takes_in_no_fewer(
    quantiles: list[float], target: float, factor: float
) -> None:
    share = share_within(target, *quantiles)
    assert 0 <= share <= share_within(factor * target, *quantiles) + 1e-12 <= 1 + 1e-12


def test_the_share_of_a_log_normal_latency() -> None:
    sample = np.exp(np.random.default_rng(0).normal(-1.0, 0.8, 200_000))
    quantiles = np.quantile(sample, (0.5, 0.9, 0.99))
    for target in (0.1, 0.3, 1.0, 2.0, 5.0):
        share = share_within(target, *quantiles)
        assert share == pytest.approx(float(np.mean(sample <= target)), abs=0.005)


def test_edges() -> None:
    assert share_within(0.0, 1.0, 2.0, 3.0) == 0.0
    assert share_within(1.0, 1.0, 1.0, 1.0) == 1.0
    assert share_within(0.9, 1.0, 1.0, 1.0) == 0.0
    assert math.isnan(share_within(1.0, math.nan, 2.0, 3.0))


def test_at_the_quantiles_and_beyond_them_it_is_the_normal_distribution() -> None:
    quantiles = [math.exp(float(ndtri(share))) for share in (0.5, 0.9, 0.99)]
    for share in (0.3, 0.7, 0.95, 0.999):
        target = math.exp(float(ndtri(share)))
        assert share_within(target, *quantiles) == pytest.approx(share, rel=1e-14)
