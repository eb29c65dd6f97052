"""CascadeEstimator: a model where it is sure, and a simulation where it is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from estimators.base import Candidate, Estimates
from estimators.ml_backed import MLEstimator
from estimators.starvation import USUAL_RULE, StarvationRule
from estimators.twin_backed import TwinEstimator
from twin.files.errors import InputError

__all__ = ["CascadeEstimator"]


_Simulate = Callable[[Sequence[Candidate], StarvationRule], Estimates]


@dataclass(frozen=True, slots=True)
class CascadeEstimator:
    """Asks a trained model first, and the twin where the model's verdict is open.

    Open is a verdict whose probability of starvation lies between the two bounds, or that would
    be an extrapolation.

    Parameters
    ----------
    model : MLEstimator
        Is asked for every candidate.
    twin : TwinEstimator
        Is asked where the model is unsure, for the same window.
    certain, hopeless : float
        Probabilities of starvation up to which, and from which, the model is believed.

    Attributes
    ----------
    counts : dict[str, int]
        Candidates that the model and the twin have answered so far.

    Raises
    ------
    InputError
        If the bounds are no probabilities in increasing order, or the windows differ.
    """

    model: MLEstimator
    twin: TwinEstimator
    certain: float = 0.02
    hopeless: float = 0.9
    _counts: dict[str, int] = field(
        default_factory=lambda: {"model": 0, "twin": 0}, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if not 0 <= self.certain < self.hopeless <= 1:
            raise InputError(
                "estimator.certain",
                f"{self.certain!r} and estimator.hopeless={self.hopeless!r} bound no range",
                "0 <= certain < hopeless <= 1",
            )
        if self.model.window != self.twin.window:
            raise InputError(
                "estimator.model.window",
                f"{self.model.window!r} is not that of the twin",
                f"{self.twin.window!r}",
            )

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds of the simulations."""
        return self.twin.seeds

    @property
    def counts(self) -> dict[str, int]:
        return dict(self._counts)

    def estimate(
        self, candidates: Sequence[Candidate], rule: StarvationRule = USUAL_RULE
    ) -> Estimates:
        """Predict, and simulate what is open.

        Raises
        ------
        InputError
            As the two estimators.
        """
        return self._estimate(candidates, rule, self.twin.estimate)

    def estimate_unless(
        self,
        stop: Callable[[], bool],
        candidates: Sequence[Candidate],
        rule: StarvationRule = USUAL_RULE,
    ) -> Estimates:
        """Predict, and simulate what is open, unless that takes too long.

        Raises
        ------
        Stopped
            If ``stop`` said so.
        InputError
            As the two estimators.
        """
        return self._estimate(candidates, rule, partial(self.twin.estimate_unless, stop))

    def _estimate(
        self, candidates: Sequence[Candidate], rule: StarvationRule, simulate: _Simulate
    ) -> Estimates:
        estimates, outside = self.model.predict(candidates, rule)
        probability = estimates.starvation_probability
        unsure = (probability > self.certain) & (probability < self.hopeless)
        unsure = (unsure | outside) & ~estimates.memory_error
        rows = np.flatnonzero(unsure).tolist()
        self._counts["model"] += len(candidates) - len(rows)
        self._counts["twin"] += len(rows)
        if not rows:
            return estimates
        simulated = simulate([candidates[k] for k in rows], rule)
        positions = np.arange(len(candidates))
        positions[rows] = len(candidates) + np.arange(len(rows))
        return Estimates.concatenate([estimates, simulated]).take(positions)
