"""Pooled relaxation: all adapters as a single one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np

from estimators.base import Estimate
from placer.bounds.base_models import adapters_by_model
from placer.bounds.idle import IdleEngines
from placer.bounds.pooled_capacity import PooledCapacity
from placer.bounds.traffic_levels import Figure
from placer.gpu.evaluator import Evaluator
from placer.problem.fleet import GpuType
from twin.workload.adapter import Adapter

__all__ = ["PooledRelaxation"]

_LARGEST_GROUPS = 2  # groups of equal traffic that are measured, by traffic


class PooledRelaxation:
    """Relaxation of a problem: the adapters as a single one, of the smallest rank.

    With requests for the base model among them, that is the base model, without LoRA.

    An engine that serves a single adapter through one slot has more KV memory, shorter steps and
    fewer loads of adapters than one that serves the same requests for several adapters. If what a
    GPU can serve of several kinds of traffic is a convex set, as it is where requests add up in
    time and memory, then the mean traffic of the GPUs of a placement, which has the mix of the
    whole workload, is one that a GPU can serve. So the rate of the whole mix at which one engine
    starves bounds the number of GPUs from below, with a reserve for the scatter of the estimates:
    3 %, or as much as the estimator says where few requests make that more. Where an adapter may
    go to several GPU types, this holds for groups of adapters with equal lengths and arrivals
    only, and the bound is that of the largest.

    Parameters
    ----------
    evaluator : Evaluator
        Its estimator is asked also when the budget is spent, for a few dozen candidates at most.
    idle : IdleEngines
    """

    name = "pooled capacity"

    def __init__(self, evaluator: Evaluator, idle: IdleEngines) -> None:
        self._evaluator = evaluator
        self._idle = idle
        self._capacity = PooledCapacity(evaluator)

    @cached_property
    def min_gpus(self) -> int:
        fleet = self._evaluator.problem.fleet
        return max(1, round(self.least({gpu_type.profile.name: 1.0 for gpu_type in fleet})))

    def least(self, weights: Mapping[str, float]) -> float:
        models = adapters_by_model(self._evaluator.problem.workload.adapters)
        return sum(self._least_for_model(group, weights) for group in models.values())

    def idle(self, adapter: Adapter) -> list[Estimate]:
        return self._idle.estimates(adapter)

    def shared(self, figure: Figure, *, per_request: bool, fewest: int = 1) -> float:
        fewest = max(fewest, self.min_gpus)
        return self._idle.shared(figure, fewest, per_request=per_request)

    def _least_for_model(self, adapters: Sequence[Adapter], weights: Mapping[str, float]) -> float:
        traffics: dict[int, list[Adapter]] = defaultdict(list)
        for adapter in adapters:
            traffics[self._evaluator.classes.traffic_class(adapter.name)].append(adapter)
        if len(self._types(adapters)) == 1:
            # Requests for the base model make the engine one without LoRA, which may hide more
            # than they add.
            others = [adapter for adapter in adapters if not adapter.is_base]
            groups = [adapters] if len(others) in (0, len(adapters)) else [adapters, others]
            return max(self._least_for(group, weights) for group in groups)
        largest = sorted(traffics.values(), key=lambda g: -sum(a.token_rate for a in g))
        return max(self._least_for(group, weights) for group in largest[:_LARGEST_GROUPS])

    def _least_for(self, group: Sequence[Adapter], weights: Mapping[str, float]) -> float:
        """Smallest weight of GPUs whose capacities sum to the traffic of some adapters."""
        from scipy.optimize import Bounds, LinearConstraint, milp  # here: slow to import

        limits = {name: n for names, n in self._evaluator.problem.pools.limits for name in names}
        types = [t for t in self._types(group) if self._capacity.share(t, group) > 0]
        if not types:
            return 0.0
        shares = [self._capacity.share(gpu_type, group) for gpu_type in types]
        names = [gpu_type.profile.name for gpu_type in types]
        found = milp(
            c=[weights[name] for name in names],
            constraints=LinearConstraint([shares], lb=1.0),
            bounds=Bounds(0, [limits.get(name, np.inf) for name in names]),
            integrality=np.ones(len(types)),
        )
        if found.x is None:  # there are not enough GPUs: a bound of all of them
            return sum(weights[name] * limits.get(name, 0) for name in names)
        return float(np.dot([weights[name] for name in names], np.round(found.x)))

    def _types(self, group: Iterable[Adapter]) -> list[GpuType]:
        """GPU types that can serve an adapter of a group."""
        problem = self._evaluator.problem
        return [
            gpu_type
            for gpu_type in problem.fleet
            if any(problem.refusal(gpu_type, adapter) is None for adapter in group)
        ]
