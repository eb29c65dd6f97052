"""Batch choice: how many requests at a time engines run, by what they serve of the traffic."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from estimators.base import Candidate, Estimator
from placer.bounds.pooled_traffic import pool_adapters
from placer.bounds.served_rate import served_rate
from placer.gpu.batch_limits import batch_limits
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from twin.gpu.engine_config import EngineConfig
from twin.workload.adapter import Adapter

__all__ = ["choose_batch_limits"]

_log = logging.getLogger(__name__)

_TOLERANCE = 0.01  # relative width of the bracket around what an engine serves
_STEP = 1.05  # at least so much more is served with another limit; and what is tried next


def choose_batch_limits(problem: Problem, estimator: Estimator) -> Problem:
    """Let engines run as many requests at a time as they serve most of the traffic with.

    Of long prompts an engine admits more than stay in its KV cache: outputs grow, requests are
    preempted and begin anew, and what is served falls to half. It is tried how much an engine
    serves of the whole mix, as that of a single adapter, as it is and with the limits of
    `placer.gpu.batch_limits`. The smallest of those that serve most is taken if that is 5 % more.
    Engines that run now keep their limit, as another one would be a restart; and so do GPU types
    that have one already.

    Parameters
    ----------
    problem : Problem
    estimator : Estimator
        Asked for a few dozen engines of each GPU type.

    Returns
    -------
    Problem
        The same where no limit is better. What is chosen is logged.
    """
    evaluator = Evaluator(estimator, GpuCount(), problem)
    fleet = tuple(
        gpu_type if gpu_type.max_num_seqs is not None else _chosen(evaluator, gpu_type)
        for gpu_type in problem.fleet
    )
    return problem if fleet == problem.fleet else replace(problem, fleet=fleet)


def _chosen(evaluator: Evaluator, gpu_type: GpuType) -> GpuType:
    """A GPU type with the limit of its engines."""
    problem, profile = evaluator.problem, gpu_type.profile
    if problem.running is not None:
        most = profile.max_num_batched_tokens  # of engines that are started now
        limits = {min(limit, most) for limit in problem.running.max_num_seqs(profile.name)}
        if limits:  # where they differ, each goes on with its own, and new ones get the largest
            kept = max(limits)
            usual = kept == profile.max_num_seqs
            return gpu_type if usual else replace(gpu_type, max_num_seqs=kept)
    adapters = problem.workload.adapters
    group = [a for a in adapters if problem.refusal(gpu_type, a) is None]
    limit = _best(evaluator, gpu_type, group) if group else None
    if limit is None:
        return gpu_type
    _log.info(
        "engines of %s run %d requests at a time at most, and not %d (--max-num-seqs): more do not"
        " stay in the KV cache, and less is served; max_num_seqs=profile leaves it as it is",
        *(profile.name, limit, profile.max_num_seqs),
    )
    return replace(gpu_type, max_num_seqs=limit)


def _best(evaluator: Evaluator, gpu_type: GpuType, group: Sequence[Adapter]) -> int | None:
    """Limit with which an engine serves most of some traffic; None where that is its own."""
    total = sum(adapter.rate for adapter in group)
    pooled = pool_adapters(group, total)
    own, *fewer = batch_limits(gpu_type.profile, gpu_type.engine_alone(pooled.rank), group)
    if not fewer:
        return None

    def serving(configs: Sequence[EngineConfig], rate: float) -> list[EngineConfig]:
        adapters = (replace(pooled, rate=rate),)
        asked = [Candidate(gpu_type.profile, config, adapters) for config in configs]
        estimates = evaluator.estimate(asked)
        return [c for c, e in zip(configs, estimates, strict=True) if evaluator.may_serve(e)]

    served = served_rate(lambda rate: bool(serving([own], rate)), group, _TOLERANCE)
    if served.low >= total or not served.low:
        return None
    best, rate = None, served.high * _STEP
    while fewer := serving(fewer, rate):
        best, rate = fewer[0].max_num_seqs, rate * _STEP
    return best
