"""Pooled traffic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimators.testing import example_adapters
from placer.bounds.pooled_traffic import MixedLengths, pool_adapters
from twin.workload.adapter import Adapter
from twin.workload.arrivals import GammaArrivals, PoissonArrivals
from twin.workload.lengths import CopulaLengths, FixedLength, LogNormalLength

SHORT = CopulaLengths(FixedLength(100), FixedLength(50))
LONG = CopulaLengths(LogNormalLength(900, 300), LogNormalLength(400, 200), correlation=0.5)


def test_moments_are_those_of_the_sample() -> None:
    mixed = MixedLengths((SHORT, LONG), (0.25, 0.75))
    prompt, output = mixed.sample(200_000, np.random.default_rng(0))
    assert prompt.dtype == output.dtype == np.int32
    assert prompt.mean() == pytest.approx(mixed.prompt_mean, rel=0.01)
    assert prompt.std() == pytest.approx(mixed.prompt_std, rel=0.02)
    assert output.mean() == pytest.approx(mixed.output_mean, rel=0.01)
    assert output.std() == pytest.approx(mixed.output_std, rel=0.02)
    assert np.mean((prompt == 100) & (output == 50)) == pytest.approx(0.25, abs=0.01)


def test_prompt_and_output_of_a_request_stay_together() -> None:
    prompt, output = MixedLengths((LONG,), (1.0,)).sample(50_000, np.random.default_rng(1))
    assert np.corrcoef(np.log(prompt), np.log(output))[0, 1] == pytest.approx(0.5, abs=0.03)


def test_the_pool_has_the_load_of_its_adapters() -> None:
    adapters = example_adapters(12, rates=(2.0, 0.5))
    pooled = pool_adapters(adapters, sum(a.rate for a in adapters))
    assert pooled.rank == 8
    assert pooled.token_rate == pytest.approx(sum(a.token_rate for a in adapters))


def test_equal_lengths_are_not_mixed() -> None:
    one = Adapter("a", 16, 1.0, SHORT)
    two = replace(one, name="b", lengths=CopulaLengths(FixedLength(100), FixedLength(50)))
    assert pool_adapters([one, two], 3.0) == replace(one, rate=3.0)


@pytest.mark.parametrize(
    ("variations", "expected"), [((2.0, 3.0), 1.0), ((0.5, 2.0), 0.5), ((1.0, 1.0), 1.0)]
)
def test_arrivals_are_poisson_or_more_regular(
    variations: tuple[float, ...], expected: float
) -> None:
    adapters = [
        Adapter(f"a{i}", 8, 1.0, SHORT, GammaArrivals(cv) if cv != 1 else PoissonArrivals())
        for i, cv in enumerate(variations)
    ]
    assert pool_adapters(adapters, 1.0).arrivals.cv == expected
