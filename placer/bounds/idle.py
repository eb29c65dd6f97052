"""Idle engines: how fast an adapter is served where nothing else is, and where all traffic is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from estimators.base import Candidate, Estimate
from placer.bounds.pooled_traffic import pool_adapters
from placer.bounds.shared_adapters import SharedAdapters
from placer.bounds.shared_traffic import SharedTraffic
from placer.bounds.traffic_levels import Figure
from placer.gpu.evaluator import Evaluator
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from twin.workload.adapter import Adapter

__all__ = ["IdealEngines", "IdleEngines"]

_IDLE_RATE = 1e-3  # requests/s
_LATENCIES = ("ttft", "tpot", "itl")


class IdleEngines:
    """Predictions for adapters alone at almost no traffic and for shared traffic, remembered.

    Parameters
    ----------
    evaluator : Evaluator
        Its estimator is asked also when the budget is spent, once for each kind of traffic, rank
        and GPU type.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._known: dict[tuple[int, int], list[Estimate]] = {}
        self._shared = SharedTraffic(evaluator)

    @cached_property
    def _adapters(self) -> SharedAdapters:
        return SharedAdapters(self._evaluator)

    def estimates(self, adapter: Adapter) -> list[Estimate]:
        """One for each GPU type that can serve the adapter."""
        key = self._evaluator.classes.traffic_class(adapter.name), adapter.rank
        if key not in self._known:
            alone = pool_adapters([adapter], _IDLE_RATE)
            problem = self._evaluator.problem
            types = [t for t in problem.fleet if problem.refusal(t, adapter) is None]
            candidates = [_candidate(gpu_type, alone) for gpu_type in types]
            self._known[key] = self._evaluator.estimate(candidates)
        return self._known[key]

    def shared(
        self,
        figure: Figure,
        fewest: int,
        most: Mapping[str, float] | None = None,
        *,
        per_request: bool,
    ) -> float:
        """Sum of a figure over engines that share all traffic, and all adapters.

        See `SharedTraffic.least` and, for figures of requests, `SharedAdapters.least`.
        """
        least = self._shared.least(figure, fewest, most, per_request=per_request)
        return max(least, self._adapters.least(figure)) if per_request else least


class IdealEngines:
    """Predictions that nothing can beat, for which nobody is asked: requests take no time.

    Parameters
    ----------
    problem : Problem
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem

    def estimates(self, adapter: Adapter) -> list[Estimate]:
        """One for each GPU type that can serve the adapter."""
        latencies = {name: 0.0 for name in Estimate._fields if name.startswith(_LATENCIES)}
        return [
            Estimate(0.0, 0.0, 0.0, False, t.profile.idle_watts, 0.0, **latencies)
            for t in self._problem.fleet
            if self._problem.refusal(t, adapter) is None
        ]

    def shared(
        self,
        figure: Figure,
        fewest: int,
        most: Mapping[str, float] | None = None,
        *,
        per_request: bool,
    ) -> float:
        """Nothing is known."""
        return 0.0


def _candidate(gpu_type: GpuType, adapter: Adapter) -> Candidate:
    return Candidate(gpu_type.profile, gpu_type.engine_alone(adapter.rank), (adapter,))
