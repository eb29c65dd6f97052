"""FixedSlots: an estimator for engines whose slots cannot be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from estimators.base import Candidate, Estimates, Estimator
from estimators.starvation import StarvationRule

__all__ = ["FixedSlots"]


@dataclass(frozen=True, slots=True)
class FixedSlots:
    """Answers for engines with these slots, whatever slots a strategy has in mind.

    Parameters
    ----------
    estimator : Estimator
    max_loras : int
    """

    estimator: Estimator
    max_loras: int

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        """As every estimator; engines without LoRA stay without."""
        return self.estimator.estimate([self._fixed(one) for one in candidates], rule)

    def _fixed(self, candidate: Candidate) -> Candidate:
        if candidate.config.max_loras in (0, self.max_loras):
            return candidate
        return replace(candidate, config=replace(candidate.config, max_loras=self.max_loras))
