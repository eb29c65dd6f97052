"""Means with intervals of confidence."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from placer.report.comparison.statistics import Mean, mean_of, paired_difference


@pytest.mark.parametrize("n", [2, 3, 5, 20])
def test_the_interval_is_that_of_student(n: int) -> None:
    values = np.random.default_rng(n).normal(3.0, 2.0, n)
    mean = mean_of(values)
    assert mean is not None
    low, high = stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))
    assert (mean.low, mean.high, mean.n) == (pytest.approx(low), pytest.approx(high), n)


def test_known_values() -> None:
    mean = mean_of([1.0, 2.0, 3.0, 4.0, 5.0])  # t = 2.776 with 4 degrees of freedom
    assert mean is not None
    assert (mean.mean, mean.half_width) == (3.0, pytest.approx(2.776 * 0.7071, abs=1e-3))


def test_the_interval_holds_the_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    found = [mean_of(rng.normal(1.0, 3.0, 5)) for _ in range(2000)]
    held = [abs(mean.mean - 1.0) <= mean.half_width for mean in found if mean and mean.half_width]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


def test_one_value_has_no_interval_and_none_no_mean() -> None:
    one = mean_of([4.0])
    assert one == Mean(4.0, None, 1)
    assert (one.low, one.high, one.excludes_zero) == (None, None, False)
    assert mean_of([]) is None


def test_pairs_take_out_what_both_have() -> None:
    conditions = np.random.default_rng(1).normal(0.0, 50.0, 6)
    noise = np.random.default_rng(2).normal(0.0, 0.1, 6)
    pairs = list(zip(conditions + 1 + noise, conditions, strict=True))
    difference = paired_difference(pairs)
    assert difference is not None
    test = stats.ttest_rel(conditions + 1 + noise, conditions).confidence_interval()
    assert (difference.low, difference.high) == (pytest.approx(test.low), pytest.approx(test.high))
    assert difference.excludes_zero
    assert difference.mean == pytest.approx(1.0, abs=0.2)


def test_equal_values_differ_by_nothing() -> None:
    same = mean_of([-2.0, -2.0, -2.0])
    assert same == Mean(-2.0, 0.0, 3)
    assert same.excludes_zero
    assert not Mean(0.0, 0.0, 3).excludes_zero
