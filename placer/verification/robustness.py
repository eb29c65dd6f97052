"""Robustness: whether GPUs serve burstier arrivals than was assumed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from estimators.base import Candidate, Estimate, Estimates, Estimator
from estimators.starvation import StarvationRule
from twin.files.errors import InputError
from twin.workload.arrivals import ArrivalProcess, check_cv, renewal_arrivals

__all__ = ["RobustEstimator", "Robustness"]


@dataclass(frozen=True, slots=True)
class Robustness:
    """Which bursts GPUs have to bear.

    Parameters
    ----------
    arrival_cv : float or None
        Coefficient of variation of the gaps between an adapter's requests. Adapters whose arrivals
        vary less get gamma-distributed gaps that vary as much; 1 is Poisson. None for no test.
    max_starvation_probability : float
        Largest probability of starving then, in [0, 1]; not below the problem's own limit.

    Raises
    ------
    InputError
        If a value is out of range.
    """

    arrival_cv: float | None = 2.0
    max_starvation_probability: float = 0.5

    def __post_init__(self) -> None:
        cv, most = self.arrival_cv, self.max_starvation_probability
        if cv is not None:
            check_cv("robustness.arrival_cv", cv)
        if not 0 <= most <= 1:
            raise InputError(
                "robustness.max_starvation_probability", f"{most!r} is not inside [0, 1]"
            )

    def burstier(self, candidate: Candidate) -> Candidate:
        """The same traffic with burstier arrivals."""
        if self.arrival_cv is None:
            return candidate
        arrivals = _arrivals(self.arrival_cv)
        adapters = (
            replace(a, arrivals=arrivals) if a.arrivals.cv < arrivals.cv else a
            for a in candidate.adapters
        )
        return replace(candidate, adapters=tuple(adapters))


@dataclass(frozen=True, slots=True)
class RobustEstimator:
    """Predictions for candidates as they are, which starve too where bursts make them starve.

    Under bursts GPUs are looked at in the window alone (a rule that is not ``sustained``). What
    engines can serve in the long run is asked of assumed arrivals, with a smaller probability:
    in overload queues hardly ever are empty, however arrivals are spread. A GPU on which no
    arrivals become burstier is not asked for again, and none starves less likely in bursts.

    Parameters
    ----------
    estimator : Estimator
        Predicts both, unless there is another one for bursts.
    robustness : Robustness
        Where a GPU starves under bursts with more than its probability, that is the GPU's
        probability of starving.
    under_bursts : Estimator or None
        Predicts GPUs under bursts; None for the same estimator.
    hopeless : float
        Probability of starving without bursts, beyond which it is not asked for those with bursts.
    """

    estimator: Estimator
    robustness: Robustness
    under_bursts: Estimator | None = None
    hopeless: float = 1.0

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        """Predict under assumed arrivals and under bursts."""
        steady = list(self.estimator.estimate(candidates, rule))
        if self.robustness.arrival_cv is None:
            return Estimates.from_rows(steady)
        asked = [k for k, e in enumerate(steady) if e.starvation_probability <= self.hopeless]
        assumed = [steady[k].starvation_probability for k in asked]
        bursts = self._in_bursts([candidates[k] for k in asked], assumed, rule)
        for k, burst in zip(asked, bursts, strict=True):
            steady[k] = self._strictest(steady[k], burst)
        return Estimates.from_rows(steady)

    def burst_probabilities(
        self, candidates: Sequence[Candidate], rule: StarvationRule
    ) -> list[float]:
        """Probability of starving under bursts; NaN where that is not tested."""
        if self.robustness.arrival_cv is None:
            return [math.nan] * len(candidates)
        assumed = self.estimator.estimate(candidates, rule).starvation_probability.tolist()
        return self._in_bursts(candidates, assumed, rule)

    def _in_bursts(
        self, candidates: Sequence[Candidate], assumed: Sequence[float], rule: StarvationRule
    ) -> list[float]:
        """Probability of starving under bursts, by those under assumed arrivals."""
        probabilities = list(assumed)
        bursty = [self.robustness.burstier(candidate) for candidate in candidates]
        asked = [k for k, c in enumerate(candidates) if bursty[k].adapters != c.adapters]
        estimator = self.under_bursts or self.estimator
        estimates = estimator.estimate([bursty[k] for k in asked], replace(rule, sustained=False))
        for k, estimate in zip(asked, estimates, strict=True):
            probabilities[k] = max(probabilities[k], estimate.starvation_probability)
        return probabilities

    def _strictest(self, steady: Estimate, burst: float) -> Estimate:
        if burst <= self.robustness.max_starvation_probability:
            return steady
        return steady._replace(starvation_probability=max(steady.starvation_probability, burst))


@lru_cache(maxsize=16)
def _arrivals(cv: float) -> ArrivalProcess:
    """The same object for the same value: estimators compare objects first."""
    return renewal_arrivals(cv)
