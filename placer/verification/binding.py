"""What binds on a GPU, and how much traffic it can still take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from estimators.base import Candidate
from placer.gpu.bracket import RealBracket
from placer.gpu.evaluator import Evaluator
from placer.problem.planned_gpu import EvaluatedGpu
from twin.engine.simulate import simulate
from twin.workload.workload import Workload

__all__ = ["binding_constraint", "explain", "headrooms"]

_GROWTH = 1.125  # first factor on the traffic that is tried; then its distance from 1 doubles
_LARGEST_FACTOR = 1000.0
_TOLERANCE = 0.05  # of the factor
_OVERLOAD = 1.3  # beyond the traffic at which a GPU starves, to see what is used up
_WINDOW = 600.0  # simulated seconds for that
_USED_UP = 0.8  # mean use from which something counts as the limit


def explain(judge: Evaluator, gpus: Sequence[EvaluatedGpu]) -> list[tuple[str, float]]:
    """Binding constraint and headroom of each GPU; see `GpuFigures`.

    Parameters
    ----------
    judge : Evaluator
        Says which GPUs are admissible; its budget must not be spent.
    gpus : sequence of EvaluatedGpu
        The GPUs.
    """
    result = []
    for gpu, headroom in zip(gpus, headrooms(judge, gpus), strict=True):
        known = not math.isnan(headroom) and math.isfinite(headroom)
        factor = _OVERLOAD * (1 + (headroom if known else 0.0))
        binding = "KV memory"
        if not gpu.estimate.memory_error:
            binding = binding_constraint(gpu.candidate, factor)
        result.append((binding, headroom))
    return result


def headrooms(judge: Evaluator, gpus: Sequence[EvaluatedGpu]) -> list[float]:
    """Traffic that GPUs can still take before they are not admissible, relative to what they have.

    All rates of a GPU grow together. By doubling, then halving, for all GPUs at once: traffic is
    taken to be admissible when a larger one is. NaN for GPUs that are not admissible now, infinite
    beyond a thousandfold.
    """
    brackets = [
        RealBracket(1.0 if gpu.admissible else math.nan, _GROWTH, _GROWTH - 1, _TOLERANCE)
        for gpu in gpus
    ]
    tries = [iter(bracket) for bracket in brackets]
    while True:
        asked = [
            (bracket, factor, _scaled(gpu.candidate, factor))
            for gpu, bracket, factors in zip(gpus, brackets, tries, strict=True)
            if not bracket.low >= _LARGEST_FACTOR and (factor := next(factors, None)) is not None
        ]
        if not asked:
            break
        estimates = judge.estimate([candidate for _, _, candidate in asked])
        for (bracket, factor, _), estimate in zip(asked, estimates, strict=True):
            if judge.admissible(estimate):
                bracket.low = factor
            else:
                bracket.high = factor
    return [math.inf if b.low >= _LARGEST_FACTOR else b.low - 1 for b in brackets]


def binding_constraint(candidate: Candidate, factor: float) -> str:
    """What is used up when the traffic of a GPU is multiplied by a factor that overloads it.

    Returns
    -------
    str
        ``"KV memory"``, ``"slots"`` (``max_loras``), ``"batch size"`` (``max_num_seqs``), or
        ``"compute"`` where none of these is used up.
    """
    overloaded = _scaled(candidate, factor)
    config = candidate.config
    run = simulate(
        Workload(overloaded.adapters), config, candidate.profile, duration=_WINDOW, seed=0
    )
    slots = run.adapters_mean / config.max_loras if config.max_loras else 0.0
    uses = {
        "KV memory": run.kv_usage_mean,
        "slots": slots if config.max_loras < candidate.num_adapters else 0.0,
        "batch size": run.running_mean / config.max_num_seqs,
    }
    most = max(uses, key=lambda name: uses[name])
    return most if uses[most] >= _USED_UP else "compute"


def _scaled(candidate: Candidate, factor: float) -> Candidate:
    adapters = tuple(replace(a, rate=a.rate * factor) for a in candidate.adapters)
    return replace(candidate, adapters=adapters)
