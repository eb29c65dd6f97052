"""Canonical form of traffic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.simulation.canonical_traffic import CanonicalTraffic
from estimators.testing import example_adapters, example_profile
from twin.workload.adapter import Adapter
from twin.workload.arrivals import GammaArrivals, PoissonArrivals
from twin.workload.lengths import CopulaLengths, FixedLength, LogNormalLength
from twin.workload.workload import Workload

ADAPTERS, POISSON = example_adapters(12), PoissonArrivals()


@given(st.permutations(range(12)))
def test_order_is_immaterial(order: list[int]) -> None:
    traffic = CanonicalTraffic()
    expected = traffic.canonical(ADAPTERS)
    assert traffic.canonical([ADAPTERS[index] for index in order]) == expected


def test_names_do_not_count_but_everything_else_does() -> None:
    traffic = CanonicalTraffic()
    one = ADAPTERS[0]
    _, (number,) = traffic.canonical([one])
    assert traffic.canonical([replace(one, name="other")])[1] == (number,)
    others = [
        replace(one, rank=16),
        replace(one, rate=0.3),
        replace(one, arrivals=GammaArrivals(2.0)),
        replace(one, lengths=CopulaLengths(FixedLength(10), FixedLength(10))),
    ]
    numbers = {traffic.canonical([other])[1] for other in others}
    assert len(numbers) == 4
    assert (number,) not in numbers


def test_equal_values_of_other_objects_are_the_same() -> None:
    traffic = CanonicalTraffic()
    one, two = (
        replace(ADAPTERS[0], lengths=CopulaLengths(FixedLength(9), FixedLength(9)))
        for _ in range(2)
    )
    assert one.lengths is not two.lengths
    assert traffic.canonical([one])[1] == traffic.canonical([two])[1]


@pytest.mark.parametrize("arrivals", [True, False])
def test_the_tokens_of_a_window_vary_as_those_that_are_drawn(arrivals: bool) -> None:
    """Of gamma arrivals and several lengths; or of as many requests, whoever they are from."""
    lengths = (
        CopulaLengths(LogNormalLength(200, 90), LogNormalLength(100, 40)),
        CopulaLengths(FixedLength(1000), FixedLength(10)),
    )
    adapters = [
        Adapter(f"a{i}", 8, 1.0 + i, lengths[i % 2], GammaArrivals(1.5) if arrivals else POISSON)
        for i in range(4)
    ]
    workload, seconds, sums = Workload(tuple(adapters)), 100.0, []
    for seed in range(300):
        stream = workload.sample(seconds, np.random.default_rng(seed))
        sums.append(stream.offered_tokens / (1 if arrivals else len(stream)))
    expected = np.std(sums) / np.mean(sums)
    found = CanonicalTraffic().variation(adapters, seconds, arrivals=arrivals)
    assert found == pytest.approx(expected, rel=0.1)


def test_profiles_are_told_apart_by_their_costs() -> None:
    traffic = CanonicalTraffic()
    one = example_profile("one")
    assert traffic.fingerprint(one) == traffic.fingerprint(example_profile("two"))
    assert traffic.fingerprint(one) != traffic.fingerprint(example_profile("one", memory_gib=40))
    assert traffic.fingerprint(one) == one.fingerprint
