"""Envelope: what engines can serve at most of any mix of adapters, measured from the estimator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from estimators.base import scatters
from placer.bounds.curve import CapacityCurve
from placer.bounds.edges import Edge, edge_candidates, measure_edges
from placer.bounds.probes import EngineKind, measure_curves
from placer.bounds.traffic_groups import group_traffic
from placer.gpu.evaluator import Evaluator
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import EvaluatedGpu
from twin.workload.rank import BASE

__all__ = ["Envelope"]

FloatArray = NDArray[np.float64]
Engine = tuple[str, int]
"""Profile name and ``max_lora_rank``; 0 without LoRA."""

_RESERVE = 0.05  # of a GPU, for candidates that were not tried
_PROBED_RESERVE = 0.005  # of a GPU, the same once the edge was probed
_SMOOTH_RESERVE = 0.002  # of a GPU, the same where answers do not scatter either
_EQUAL = 0.002  # relative difference of what all adapters fill that does not count
_MANY_GROUPS = 3  # groups of traffic from which each is measured for one rank only


class Envelope:
    """Shares of a GPU that adapters take, such that no admissible GPU sums to more than about 1.

    An adapter's weight on an engine is the reciprocal of how many of its kind, of equal rate and
    traffic, the engine serves: of all numbers of slots that with which it serves most. Served is
    traffic of which it is not likelier than not that the engine starves
    (`placer.gpu.evaluator.Evaluator.may_serve`). Where the time of a step grows linearly with the
    adapters in the batch, the traffic that n adapters can have together is a convex function of n,
    and by Jensen's inequality a mix of adapters with different rates is no better served than by
    engines for each kind alone: the weights of an admissible GPU sum to 1 at most. Adapters of a
    rank below the engine's are served no better than others.

    Requests for the base model weigh what an engine without LoRA serves of them, in proportion:
    beside adapters, which make its steps longer, it serves no more.

    That holds where all adapters have equal lengths and arrivals, and an engine serves no more of
    more adapters (`proves`). Of several kinds of traffic, one may fill the KV cache and another
    the batch, and both together use an engine better than each alone: by a fifth, in simulations.
    And where few slots keep requests from being preempted, an engine serves more of many adapters
    than of one. Weights are then good enough to place adapters by, and prove nothing.

    Estimators scatter as well. So the weights of all GPUs that were found admissible are summed
    too, and the largest of these sums, with a reserve for GPUs that were not tried, is what an
    engine is taken to hold. The reserve is 5 %, and 0.5 % once the edge was probed
    (`probe_edges`): GPUs of the adapters themselves were made heavier until they were not served
    any more. Weights are then corrected by what GPUs of similar adapters summed to at the edge, so
    that such GPUs sum to 1.

    Parameters
    ----------
    evaluator : Evaluator
        Its estimator is asked for a few dozen to a few hundred candidates of each kind of engine.

    Attributes
    ----------
    num_estimates : int
        Candidates that the estimator was asked for to measure capacities, edges left out.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._scattered = scatters(evaluator.estimator)
        problem = evaluator.problem
        self.adapters = problem.workload.adapters
        self.position = {adapter.name: index for index, adapter in enumerate(self.adapters)}
        self._rates = np.array([adapter.rate for adapter in self.adapters])
        self._groups = group_traffic(evaluator.classes, self.adapters)
        self._ranks = np.array(
            [problem.rules.engine_rank(adapter.rank) for adapter in self.adapters]
        )
        before = evaluator.num_estimates
        self._curves = self._measure()
        self.num_estimates = evaluator.num_estimates - before
        self._largest: dict[Engine, float] = {}
        self._num_seen = 0
        self._edge: dict[Engine, tuple[FloatArray, FloatArray]] = {}
        self.probed = False

    @property
    def engines(self) -> tuple[Engine, ...]:
        """Kinds of engines that may be used, by profile and rank."""
        return tuple(
            (gpu_type.profile.name, rank)
            for gpu_type in self._evaluator.problem.fleet
            for rank in sorted(set(self._ranks.tolist()))
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
            Traffic, relative to what the engine serves of an adapter alone.
        (n,) array
            Weight, relative to what it serves of the adapter's kind; at least the traffic.
        (n,) array
            Weight times the ratio of the two, which says how many adapters would fill the engine.
        """
        name, rank = engine
        traffic, weight = (np.full(positions.size, np.inf) for _ in range(2))
        gpu_type = self._evaluator.problem.gpu_type(name)
        groups = self._groups.group[positions]
        rates = self._rates[positions] * shares * self._groups.factor[positions]
        for group in np.unique(groups):
            curve = self._curve(name, rank, int(group))
            chosen = (groups == group) & (self._ranks[positions] <= rank)
            if curve is None or not chosen.any() or curve.highest == 0:
                continue
            traffic[chosen] = rates[chosen] / curve.highest
            weight[chosen] = curve.weight(rates[chosen])
        if engine in self._edge:
            adapters = self._ranks[positions] != BASE
            edge = np.interp(np.log(traffic[adapters]), *self._edge[engine])
            traffic[adapters] /= edge
            weight[adapters] /= edge
        with np.errstate(invalid="ignore"):
            crowd = np.where(np.isfinite(weight), weight**2 / traffic, np.inf)
        if self._evaluator.problem.rules.profiles or self._evaluator.problem.rules.pinned:
            refused = [
                self._evaluator.problem.refusal(gpu_type, self.adapters[p]) is not None
                for p in positions
            ]
            weight[refused] = np.inf
        return traffic, weight, crowd

    def utilization(self, gpu: EvaluatedGpu) -> float:
        """Sum of the weights on a GPU."""
        return float(self.utilizations([gpu])[0])

    def utilizations(self, gpus: Sequence[EvaluatedGpu]) -> FloatArray:
        """Sum of the weights on each of g GPUs, of shape (g,)."""
        result = np.empty(len(gpus))
        alike: dict[Engine, list[int]] = defaultdict(list)
        for g, gpu in enumerate(gpus):
            alike[_engine_of(gpu)].append(g)
        for engine, numbers in alike.items():
            contents = [gpus[g].plan.shares for g in numbers]
            positions = [self.position[name] for content in contents for name, _ in content]
            shares = [share for content in contents for _, share in content]
            weights = self.figures(engine, np.array(positions), np.array(shares))[1]
            ends = np.cumsum([len(content) for content in contents])
            result[numbers] = [own.sum() for own in np.split(weights, ends[:-1])]
        return result

    @property
    def proves(self) -> bool:
        """Whether weights on an admissible GPU sum to 1 at most.

        All adapters that it can serve have equal lengths and arrivals, and what engines serve does
        not rise with the number of adapters.
        """
        if not all(curve.falls for curve in self._curves.values()):
            return False
        leaders, classes = self._groups.leaders, self._evaluator.classes
        kinds = {classes.traffic_class(leader.name) for leader in leaders}
        models = {leader.base_model for leader in leaders}
        return self._groups.exact and (
            len(kinds) == 1 or (len(models) == len(kinds) and "" not in models)
        )

    def fullest(self, engine: Engine) -> float:
        """What the weights on an engine sum to at most."""
        return self._seen(engine) + (self._probed_reserve if self.probed else _RESERVE)

    def largest_share(self, engine: Engine) -> float:
        """Share of all requests that an engine has at most: of the lightest adapters for theirs.

        As much of each as one likes, up to what its weights sum to.
        """
        weights = self.weights[engine]
        allowed = np.flatnonzero(np.isfinite(weights))
        order = allowed[np.argsort(weights[allowed] / self._rates[allowed], kind="stable")]
        filled = np.append(0.0, np.cumsum(weights[order]))
        served = np.append(0.0, np.cumsum(self._rates[order]))
        most = np.interp(self.fullest(engine), filled, served)
        return float(most) / self._evaluator.problem.workload.rate

    @property
    def _probed_reserve(self) -> float:
        """Of a GPU, for candidates that were not tried, once the edge was probed."""
        return _PROBED_RESERVE if self._scattered else _SMOOTH_RESERVE

    def fullest_if_probed(self, engine: Engine) -> float:
        """What `fullest` would be if no GPU beyond those known turned out to be admissible."""
        return self._seen(engine) + self._probed_reserve

    def probe_edges(self) -> None:
        """Make candidates heavier until engines do not hold them, and correct the weights by that.

        Has no effect a second time.

        Raises
        ------
        BudgetExhausted
            If the search has to end.
        """
        if self.probed:
            return
        edges: dict[Engine, list[Edge]] = {}
        for number, engine in enumerate(self.engines):
            gpu_type = self._evaluator.problem.gpu_type(engine[0])
            weights = np.where(self._ranks == BASE, np.inf, self.weights[engine])
            edges[engine] = [
                Edge(
                    gpu_type,
                    engine[1],
                    positions,
                    float(weights[positions].sum()),
                    similar,
                    self._scattered,
                )
                for positions, similar in edge_candidates(weights, self._rates, number)
            ]
        measure_edges(self._evaluator, self.adapters, [e for own in edges.values() for e in own])
        self.probed = True
        for engine, own in edges.items():
            self._correct(engine, [edge for edge in own if edge.bracket.low])
        del self.weights

    def _correct(self, engine: Engine, edges: Sequence[Edge]) -> None:
        """Correct the weights on an engine by candidates at its edge, where that says more.

        Where adapters differ so much that no candidate is of similar ones, it may not: then
        weights that were corrected for some candidates are too large for others.
        """
        knots = sorted(self._knot(self._edge_figures(engine, e)) for e in edges if e.similar)
        before = self._share(engine, edges)
        if not knots:
            return
        knots.append((0.0, 1.0))  # an adapter alone, of as much as is served
        positions, sums = zip(*knots, strict=True)
        self._edge[engine] = np.array(positions), np.array(sums)
        if self._share(engine, edges) < before * (1 - _EQUAL):
            del self._edge[engine]
            self._share(engine, edges)

    def _share(self, engine: Engine, edges: Sequence[Edge]) -> float:
        """GPUs that all adapters fill on an engine by its weights; notes the heaviest."""
        everyone = np.arange(len(self.adapters))
        weights = self.figures(engine, everyone, np.ones(len(self.adapters)))[1]
        known = self._evaluator.admissible_gpus[: self._num_seen]
        seen = self.utilizations([gpu for gpu in known if _engine_of(gpu) == engine])
        sums = [float(self._edge_figures(engine, edge)[1].sum()) for edge in edges]
        self._largest[engine] = max([1.0, *sums, *seen.tolist()])
        fullest = self._largest[engine] + self._probed_reserve
        return float(weights[np.isfinite(weights)].sum()) / fullest

    def _edge_figures(self, engine: Engine, edge: Edge) -> tuple[FloatArray, FloatArray]:
        """Traffic and weight of adapters at the edge."""
        traffic, weight, _ = self.figures(
            engine, edge.positions, np.full(edge.positions.size, edge.bracket.low)
        )
        return traffic, weight

    def _knot(self, figures: tuple[FloatArray, FloatArray]) -> tuple[float, float]:
        """Mean logarithm of the traffic of the adapters at the edge, and sum of their weights."""
        traffic, weight = figures
        total = float(weight.sum())
        return float(np.log(traffic) @ weight) / total, total

    def _seen(self, engine: Engine) -> float:
        """Largest sum of weights of a GPU that was admissible, at least 1."""
        gpus = self._evaluator.admissible_gpus
        new = gpus[self._num_seen :]
        for gpu, used in zip(new, self.utilizations(new).tolist(), strict=True):
            key = _engine_of(gpu)
            self._largest[key] = max(self._largest.get(key, 1.0), used)
        self._num_seen = len(gpus)
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
        if not members.any():
            return None
        if leader.base_model and leader.base_model != gpu_type.profile.model:
            return None
        smallest = int(self._ranks[members].min())
        if len(self._groups.leaders) > _MANY_GROUPS and rank > smallest:
            return None
        if leader.is_base and rank != BASE:
            return None
        rates = self._rates[members] * self._groups.factor[members]
        most = 1 if leader.is_base else len(self.adapters)
        return EngineKind(gpu_type, rank, leader, float(rates.min()), float(rates.max()), most)

    def _curve(self, name: str, rank: int, group: int) -> CapacityCurve | None:
        """That of the largest measured rank up to the engine's: capacity falls with it."""
        known = [r for n, r, g in self._curves if n == name and g == group and r <= rank]
        return self._curves[name, max(known), group] if known else None


def _engine_of(gpu: EvaluatedGpu) -> Engine:
    return gpu.plan.profile_name, gpu.plan.config.max_lora_rank
