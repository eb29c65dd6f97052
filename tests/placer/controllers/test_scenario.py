"""Engines, adapters and their rates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from placer.controllers.scenario import Scenario
from twin.files.errors import InputError


def test_rates_follow_the_law_and_drift() -> None:
    scenario = Scenario(num_adapters=10, num_intervals=50, rate=5.0, drift=0.3)
    rates = scenario.rates(1)
    assert rates.shape == (50, 10)
    np.testing.assert_allclose(rates.sum(axis=1), 5.0)
    ordered = -np.sort(-rates, axis=1)
    np.testing.assert_allclose(ordered[:, :1] / ordered, np.tile(np.arange(1, 11), (50, 1)))
    assert (rates != rates[0]).any()
    np.testing.assert_array_equal(rates, scenario.rates(1))
    assert (rates != scenario.rates(2)).any()


def test_nothing_is_known_of_adapters_before_anything_arrives() -> None:
    workload = Scenario(num_adapters=6, rate=3.0, rank_mix=[8, 16]).workload(0)
    assert {adapter.rate for adapter in workload.adapters} == {0.5}
    assert sorted(adapter.rank for adapter in workload.adapters) == [8, 8, 8, 16, 16, 16]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"num_adapters": 0}, "scenario.num_adapters"),
        ({"max_loras": 0}, "scenario.max_loras"),
        ({"rate": 0.0}, "scenario.rate"),
        ({"interval": float("nan")}, "scenario.interval"),
        ({"drift": 1.5}, "scenario.drift"),
        ({"smoothing": 0.0}, "scenario.smoothing"),
        ({"starvation_threshold": 1.1}, "scenario.starvation_threshold"),
        ({"settle": 2000.0}, "scenario.settle"),
        ({"zipf_alpha": -1.0}, "zipf_alpha"),
    ],
)
def test_wrong_values_are_named(wrong: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as error:
        Scenario(**wrong)
    assert error.value.where == where
