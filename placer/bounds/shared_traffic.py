"""Shared traffic: what engines cost that serve all requests, whichever adapters they are for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from placer.bounds.base_models import adapters_by_model
from placer.bounds.pooled_capacity import PooledCapacity
from placer.bounds.traffic_levels import Figure, TrafficLevels
from placer.bounds.traffic_split import cheapest_split
from placer.gpu.evaluator import Evaluator
from twin.workload.adapter import Adapter

__all__ = ["SharedTraffic"]

FloatArray = NDArray[np.float64]

_ESTIMATES = 100  # at most, to measure engines of one type
_FINEST, _COARSEST, _UNITS = 48, 6, 4000  # into which an engine's traffic is cut, and all of it


class SharedTraffic:
    """Engines that share all requests as one likes, as those of a single adapter.

    A single adapter has one slot, no loads and shorter steps than any set of adapters with the
    same traffic. What an engine does with some of it is measured at a dozen levels
    (`TrafficLevels`), and between two of them taken for that at the lower one. How the traffic is
    shared is found by `cheapest_split`; so all that is assumed is that a figure does not fall
    where traffic rises.

    That is so for adapters of equal lengths. Where those of a base model have several lengths, a
    figure of requests is not known to rise, as some engines may have the short ones. A figure of
    engines, such as power, is taken to rise with their work, whatever that consists of: from an
    idle engine to a full one at least as fast as for all traffic together. By the convexity on
    which the pooled capacity rests, the work of all engines is at least that of full ones with
    the mix of the whole workload. That is for fleets of one type.

    Parameters
    ----------
    evaluator : Evaluator
        Its estimator is asked for up to a hundred candidates of each GPU type; where the budget
        does not allow so many, nothing is known.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._capacity = PooledCapacity(evaluator)
        self._levels: dict[tuple[str, str, bool], TrafficLevels] = {}
        self._known: dict[tuple[bytes, int, int, int | None], float] = {}
        self._total = evaluator.problem.workload.rate

    def least(
        self,
        figure: Figure,
        fewest: int,
        most: Mapping[str, float] | None = None,
        *,
        per_request: bool,
    ) -> float:
        """Sum of a figure over the engines of a placement, at least.

        Parameters
        ----------
        figure : callable
            Of an engine, by what it is predicted to do; not negative. It must not fall where its
            traffic rises.
        fewest : int
            Engines that are needed at least.
        most : mapping of str to float, optional
            Largest share of all requests that an engine with each profile serves, where known.
        per_request : bool
            Whether each engine's figure counts by its share of all requests.

        Returns
        -------
        float
            0 where nothing is known.
        """
        adapters = self._evaluator.problem.workload.adapters
        models = adapters_by_model(adapters)
        if any(len(group) < len(adapters) for group in models.values()):
            fewest = 1  # of each model, or beside adapters that may go where there is room
        limit = self._evaluator.problem.gpu_limit
        if limit is not None:
            limit = max(1, limit - (len(models) - 1))
        return math.fsum(
            self._least_for(tuple(group), figure, (fewest, limit), most or {}, per_request)
            for group in models.values()
        )

    def _least_for(
        self,
        group: tuple[Adapter, ...],
        figure: Figure,
        numbers: tuple[int, int | None],
        most: Mapping[str, float],
        per_request: bool,
    ) -> float:
        """That of the engines for the adapters of one base model."""
        fewest, limit = numbers
        share = sum(adapter.rate for adapter in group) / self._total
        one_kind = all(a.lengths == group[0].lengths for a in group)
        types = self._measured(group, [share / n for n in numbers if n], not per_request)
        if not types or not (one_kind or (not per_request and len(types) == 1)):
            return 0.0
        if not one_kind:
            return _of_mixes(types[0], figure, share, fewest)
        room = [min(own.most, most.get(own.gpu_type.profile.name, math.inf)) for own in types]
        parts = int(np.clip(_UNITS * max(room) / share, _COARSEST, _FINEST))
        total = max(1, round(parts * share / max(room)))
        units = np.arange(total + 1) * share / total
        costs = np.full(units.size, np.inf)
        for own, largest in zip(types, room, strict=True):
            size = int(np.searchsorted(units, largest * (1 + 1e-9), side="right"))
            found = own.figures(figure, units[:size])
            costs[:size] = np.minimum(costs[:size], found * (units[:size] if per_request else 1))
        costs = costs[np.isfinite(costs)]
        key = costs.tobytes(), total, fewest, limit
        if key not in self._known:
            self._known[key] = _cheapest(costs, total, fewest, limit)
        return self._known[key]

    def _measured(
        self, group: tuple[Adapter, ...], parts: Sequence[float], thrifty: bool
    ) -> list[TrafficLevels]:
        """What is known of the GPU types that can serve a group of adapters."""
        problem, found = self._evaluator.problem, []
        for gpu_type in problem.fleet:
            if all(problem.refusal(gpu_type, adapter) is not None for adapter in group):
                continue
            key = group[0].base_model, gpu_type.profile.name, thrifty
            if key not in self._levels:
                if not self._evaluator.budget.allows(_ESTIMATES):
                    return []
                rate = sum(adapter.rate for adapter in group)
                most = self._capacity.share(gpu_type, group) * rate / self._total
                self._levels[key] = TrafficLevels(
                    self._evaluator, gpu_type, group, self._total, most, thrifty
                )
            if self._levels[key].most > 0:
                self._levels[key].measure(parts)
                found.append(self._levels[key])
        return found


def _cheapest(costs: FloatArray, total: int, fewest: int, limit: int | None) -> float:
    least = cheapest_split(costs, total, fewest, limit)
    # More than all GPUs: then those that would be needed say more than infinity.
    return cheapest_split(costs, total, fewest) if math.isinf(least) else least


def _of_mixes(levels: TrafficLevels, figure: Figure, share: float, fewest: int) -> float:
    """Figure of engines of which each may have a mix of its own, or of one that has it all."""
    idle = float(levels.figures(figure, np.zeros(1))[0])
    split = max(2, fewest) * idle + share * levels.slope(figure)
    if fewest > 1 or share > levels.most * (1 + 1e-9):
        return split
    return min(split, float(levels.figures(figure, np.array([share]))[0]))
