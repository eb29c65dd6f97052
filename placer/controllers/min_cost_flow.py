"""MinCostFlow: slots for the adapters that save most misses, by OR-Tools."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placer.controllers.observation import Observation
from placer.strategies.baselines.hrw import hrw_weight
from twin.files.errors import InputError

__all__ = ["MinCostFlow"]

_UNITS = 1_000_000  # of cost in a miss: flows have whole costs


@dataclass(frozen=True, slots=True)
class MinCostFlow:
    """Each slot is for one adapter; which, is a flow of least cost.

    In the manner of NVIDIA Dynamo's allocator, whose costs also stand for keeping what is there,
    for new loads and for the order that rendezvous hashing gives. Here costs are misses to be
    expected: an adapter without a slot of its own misses with all its requests of some intervals,
    one with a new slot with the first of them, one that is in a slot with none. Adapters without a
    slot of their own go where rendezvous hashing sends them.

    Parameters
    ----------
    horizon : float
        Intervals for which misses count.
    order : float
        Cost in misses of an engine for each that rendezvous hashing would take before it.

    Raises
    ------
    InputError
        If a value is out of range.
    """

    horizon: float = 10.0
    order: float = 0.001

    def __post_init__(self) -> None:
        if not (math.isfinite(self.horizon) and self.horizon > 0):
            raise InputError("controller.horizon", f"{self.horizon!r} is out of range", "positive")
        if not (math.isfinite(self.order) and self.order >= 0):
            raise InputError("controller.order", f"{self.order!r} is out of range", "0 or more")

    def decide(self, seen: Observation, rng: np.random.Generator) -> NDArray[np.float64]:
        from ortools.graph.python import min_cost_flow  # here: slow to import

        n, m = seen.num_adapters, seen.num_engines
        place = self._places(seen)
        requests = seen.rates * seen.seconds * self.horizon
        first = -np.expm1(-requests)  # probability that there is one
        cost = np.where(seen.on_gpu, 0.0, first[:, None]) + self.order * place
        adapters, engines = np.arange(n), n + np.arange(m)
        nowhere, sink = n + m, n + m + 1
        flow = min_cost_flow.SimpleMinCostFlow()
        held = flow.add_arcs_with_capacity_and_unit_cost(
            np.repeat(adapters, m), np.tile(engines, n), np.ones(n * m, np.int64), _whole(cost)
        )
        flow.add_arcs_with_capacity_and_unit_cost(
            adapters, np.full(n, nowhere), np.ones(n, np.int64), _whole(requests)
        )
        flow.add_arcs_with_capacity_and_unit_cost(
            engines, np.full(m, sink), np.full(m, seen.config.max_loras), np.zeros(m, np.int64)
        )
        flow.add_arc_with_capacity_and_unit_cost(nowhere, sink, n, 0)
        flow.set_nodes_supplies(np.append(adapters, sink), np.append(np.ones(n, np.int64), -n))
        status = flow.solve()
        if status != flow.OPTIMAL:
            raise RuntimeError(f"OR-Tools found no flow: {status}")
        slots = np.asarray(flow.flows(held)).reshape(n, m) > 0
        chosen = np.where(slots.any(axis=1), slots.argmax(axis=1), place.argmin(axis=1))
        shares: NDArray[np.float64] = np.eye(m)[chosen]
        return shares

    def _places(self, seen: Observation) -> NDArray[np.int64]:
        """Place of each engine in the order of rendezvous hashing, from 0."""
        weights = np.array(
            [
                [hrw_weight(adapter.name, engine) for engine in seen.engines]
                for adapter in seen.workload.adapters
            ],
            np.uint64,
        )
        return np.argsort(np.argsort(weights, axis=1)[:, ::-1], axis=1)


def _whole(cost: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(cost.ravel() * _UNITS).astype(np.int64)
