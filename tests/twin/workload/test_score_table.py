"""Tabulated inverse CDFs follow the distribution that they were made of."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, lognorm, norm

from twin.workload.score_table import score_table, tokens_of_uniforms

SCORES = np.linspace(-6, 6, 2049)
LINEAR = 1e6 + 1e5 * SCORES  # tokens that tell the score


def two_in_one(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Numbers whose upper and lower digits are those of two numbers."""
    return (np.floor(first * 2.0**26) + second) * 2.0**-26


def scores_of(tokens: np.ndarray) -> np.ndarray:
    return (tokens - 1e6) / 1e5


def test_table_is_the_quantile_function_at_normal_scores() -> None:
    table = score_table(lambda p: 1000 * p)
    assert table.shape == (2049,)
    np.testing.assert_allclose(table, np.maximum(1000 * norm.cdf(SCORES), 1), rtol=1e-12)


def test_lengths_are_scaled_and_kept_in_range() -> None:
    table = score_table(lambda p: np.where(p < 0.5, 0.0, 1e300), scale=3.0)
    assert set(table) == {1.0, 2.0**30}
    assert set(score_table(lambda p: np.full_like(p, 5.0), scale=3.0)) == {15.0}


def test_digits_become_the_normal_scores_of_two_probabilities() -> None:
    tail = 2.0 ** -np.arange(1, 25, 0.25)
    p = np.concatenate((tail, np.linspace(0.001, 0.999, 5001), 1 - tail))
    q = np.random.default_rng(0).permutation(p)
    prompt, output = tokens_of_uniforms(two_in_one(p, q), 0.0, LINEAR, LINEAR)
    inside = (p > 2.0**-20) & (p < 1 - 2.0**-20)  # 26 digits cannot tell much more
    np.testing.assert_allclose(scores_of(prompt[inside]), norm.ppf(p[inside]), atol=0.01)
    inside = (q > 2.0**-20) & (q < 1 - 2.0**-20)
    np.testing.assert_allclose(scores_of(output[inside]), norm.ppf(q[inside]), atol=0.01)
    near = (p > 1e-4) & (p < 1 - 1e-4)
    np.testing.assert_allclose(scores_of(prompt[near]), norm.ppf(p[near]), atol=1e-4)


def test_ends_of_the_range() -> None:
    ends = np.array([0.0, np.nextafter(1.0, 0.0)])
    for correlation in (0.0, 0.7, -0.7):
        prompt, output = tokens_of_uniforms(ends, correlation, LINEAR, LINEAR)
        low, high = scores_of(prompt)
        assert -6 <= low < -5.3
        assert 5.3 < high <= 6
        assert np.all(np.abs(scores_of(output)) <= 6)


def test_scores_are_normal() -> None:
    numbers = np.random.default_rng(5).random(100_000)
    for tokens in tokens_of_uniforms(numbers, 0.6, LINEAR, LINEAR):
        assert kstest(scores_of(tokens), "norm").pvalue > 0.01


@pytest.mark.parametrize("correlation", [-1.0, -0.28, 0.0, 0.9, 1.0])
def test_scores_get_the_correlation(correlation: float) -> None:
    numbers = np.random.default_rng(0).random(50_000)
    prompt, output = tokens_of_uniforms(numbers, correlation, LINEAR, LINEAR)
    assert np.corrcoef(prompt, output)[0, 1] == pytest.approx(correlation, abs=0.02)


def test_moments_of_a_lognormal() -> None:
    model = lognorm(s=0.8, scale=200)
    table = score_table(model.ppf)
    numbers = np.random.default_rng(1).random(200_000)
    for sample in tokens_of_uniforms(numbers, 0.0, table, table):
        assert sample.mean() == pytest.approx(model.mean(), rel=0.01)
        assert sample.std() == pytest.approx(model.std(), rel=0.03)
        assert np.median(sample) == pytest.approx(model.median(), rel=0.01)
