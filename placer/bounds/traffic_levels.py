"""Traffic levels: what an engine is predicted to do with more and more of all requests."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from estimators.base import Candidate, Estimate
from placer.bounds.pooled_traffic import pool_adapters
from placer.gpu.batch_limits import batch_limits
from placer.gpu.evaluator import Evaluator
from placer.problem.fleet import GpuType
from twin.gpu.engine_config import EngineConfig
from twin.workload.adapter import Adapter

__all__ = ["Figure", "TrafficLevels"]

FloatArray = NDArray[np.float64]
Figure = Callable[[Estimate], float]
"""A figure of an engine that is not negative, and does not fall where its traffic rises."""

_IDLE_RATE = 1e-3  # requests/s
_LEVELS = 0.02, 0.05, 0.1, 0.2, 0.27, 0.35, 0.5, 0.6, 0.7, 0.85, 1.0  # of what one can have
_AROUND = 0.9, 0.95, 1.0  # of even parts of all traffic
_QUEUES = (8, 1), (32, 1), (32, 2)  # adapters that wait for slots, and how many of these
_SCATTER, _DEVIATIONS = 0.03, 2.0  # of requests at random: at least, relative; of what is served
_EXACT = 1e-9
_SATURATED = 1e-5  # relative, by which figures of engines that are busy all the time differ


@dataclass(slots=True)
class TrafficLevels:
    """Predictions for engines of one type, at some levels of traffic.

    Parameters
    ----------
    evaluator : Evaluator
        Its estimator is asked also when the budget is spent.
    gpu_type : GpuType
    group : tuple of Adapter
        For which the requests are.
    total : float
        Rate of all requests there are, in requests/s.
    most : float
        Largest share of these that an engine serves.
    thrifty : bool
        Whether an engine is at each level the one that takes least power: that of a single
        adapter, with the most regular or with the burstiest arrivals, or one of many adapters
        that wait for few slots, as requests that wait are served together and save steps. Else it
        is that of a single adapter with regular arrivals, which answers soonest.
    """

    evaluator: Evaluator
    gpu_type: GpuType
    group: tuple[Adapter, ...]
    total: float
    most: float
    thrifty: bool
    _known: dict[float, list[Estimate]] = field(default_factory=dict, init=False)

    def measure(self, parts: Sequence[float]) -> None:
        """Ask for what is not known yet, of levels up to the most and of some shares below it."""
        wanted = {0.0, *(self.most * level for level in _LEVELS)}
        wanted |= {part * factor for part in parts for factor in _AROUND}
        new = sorted(s for s in wanted - self._known.keys() if s <= self.most * (1 + _EXACT))
        pooled = pool_adapters(self.group, self.total)
        alone = self.gpu_type.engine_alone(pooled.rank)
        configs = batch_limits(self.gpu_type.profile, alone, self.group)
        groups = [list(self._candidates(pooled, configs, share)) for share in new]
        answers = iter(self.evaluator.estimate([c for group in groups for c in group]))
        for share, group in zip(new, groups, strict=True):
            first, *others = [next(answers) for _ in group]
            self._known[share] = [first, *(e for e in others if self.evaluator.may_serve(e))]

    def figures(self, figure: Figure, shares: FloatArray) -> FloatArray:
        """What a figure is at least, of engines with so much of all requests or more.

        Between two levels that is the figure at the lower one; where one at a higher level is
        smaller, by the scatter of the estimates, that. Of engines that take least power an
        estimate counts for as many requests as may have come by chance: more than were asked for.
        Figures of engines that are busy nearly all the time hardly rise any more, and then other
        adapters may give one that is a millionth smaller: a hundred-thousandth is taken off.

        Parameters
        ----------
        figure : callable
        shares : (n,) array
            From 0 to `most`.
        """
        levels = self._levels()
        lowest = [min(map(figure, self._known[level])) for level in sorted(self._known)]
        rising = np.minimum.accumulate(np.array(lowest)[::-1])[::-1]
        place = np.searchsorted(levels, shares * (1 + _EXACT), side="right") - 1
        found: FloatArray = rising[place] * (1 - _SATURATED)
        return found

    def slope(self, figure: Figure) -> float:
        """How fast a figure rises at least from that of an idle engine, over all levels."""
        levels = self._levels()
        values = self.figures(figure, levels)
        return float(((values[1:] - values[0]) / levels[1:]).min(initial=math.inf))

    def _levels(self) -> FloatArray:
        """Shares of all requests that the estimates count for, ascending."""
        levels = np.array(sorted(self._known))
        if not self.thrifty:
            return levels
        off = [max(e.uncertainty for e in self._known[level]) for level in levels.tolist()]
        scatter = np.maximum(_SCATTER, _DEVIATIONS * np.array(off))
        raised: FloatArray = np.maximum.accumulate(levels * (1 + scatter))
        return raised

    def _candidates(
        self, everything: Adapter, configs: Sequence[EngineConfig], share: float
    ) -> Iterator[Candidate]:
        """Engines with a share of all requests, as the usual one is started and with limits."""
        pooled = replace(everything, rate=max(_IDLE_RATE, share * self.total))
        profile = self.gpu_type.profile
        yield from (Candidate(profile, config, (pooled,)) for config in configs)
        if not self.thrifty:
            return
        bursty = max(self.group, key=lambda a: a.arrivals.cv).arrivals
        if bursty.cv > 1:
            yield Candidate(profile, configs[0], (replace(pooled, arrivals=bursty),))
        for number, slots in _QUEUES:
            number = min(number, len(self.group))
            if number > slots and not pooled.is_base:
                part = replace(pooled, rate=pooled.rate / number)
                waiting = tuple(replace(part, name=f"{i:02d}") for i in range(number))
                yield Candidate(profile, self.gpu_type.engine_config(slots, pooled.rank), waiting)
