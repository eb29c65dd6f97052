"""Canonical form of traffic."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.simulation.canonical_traffic import CanonicalTraffic
from estimators.testing import example_adapters, example_profile
from twin.workload.arrivals import GammaArrivals
from twin.workload.lengths import CopulaLengths, FixedLength, LogNormalLength

ADAPTERS = example_adapters(12)


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


def test_tokens_of_a_request() -> None:
    lengths = CopulaLengths(LogNormalLength(200, 30), LogNormalLength(100, 40))
    assert CanonicalTraffic().tokens(lengths) == pytest.approx((300, 50))


def test_profiles_are_told_apart_by_their_costs() -> None:
    traffic = CanonicalTraffic()
    one = example_profile("one")
    assert traffic.fingerprint(one) == traffic.fingerprint(example_profile("two"))
    assert traffic.fingerprint(one) != traffic.fingerprint(example_profile("one", memory_gib=40))
    assert traffic.fingerprint(one) == one.fingerprint
