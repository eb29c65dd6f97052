"""Largest shares: what one GPU serves of an adapter that is too hot for one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from placer.gpu.bracket import Bracket
from placer.gpu.evaluator import Evaluator
from placer.problem.planned_gpu import EvaluatedGpu
from twin.workload.adapter import Adapter

__all__ = ["ALL", "LargestShare", "largest_share", "largest_shares"]

_STEPS = 64  # into which an equal part of a hot adapter is cut to find the largest that fits
_MOST_PARTS = 4096  # of an adapter; one of which no GPU serves even such a part is hopeless
_NEARLY_IDLE = 16  # times as much is served; what is rejected so is not for want of capacity
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class LargestShare:
    """What one GPU serves of an adapter, or of several that have to be together.

    Parameters
    ----------
    parts : int
        Equal parts that are needed, each on a GPU of its own; 0 where no GPU serves one that is
        small enough.
    share : float
        The largest share that a GPU serves.
    refused : EvaluatedGpu or None
        Where there is none, the GPU with the smallest part that was tried; None where no engine
        starts.
    """

    parts: int
    share: float
    refused: EvaluatedGpu | None = None


ALL = LargestShare(1, 1.0)
"""Of an adapter that fits on one GPU."""


def largest_shares(evaluator: Evaluator) -> dict[int, LargestShare]:
    """Largest shares by class, for those adapters that do not fit on one GPU.

    Adapters of equal lengths and arrivals are compared: where the hottest of them with the largest
    rank of them fits, all fit; and where one is hopeless, those of no smaller rank or rate are.
    Adapters that have to be together are looked at by themselves.

    Parameters
    ----------
    evaluator : Evaluator
        Tells what GPUs serve.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    rules, classes = evaluator.problem.rules, evaluator.classes
    shares: dict[int, LargestShare] = {}
    groups: dict[tuple[int, str | None, str | None], list[Adapter]] = {}
    for adapter in evaluator.problem.workload.adapters:
        bundle = rules.bundle(adapter.name)
        if len(bundle) == 1:
            where = rules.profile(adapter.name), rules.pinned.get(adapter.name)
            key = classes.traffic_class(adapter.name), *where
            groups.setdefault(key, []).append(adapter)
        elif bundle[0] == adapter.name:
            found = largest_share(evaluator, [evaluator.adapters[name] for name in bundle])
            if found is not ALL:
                shares[classes.adapter_class(adapter.name)] = found
    for group in groups.values():
        shares |= _of_one_kind(evaluator, group)
    return shares


def _of_one_kind(evaluator: Evaluator, group: Sequence[Adapter]) -> dict[int, LargestShare]:
    """Largest shares of adapters of equal lengths and arrivals, by class."""
    shares: dict[int, LargestShare] = {}
    tested: set[int] = set()
    largest_rank = max(adapter.rank for adapter in group)
    alone = _Alone(evaluator)
    for adapter in sorted(group, key=lambda a: (-a.rate, -a.rank, a.name)):
        number = evaluator.classes.adapter_class(adapter.name)
        if number in tested:
            continue
        tested.add(number)
        found = alone.largest_share([adapter])
        if found is not ALL:
            shares[number] = found
        elif adapter.rank == largest_rank:
            break
    return shares


def largest_share(evaluator: Evaluator, adapters: Sequence[Adapter]) -> LargestShare:
    """The largest share of one adapter, or of several that have to be together.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    return _Alone(evaluator).largest_share(adapters)


class _Alone:
    """GPUs with nothing but shares of adapters of one kind, whatever the rules say."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._served = 0.0  # requests/s, the most with which a GPU does not starve
        self._hopeless: list[tuple[int, float, LargestShare]] = []  # from a rank and a rate on
        self._refused: EvaluatedGpu | None = None
        self._in_vain = False  # to try a smaller share than the last one

    def largest_share(self, adapters: Sequence[Adapter]) -> LargestShare:
        """See `largest_share`; what is known of others is not asked again."""
        rank, rate = max(a.rank for a in adapters), sum(a.rate for a in adapters)
        for lowest, slowest, known in self._hopeless:
            if rank >= lowest and rate >= slowest * (1 - _ROUNDING):
                return known
        if self._fits(adapters, 1.0):
            return ALL
        parts = Bracket(1, _MOST_PARTS + 1, first=2, step=2)
        numbers = iter(parts)
        while not self._in_vain and (number := next(numbers, None)) is not None:
            if self._fits(adapters, 1 / number):
                parts.high = number
            else:
                parts.low = number
        if parts.high > _MOST_PARTS:
            found = LargestShare(0, 0.0, self._refused)
            slowest = rate / parts.low if found.refused else 0.0
            self._hopeless.append((rank, slowest, found))
            return found
        unit = 1 / (parts.high * _STEPS)
        steps = Bracket(_STEPS, -(-_STEPS * parts.high // parts.low))
        for number in steps:
            if self._fits(adapters, number * unit):
                steps.low = number
            else:
                steps.high = number
        return LargestShare(parts.high, steps.low * unit)

    def _fits(self, adapters: Sequence[Adapter], share: float) -> bool:
        """Whether a GPU of some type serves a share; if none does, whether a smaller one may."""
        evaluator = self._evaluator
        problem = evaluator.problem
        names = [adapter.name for adapter in adapters]
        shares = dict.fromkeys(names, share)
        plans = [
            evaluator.plan(gpu_type, option, shares)
            for gpu_type in problem.fleet
            if not problem.refusals(gpu_type, adapters)
            for option in evaluator.max_loras_options(gpu_type, names)
        ]
        gpus = [gpu for gpu in evaluator.evaluate(plans) if not gpu.estimate.memory_error]
        self._in_vain = False
        if any(evaluator.admissible(gpu.estimate) for gpu in gpus):
            return True
        serving = [gpu for gpu in gpus if not evaluator.starves(gpu.estimate)]
        self._refused = min(serving or gpus, key=_first_token, default=None)
        rate = share * sum(adapter.rate for adapter in adapters)
        if serving:
            self._served = max(self._served, rate)
        nearly_idle = rate * _NEARLY_IDLE <= self._served * (1 + _ROUNDING)
        self._in_vain = not gpus or (bool(serving) and nearly_idle)
        return False


def _first_token(gpu: EvaluatedGpu) -> float:
    """Time to first token in s, infinite where it is unknown."""
    late = gpu.estimate.ttft_p99
    return math.inf if math.isnan(late) else late
