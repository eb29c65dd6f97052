"""Engine-mix relaxation: enough engines for all adapters by their measured weights."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from estimators.base import Estimate
from placer.bounds.envelope import Envelope
from placer.bounds.idle import IdleEngines
from placer.bounds.mix_program import MixProgram
from placer.bounds.traffic_levels import Figure
from placer.gpu.budget import BudgetExhausted
from placer.gpu.evaluator import Evaluator
from twin.workload.adapter import Adapter

__all__ = ["EngineMixRelaxation"]

_ROUNDING = 1e-6


class EngineMixRelaxation:
    """Relaxation in which adapters may be split over engines as one likes.

    What remains is that the weights on an engine sum to no more than it holds (see `Envelope`),
    that an engine's rank is at least that of its adapters, and that engines are whole. The value
    is that of a linear program with few whole variables, see `MixProgram`. Splitting never makes
    an adapter lighter, since an engine serves no more of many rare adapters than of a few busy
    ones; so this covers placements with shares.

    Parameters
    ----------
    evaluator : Evaluator
    envelope : Envelope
    idle : IdleEngines
    """

    name = "engine mix"

    def __init__(self, evaluator: Evaluator, envelope: Envelope, idle: IdleEngines) -> None:
        self._problem = evaluator.problem
        self._envelope = envelope
        self._idle = idle
        self._known: dict[tuple[tuple[float, ...], tuple[float, ...], bool], float] = {}

    @property
    def min_gpus(self) -> int:
        least = self.least({gpu_type.profile.name: 1.0 for gpu_type in self._problem.fleet})
        return max(1, math.ceil(least - _ROUNDING))

    def least(self, weights: Mapping[str, float]) -> float:
        envelope = self._envelope
        least = self._least(weights, [envelope.fullest(engine) for engine in envelope.engines])
        hoped = [envelope.fullest_if_probed(engine) for engine in envelope.engines]
        if self._least(weights, hoped) > least:  # trying the heaviest candidates can help
            try:
                envelope.probe_edges()
            except BudgetExhausted:
                return least
            least = self._least(weights, [envelope.fullest(engine) for engine in envelope.engines])
        return least

    def _least(self, weights: Mapping[str, float], room: list[float]) -> float:
        """Smallest weight of engines of which each holds so much, remembered."""
        engines = self._envelope.engines
        costs = np.array([weights[profile] for profile, _ in engines])
        key = tuple(costs.tolist()), tuple(room), self._envelope.probed
        if key not in self._known:
            limits = [
                (np.array([profile in names for profile, _ in engines]), count)
                for names, count in self._problem.pools.limits
            ]
            program = MixProgram.of(self._envelope.weights, np.array(room))
            least = program.least(costs, limits)
            # More than all GPUs: then the number that would be needed says more than infinity. And
            # what is in time on no engine with its likes may be in time among others.
            least = program.least(costs) if math.isinf(least) else least
            self._known[key] = 0.0 if math.isinf(least) else least
        return self._known[key]

    def idle(self, adapter: Adapter) -> list[Estimate]:
        return self._idle.estimates(adapter)

    def shared(self, figure: Figure, *, per_request: bool, fewest: int = 1) -> float:
        most: dict[str, float] = {}
        for engine in self._envelope.engines:
            largest = self._envelope.largest_share(engine)
            most[engine[0]] = max(most.get(engine[0], 0.0), largest)
        fewest = max(fewest, self.min_gpus)
        return self._idle.shared(figure, fewest, most, per_request=per_request)
