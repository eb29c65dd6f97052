"""Ranking: which of two placements is better."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from placer.gpu.evaluator import Evaluator
from placer.problem.planned_gpu import EvaluatedGpu

__all__ = ["Rank", "Ranking"]

_SAFE = 0.01  # probability of starving up to which GPUs are not told apart

Rank = tuple[float, int, tuple[float, ...], float, float, float]
"""The smaller, the better."""


class Ranking:
    """Compares placements of one problem.

    Better is what leaves less traffic without a GPU, then has the smaller value, then no GPU that
    may well starve, then what answers sooner.

    Parameters
    ----------
    evaluator : Evaluator
        Of the problem; its estimator is not asked.
    fewest_first : bool
        Whether fewer GPUs are better than a smaller value.
    """

    def __init__(self, evaluator: Evaluator, *, fewest_first: bool) -> None:
        self._evaluator = evaluator
        self._fewest_first = fewest_first
        self._total = evaluator.problem.workload.token_rate
        self._known: dict[int, _Traffic] = {}

    def of(self, gpus: Sequence[EvaluatedGpu], best: Rank | None = None) -> Rank:
        """Rank of a placement, by what its GPUs were estimated to do.

        Of one that leaves more traffic without a GPU than another, the best so far, no more is
        looked at: its rank is larger.
        """
        sums = [self._traffic(gpu) for gpu in gpus]
        placed = math.fsum([traffic.tokens for traffic in sums])
        missing = max(0.0, round(1 - placed / self._total, 9))
        if best is not None and missing > best[0]:
            return missing, len(gpus), (), 0.0, 0.0, 0.0
        value = tuple(float(f"{v:.9g}") for v in self._evaluator.value(gpus))
        worst = max((gpu.estimate.starvation_probability for gpu in gpus), default=0.0)
        number = len(gpus) if gpus and self._fewest_first else 0
        risk = round(max(0.0, worst - _SAFE), 2)
        return missing, number, value, risk, _response_time(sums), round(worst, 6)

    def _traffic(self, gpu: EvaluatedGpu) -> _Traffic:
        """Sums over what a GPU serves, remembered: placements are offered that differ in one."""
        known = self._known.get(id(gpu))
        if known is None or known.gpu is not gpu:
            rate = gpu.candidate.rate
            known = _Traffic(gpu, gpu.candidate.token_rate, rate, rate * gpu.response_time)
            self._known[id(gpu)] = known
        return known


class _Traffic(NamedTuple):
    """What arrives at a GPU: tokens/s, requests/s, and seconds of answering for each second."""

    gpu: EvaluatedGpu
    tokens: float
    requests: float
    answering: float


def _response_time(sums: Sequence[_Traffic]) -> float:
    """Mean over all requests, to three digits; 0 where it is unknown."""
    rate = math.fsum(traffic.requests for traffic in sums)
    total = math.fsum(traffic.answering for traffic in sums)
    return float(f"{total / rate:.3g}") if rate and not math.isnan(total) else 0.0
