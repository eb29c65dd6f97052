"""Slots by a flow of least cost."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from placer.controllers.min_cost_flow import MinCostFlow
from placer.strategies.baselines.hrw import hrw_weight
from placer.testing import example_observation
from twin.files.errors import InputError
from twin.workload.workload import Workload

RNG = np.random.default_rng(0)


def test_what_is_popular_stays_where_it_is() -> None:
    seen = example_observation(6, 2, 2, interval=1)
    on_gpu = np.zeros((6, 2), np.bool_)
    on_gpu[0, 1] = on_gpu[1, 0] = True
    shares = MinCostFlow().decide(replace(seen, on_gpu=on_gpu), RNG)
    assert shares[0].tolist() == [0.0, 1.0]
    assert shares[1].tolist() == [1.0, 0.0]


def test_the_rest_go_where_hashing_sends_them() -> None:
    seen = example_observation(24, 3, 1, interval=1)
    shares = MinCostFlow().decide(seen, RNG)
    hashed = [
        max(range(3), key=lambda g: hrw_weight(adapter.name, seen.engines[g]))
        for adapter in seen.workload.adapters
    ]
    assert np.count_nonzero(shares.argmax(axis=1) != hashed) <= 3, "those with slots"


def test_it_costs_least_of_all_ways_to_give_slots() -> None:
    """Three adapters, two engines of one slot: all ways are tried."""
    seen = example_observation(3, 2, 1, interval=1)
    workload = Workload.of(
        replace(adapter, rate=rate)
        for adapter, rate in zip(seen.workload.adapters, (0.02, 0.3, 0.1), strict=True)
    )
    on_gpu = np.array([[True, False], [False, False], [False, True]])
    seen = replace(seen, workload=workload, on_gpu=on_gpu)
    controller = MinCostFlow(order=0.0)
    requests = seen.rates * seen.seconds * controller.horizon
    first = 1 - np.exp(-requests)

    def cost(held: tuple[int, ...]) -> float:
        slots = {adapter: engine for engine, adapter in enumerate(held)}
        return sum(
            requests[a] if a not in slots else (0.0 if on_gpu[a, slots[a]] else first[a])
            for a in range(3)
        )

    best = min(permutations(range(3), 2), key=cost)
    shares = controller.decide(seen, RNG)
    assert [int(shares[adapter].argmax()) for adapter in best] == [0, 1]


@pytest.mark.parametrize(("name", "value"), [("horizon", 0.0), ("order", -1.0)])
def test_wrong_values_are_named(name: str, value: float) -> None:
    with pytest.raises(InputError, match=f"controller.{name}"):
        MinCostFlow(**{name: value})
