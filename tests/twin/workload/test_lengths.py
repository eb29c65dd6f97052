"""Length models: moments, correlation, bounds."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from twin.files.errors import InputError
from twin.workload.lengths import (
    CopulaLengths,
    EmpiricalPairs,
    FixedLength,
    LengthDistribution,
    LengthModel,
    LogNormalLength,
    QuantileLength,
)

DISTRIBUTIONS: list[LengthDistribution] = [
    FixedLength(250),
    LogNormalLength(200.0, 50.0),
    LogNormalLength(1000.0, 1500.0),
    QuantileLength((0.0, 0.25, 0.5, 1.0), (4.0, 20.0, 100.0, 1000.0)),
    QuantileLength((0.0, 0.5, 0.501, 1.0), (10.0, 12.0, 900.0, 910.0)),
]
MODELS: list[LengthModel] = [
    CopulaLengths(DISTRIBUTIONS[1], DISTRIBUTIONS[3]),
    CopulaLengths(DISTRIBUTIONS[1], DISTRIBUTIONS[3], -0.4, 0.95),
    CopulaLengths(DISTRIBUTIONS[2], FixedLength(7)),
    EmpiricalPairs([1, 2, 300], [5, 6, 7]),
]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=repr)
def test_moments_belong_to_the_inverse_cdf(distribution: LengthDistribution) -> None:
    u = (np.arange(1_000_000) + 0.5) / 1_000_000
    tokens = distribution.quantile(u)
    assert np.all(np.diff(tokens) >= 0)
    assert tokens.mean() == pytest.approx(distribution.mean, rel=1e-3)
    assert tokens.std() == pytest.approx(distribution.std, rel=5e-3, abs=1e-9)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=repr)
def test_sampled_lengths_have_the_moments(distribution: LengthDistribution) -> None:
    model = CopulaLengths(distribution, distribution, 0.3)
    for tokens in model.sample(400_000, np.random.default_rng(0)):
        assert tokens.mean() == pytest.approx(distribution.mean, rel=0.01)
        assert tokens.std() == pytest.approx(distribution.std, rel=0.02, abs=1e-9)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=repr)
def test_sampled_lengths_have_the_quantiles(distribution: LengthDistribution) -> None:
    tokens, _ = CopulaLengths(distribution, FixedLength(1)).sample(
        400_000, np.random.default_rng(1)
    )
    for u in (0.01, 0.1, 0.3, 0.7, 0.9, 0.99):
        low, high = distribution.quantile(np.array([max(u - 0.003, 0.001), u + 0.003]))
        assert low - 0.5 <= np.quantile(tokens, u) <= high + 0.5


@pytest.mark.parametrize("correlation", [-0.8, -0.3, 0.0, 0.5])
def test_copula_has_the_correlation(correlation: float) -> None:
    model = CopulaLengths(LogNormalLength(500, 300), LogNormalLength(200, 300), correlation)
    prompt, output = model.sample(200_000, np.random.default_rng(0))
    expected = 6 / math.pi * math.asin(correlation / 2)  # rank correlation of normal variables
    assert spearmanr(prompt, output).statistic == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_models_state_their_own_moments(model: LengthModel) -> None:
    prompt, output = model.sample(300_000, np.random.default_rng(0))
    assert prompt.mean() == pytest.approx(model.prompt_mean, rel=0.01)
    assert prompt.std() == pytest.approx(model.prompt_std, rel=0.03, abs=1e-9)
    assert output.mean() == pytest.approx(model.output_mean, rel=0.01)
    assert output.std() == pytest.approx(model.output_std, rel=0.03, abs=1e-9)


@pytest.mark.parametrize("model", MODELS, ids=repr)
@given(n=st.integers(0, 50), seed=st.integers(0, 99))
def test_every_length_is_at_least_one(model: LengthModel, n: int, seed: int) -> None:
    for tokens in model.sample(n, np.random.default_rng(seed)):
        assert tokens.shape == (n,)
        assert tokens.dtype == np.int32
        assert np.all(tokens >= 1)


@given(
    mean=st.floats(1.0, 1e5),
    variation=st.floats(0.01, 5.0),
    correlation=st.floats(-0.95, 0.95),
    scale=st.floats(0.01, 1.0),
)
def test_any_log_normal_copula(
    mean: float, variation: float, correlation: float, scale: float
) -> None:
    distribution = LogNormalLength(mean, mean * variation)
    model = CopulaLengths(distribution, distribution, correlation, scale)
    prompt, output = model.sample(100, np.random.default_rng(0))
    assert min(prompt.min(), output.min()) >= 1
    assert model.output_mean == pytest.approx(mean * scale)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_models_are_values(model: LengthModel) -> None:
    copy = pickle.loads(pickle.dumps(model))
    assert copy == model
    assert hash(copy) == hash(model)
    for one, two in zip(
        *(m.sample(9, np.random.default_rng(0)) for m in (model, copy)), strict=True
    ):
        np.testing.assert_array_equal(one, two)


def test_different_models_differ() -> None:
    assert len(set(MODELS)) == len(MODELS)


def test_a_replaced_parameter_changes_the_lengths() -> None:
    model = CopulaLengths(FixedLength(10), FixedLength(20))
    assert replace(model, output_scale=0.5).sample(1, np.random.default_rng(0))[1][0] == 10


def test_quantiles_of_a_sample() -> None:
    sample = np.random.default_rng(0).integers(1, 1000, 50_000)
    table = QuantileLength.from_samples(sample)
    assert table.mean == pytest.approx(sample.mean(), rel=0.005)
    assert table.std == pytest.approx(sample.std(), rel=0.005)


@pytest.mark.parametrize("size", [1, 100, 20_000])
def test_quantiles_of_a_long_tail(size: int) -> None:
    sample = np.random.default_rng(0).lognormal(5.0, 1.2, size)
    table = QuantileLength.from_samples(sample)
    assert table.mean == pytest.approx(sample.mean(), rel=0.02)
    assert table.std == pytest.approx(sample.std(), rel=0.25)


def test_absurdly_long_requests_are_cut() -> None:
    """A heavy tail must not overflow."""
    model = CopulaLengths(LogNormalLength(1e6, 1e9), FixedLength(2**30))
    prompt, output = model.sample(100_000, np.random.default_rng(0))
    assert prompt.min() >= 1
    assert output.max() == 2**30


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda: FixedLength(0), "tokens"),
        (lambda: FixedLength(math.inf), "tokens"),
        (lambda: FixedLength(2**30 + 1), "tokens"),
        (lambda: LogNormalLength(10, 1e300), "std"),
        (lambda: LogNormalLength(0.5, 1), "mean"),
        (lambda: LogNormalLength(10, 0), "std"),
        (lambda: LogNormalLength(10, math.nan), "std"),
        (lambda: QuantileLength((0.0, 1.0), (1.0,)), "quantiles"),
        (lambda: QuantileLength((0.0,), (1.0,)), "quantiles"),
        (lambda: QuantileLength((0.0, 0.9), (1.0, 2.0)), "quantiles"),
        (lambda: QuantileLength((0.0, 0.5, 0.5, 1.0), (1.0, 2.0, 3.0, 4.0)), "quantiles"),
        (lambda: QuantileLength((0.0, 1.0), (2.0, 1.0)), "quantiles"),
        (lambda: QuantileLength((0.0, 1.0), (-1.0, 1.0)), "quantiles"),
        (lambda: QuantileLength((0.0, 1.0), (1.0, math.inf)), "quantiles"),
        (lambda: QuantileLength.from_samples([]), "tokens"),
        (lambda: CopulaLengths(FixedLength(1), FixedLength(1), 1.0), "correlation"),
        (lambda: CopulaLengths(FixedLength(1), FixedLength(1), math.nan), "correlation"),
        (lambda: CopulaLengths(FixedLength(1), FixedLength(1), 0.0, 0.0), "output_scale"),
        (lambda: CopulaLengths(FixedLength(1), FixedLength(1), 0.0, 1.1), "output_scale"),
    ],
)
def test_parameters_out_of_range(make: object, key: str) -> None:
    with pytest.raises(InputError, match=f"^{key}: "):
        make()  # type: ignore[operator]  # a lambda without arguments
