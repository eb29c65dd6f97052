"""Capacity curves."""

from __future__ import annotations

import numpy as np
import pytest

from placer.bounds.curve import CapacityCurve

CURVE = CapacityCurve((1, 10, 100), (50.0, 40.0, 20.0))


def test_capacity_at_the_measured_numbers_is_what_was_measured() -> None:
    assert CURVE.capacity(np.array([50.0, 4.0, 0.2])) == pytest.approx([50.0, 40.0, 20.0])


def test_outside_it_is_that_of_the_nearest_number() -> None:
    assert CURVE.capacity(np.array([500.0, 0.001])) == pytest.approx([50.0, 20.0])


def test_weights_say_how_many_fit() -> None:
    assert CURVE.weight(np.array([4.0, 0.2, 100.0])) == pytest.approx([0.1, 0.01, 2.0])


def test_splitting_an_adapter_never_makes_it_lighter() -> None:
    rates = np.geomspace(0.01, 200.0, 100)
    assert np.all(2 * CURVE.weight(rates / 2) >= CURVE.weight(rates) - 1e-12)


def test_capacity_does_not_fall_with_the_rate_of_an_adapter() -> None:
    scattered = CapacityCurve((1, 10, 20, 100), (50.0, 39.0, 41.0, 20.0))
    capacity = scattered.capacity(np.geomspace(0.1, 100.0, 200))
    assert np.all(np.diff(capacity) >= 0)
    assert scattered.highest == 50.0


def test_what_cannot_be_served_weighs_infinitely_much() -> None:
    assert np.isinf(CapacityCurve((1,), (0.0,)).weight(np.array([1.0]))).all()
    beyond = CapacityCurve((1, 10, 100), (50.0, 40.0, 0.0))
    assert beyond.capacity(np.array([0.001])) == pytest.approx([40.0])


@pytest.mark.parametrize(("numbers", "capacities"), [((), ()), ((1, 2), (1.0,))])
def test_every_number_has_a_capacity(
    numbers: tuple[int, ...], capacities: tuple[float, ...]
) -> None:
    with pytest.raises(ValueError, match="capacities of"):
        CapacityCurve(numbers, capacities)


@pytest.mark.parametrize(
    ("capacities", "falls"),
    [((50.0, 40.0, 20.0), True), ((50.0, 40.0, 41.0), True), ((50.0, 40.0, 45.0), False)],
)
def test_more_adapters_are_not_served_better(capacities: tuple[float, ...], falls: bool) -> None:
    assert CapacityCurve((1, 10, 100), capacities).falls is falls
