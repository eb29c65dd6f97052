"""Operating points: the traffic that a GPU serves of a single adapter."""

from __future__ import annotations

from collections.abc import Sequence

from estimators.base import Candidate
from placer.bounds.pooled_traffic import pool_adapters
from placer.gpu.bracket import RealBracket
from placer.gpu.evaluator import Evaluator
from placer.problem.fleet import GpuType
from twin.workload.adapter import Adapter

__all__ = ["backbone_throughput", "operating_point"]

_TOLERANCE = 0.01  # relative, of traffic
_SMALLEST = 1e-3  # part of the traffic below which nothing is looked for


def operating_point(evaluator: Evaluator, gpu_type: GpuType, adapters: Sequence[Adapter]) -> float:
    """Most traffic in tokens/s that a GPU may have, all of it one adapter of one rank.

    The adapter has the smallest rank, and the mix of lengths, of some adapters. 0 where even a
    thousandth of their traffic is too much.
    """
    offered = sum(adapter.token_rate for adapter in adapters)
    rate = sum(adapter.rate for adapter in adapters)
    bracket = RealBracket(0.0, first=1.0, step=1.0, tolerance=_TOLERANCE)
    for part in bracket:  # of the adapters' traffic
        if _judge(evaluator, gpu_type, adapters, part * rate)[0]:
            bracket.low = part
        else:
            bracket.high = part
        if bracket.high <= _SMALLEST:
            break
    return bracket.low * offered


def backbone_throughput(
    evaluator: Evaluator, gpu_type: GpuType, adapters: Sequence[Adapter]
) -> float:
    """Tokens/s that a GPU serves at most where adapters cost nothing.

    Measured with one adapter in one slot, overloaded: what comes nearest to the base model alone
    of what an estimator can be asked.
    """
    rate = sum(adapter.rate for adapter in adapters)
    best, factor = 0.0, 1.0
    while True:
        _, served = _judge(evaluator, gpu_type, adapters, factor * rate)
        if served <= best * (1 + _TOLERANCE):
            return max(best, served)
        best, factor = served, 2 * factor


def _judge(
    evaluator: Evaluator, gpu_type: GpuType, adapters: Sequence[Adapter], rate: float
) -> tuple[bool, float]:
    """Whether a GPU may have some adapters' mix at a rate, and the tokens/s it serves of it."""
    evaluator.budget.check()
    alone = pool_adapters(adapters, rate)
    config = gpu_type.engine_alone(alone.rank)
    (estimate,) = evaluator.estimate([Candidate(gpu_type.profile, config, (alone,))])
    return evaluator.admissible(estimate), estimate.served_throughput
