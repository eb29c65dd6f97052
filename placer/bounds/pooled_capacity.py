"""Pooled capacity: how much of some traffic no GPU of a type exceeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from estimators.base import Candidate
from placer.bounds.pooled_traffic import pool_adapters
from placer.bounds.served_rate import served_rate
from placer.gpu.batch_limits import batch_limits
from placer.gpu.evaluator import Evaluator
from placer.problem.fleet import GpuType
from twin.workload.adapter import Adapter

__all__ = ["PooledCapacity"]

_TOLERANCE = 0.02  # relative width of the bracket around a GPU's capacity
_RESERVE = 0.03  # of the capacity at least, for the scatter of the estimates


class PooledCapacity:
    """Traffic of adapters, as that of a single one, from which a GPU starves; remembered.

    Of an engine with the limit on its batch with which it serves most: few slots for many adapters
    keep requests out of a batch as well, and what then is not preempted is served. With a reserve
    for the scatter of the estimates: 3 %, or as much as the estimator says where few requests make
    that more.

    Parameters
    ----------
    evaluator : Evaluator
        Its estimator is asked also when the budget is spent, for a few dozen candidates at most.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._shares: dict[tuple[str, tuple[str, ...]], float] = {}

    def share(self, gpu_type: GpuType, group: Sequence[Adapter]) -> float:
        """Share of a group's traffic that no GPU of a type exceeds, at most 1."""
        key = (gpu_type.profile.name, tuple(adapter.name for adapter in group))
        if key not in self._shares:
            total = sum(adapter.rate for adapter in group)
            self._shares[key] = self._capacity(gpu_type, group, total) / total
        return self._shares[key]

    def _capacity(self, gpu_type: GpuType, group: Sequence[Adapter], total: float) -> float:
        """Rate of a group that no GPU of a type exceeds, or the total where one GPU serves it."""
        profile, pooled = gpu_type.profile, pool_adapters(group, total)
        configs = batch_limits(profile, gpu_type.engine_alone(pooled.rank), group)
        scatter = 0.0

        def serves(rate: float) -> bool:
            nonlocal scatter
            adapters = (replace(pooled, rate=rate),)
            doubts = self._doubts([Candidate(profile, config, adapters) for config in configs])
            scatter = max(doubts, default=scatter)
            return not doubts

        served = served_rate(serves, group, _TOLERANCE)
        if served.low >= total:
            return total
        return served.high * (1 + max(_RESERVE, scatter)) if served.low else 0.0

    def _doubts(self, engines: Sequence[Candidate]) -> list[float]:
        """Uncertainties of the estimates by which no engine may serve; none where one may."""
        doubts: list[float] = []
        for asked in (engines[:1], engines[1:]):  # the others only where the usual one does not
            estimates = self._evaluator.estimate(asked) if asked else []
            if any(self._evaluator.may_serve(estimate) for estimate in estimates):
                return []
            doubts += [estimate.uncertainty for estimate in estimates]
        return doubts
