"""Envelope: what engines can serve at most of any mix of adapters, measured from the estimator."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from placer.capacity.curve import CapacityCurve
from placer.capacity.edge_probes import EdgeProbe, admissible_probes, edge_probes
from placer.capacity.probes import EngineKind, measure_curves
from placer.capacity.traffic_groups import group_traffic
from placer.evaluator import Evaluator
from placer.fleet import GpuType
from placer.load import EvaluatedLoad
from twin.adapter import legal_rank

__all__ = ["Envelope"]

FloatArray = NDArray[np.float64]
Engine = tuple[str, int]
"""Profile name and ``max_lora_rank``."""

_RESERVE = 0.05  # of a GPU, for loads that were not tried
_PROBED_RESERVE = 0.01  # of a GPU, the same where the heaviest loads were tried
_FURTHER = 1.03  # factor on a probe that was admissible although it was the heaviest
_MANY_GROUPS = 3  # groups of traffic from which each is measured for one rank only


class Envelope:
    """Shares of a GPU that adapters take, such that no admissible load sums to more than about 1.

    An adapter's weight on an engine is the reciprocal of how many of its kind, of equal rate and
    traffic, the engine serves: of all numbers of slots that with which it serves most. Where the
    time of a step grows linearly with the adapters in the batch, the load that n adapters can have
    together is a convex function of n, and by Jensen's inequality a mix of adapters with different
    rates is no better served than by engines for each kind alone: the weights of an admissible
    load sum to 1 at most. Adapters of a rank below the engine's are served no better than others.

    Estimators scatter, and lengths of different kinds can complement each other. So the
    weights of all loads that were found admissible are summed too, and the largest sum, with a
    reserve for those that were not tried, is what an engine of that kind is taken to hold. The
    reserve is 5 %, and 1 % once loads were tried that are about as heavy as the engine holds, both
    of similar adapters and of any (`probe_edges`).

    Parameters
    ----------
    evaluator : Evaluator
        Its estimator is asked for a few dozen to a few hundred loads of each kind of engine.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        problem = evaluator.problem
        self.adapters = problem.workload.adapters
        self.position = {adapter.name: index for index, adapter in enumerate(self.adapters)}
        self._rates = np.array([adapter.rate for adapter in self.adapters])
        self._groups = group_traffic(evaluator.classes, self.adapters)
        self._ranks = np.array(
            [legal_rank(max(a.rank, problem.rules.max_lora_rank)) for a in self.adapters]
        )
        self._curves = self._measure()
        self._largest: dict[Engine, float] = {}
        self._num_seen = 0
        self._probed = False

    @property
    def engines(self) -> tuple[Engine, ...]:
        """Kinds of engines that may be used, by profile and rank."""
        return tuple(
            (gpu_type.profile.name, rank)
            for gpu_type in self._evaluator.problem.fleet
            for rank in sorted(set(self._ranks.tolist()))
            if rank <= gpu_type.profile.largest_rank
        )

    @cached_property
    def weights(self) -> dict[Engine, FloatArray]:
        """Weight of each whole adapter on each engine, infinite where it may not be on it."""
        ones = np.ones(len(self.adapters))
        everyone = np.arange(len(self.adapters))
        return {engine: self.figures(engine, everyone, ones)[1] for engine in self.engines}

    def figures(
        self, engine: Engine, positions: NDArray[np.int64], shares: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """What shares of adapters take of an engine.

        Parameters
        ----------
        engine : (str, int)
            Profile and rank.
        positions : (n,) array of int
            Positions of the adapters in the workload.
        shares : (n,) array
            Shares of their requests.

        Returns
        -------
        (n,) array
            Load, relative to what the engine serves of an adapter alone.
        (n,) array
            Weight, relative to what it serves of the adapter's kind; at least the load.
        (n,) array
            Weight times the ratio of the two, which says how many adapters would fill the engine.
        """
        name, rank = engine
        load, weight, crowd = (np.full(positions.size, np.inf) for _ in range(3))
        gpu_type = self._evaluator.problem.gpu_type(name)
        groups = self._groups.group[positions]
        rates = self._rates[positions] * shares * self._groups.factor[positions]
        for group in np.unique(groups):
            curve = self._curve(name, rank, int(group))
            chosen = (groups == group) & (self._ranks[positions] <= rank)
            if curve is None or not chosen.any() or curve.highest == 0:
                continue
            load[chosen] = rates[chosen] / curve.highest
            weight[chosen] = curve.weight(rates[chosen])
            crowd[chosen] = weight[chosen] ** 2 / load[chosen]
        if self._evaluator.problem.rules.profiles or self._evaluator.problem.rules.pinned:
            refused = [
                self._evaluator.problem.refusal(gpu_type, self.adapters[p]) is not None
                for p in positions
            ]
            weight[refused] = np.inf
        return load, weight, crowd

    def utilization(self, load: EvaluatedLoad) -> float:
        """Sum of the weights on a GPU."""
        positions = np.array([self.position[name] for name, _ in load.plan.shares])
        shares = np.array([share for _, share in load.plan.shares])
        engine = load.plan.profile_name, load.plan.config.max_lora_rank
        return float(self.figures(engine, positions, shares)[1].sum())

    def fullest(self, engine: Engine) -> float:
        """What the weights on an engine sum to at most."""
        return self._seen(engine) + (_PROBED_RESERVE if self._probed else _RESERVE)

    def fullest_if_probed(self, engine: Engine) -> float:
        """What `fullest` would be if no load beyond those known turned out to be admissible."""
        return self._seen(engine) + _PROBED_RESERVE

    def probe_edges(self) -> None:
        """Try loads that are about as heavy as engines hold; has no effect a second time.

        Raises
        ------
        BudgetExhausted
            If the search has to end.
        """
        if self._probed:
            return
        for number, engine in enumerate(self.engines):
            probes = list(edge_probes(self.weights[engine], self._rates, number))
            while probes:
                probes = self._accepted(engine, probes)
        self._probed = True

    def _accepted(self, engine: Engine, probes: Sequence[EdgeProbe]) -> list[EdgeProbe]:
        """Note the heaviest admissible probes, and return heavier ones where that was not seen."""
        gpu_type = self._evaluator.problem.gpu_type(engine[0])
        answers = admissible_probes(self._evaluator, gpu_type, engine[1], self.adapters, probes)
        heaviest: dict[bytes, EdgeProbe] = {}
        for probe, admissible in zip(probes, answers, strict=True):
            if admissible:
                factors = np.full(probe.positions.size, probe.factor)
                total = float(self.figures(engine, probe.positions, factors)[1].sum())
                self._largest[engine] = max(self._largest.get(engine, 1.0), total)
                heaviest[probe.positions.tobytes()] = probe
        tops = {probe.positions.tobytes(): probe.factor for probe in probes}
        return [
            EdgeProbe(probe.positions, probe.factor * _FURTHER)
            for key, probe in heaviest.items()
            if probe.factor == tops[key]
        ]

    def _seen(self, engine: Engine) -> float:
        """Largest sum of weights of a load that was admissible, at least 1."""
        loads = self._evaluator.admissible_loads
        for load in loads[self._num_seen :]:
            key = load.plan.profile_name, load.plan.config.max_lora_rank
            self._largest[key] = max(self._largest.get(key, 1.0), self.utilization(load))
        self._num_seen = len(loads)
        return self._largest.get(engine, 1.0)

    def _measure(self) -> dict[tuple[str, int, int], CapacityCurve]:
        """Curves by profile, rank and group."""
        kinds: dict[tuple[str, int, int], EngineKind] = {}
        for gpu_type in self._evaluator.problem.fleet:
            for rank in sorted(set(self._ranks.tolist())):
                for group in range(len(self._groups.leaders)):
                    kind = self._kind(gpu_type, rank, group)
                    if kind is not None:
                        kinds[gpu_type.profile.name, rank, group] = kind
        curves = measure_curves(self._evaluator, list(kinds.values()))
        return dict(zip(kinds, curves, strict=True))

    def _kind(self, gpu_type: GpuType, rank: int, group: int) -> EngineKind | None:
        """What is to be measured for a group on an engine; None where nothing is."""
        leader = self._groups.leaders[group]
        members = (self._groups.group == group) & (self._ranks <= rank)
        if not members.any() or rank > gpu_type.profile.largest_rank:
            return None
        if leader.base_model and leader.base_model != gpu_type.profile.model:
            return None
        smallest = int(self._ranks[members].min())
        if len(self._groups.leaders) > _MANY_GROUPS and rank > smallest:
            return None
        rates = self._rates[members] * self._groups.factor[members]
        return EngineKind(
            gpu_type, rank, leader, float(rates.min()), float(rates.max()), len(self.adapters)
        )

    def _curve(self, name: str, rank: int, group: int) -> CapacityCurve | None:
        """That of the largest measured rank up to the engine's: capacity falls with it."""
        known = [r for n, r, g in self._curves if n == name and g == group and r <= rank]
        return self._curves[name, max(known), group] if known else None
