"""Measuring capacity curves: which traffic of equal adapters the estimator still accepts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from estimators.base import Candidate
from placer.bounds.curve import CapacityCurve
from placer.gpu.bracket import ScatteredBracket
from placer.gpu.evaluator import Evaluator
from placer.problem.fleet import GpuType
from twin.workload.adapter import Adapter
from twin.workload.rank import BASE

__all__ = ["EngineKind", "measure_curves", "slot_options"]

_NUMBERS = (1, 4, 16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048)
_TOLERANCE = 1.02  # ratio of the smallest rejected to the largest accepted traffic
_FEWEST_SLOTS = 0.2  # of the number of adapters
_MOST_OPTIONS = 4  # numbers of slots that are tried for each traffic
_FIRST_GUESS = 10.0  # requests/s
_USUAL_SLOPE = 0.01  # relative increase of the time for a request by one more adapter
_NEGLIGIBLE = 1e-3  # requests/s
_ABOVE = 1.05  # factor on a guess that is tried first: what is rejected tells where to go on
_FARTHER = 1.1  # the next one, where that is accepted
_BLIND = 2.0  # the same where the guess was blind
_SURE = 1.1  # what engines may serve beyond what they served of too much


@dataclass(frozen=True, slots=True)
class EngineKind:
    """An engine whose capacity is measured, and with which adapters.

    Parameters
    ----------
    gpu_type : GpuType
    max_lora_rank : int
        Of the engine, and rank of the adapters.
    traffic : Adapter
        Whose lengths, arrivals and base model the adapters have.
    lowest, highest : float
        Rates of one adapter in requests/s for which the capacity is wanted.
    most : int
        Largest number of adapters that there can be on one engine.
    """

    gpu_type: GpuType
    max_lora_rank: int
    traffic: Adapter
    lowest: float
    highest: float
    most: int


def measure_curves(evaluator: Evaluator, kinds: Sequence[EngineKind]) -> list[CapacityCurve]:
    """Measure how much of equal adapters engines serve, with the best number of slots.

    Numbers of adapters ascend from 1 to where one adapter has the lowest rate that is wanted. For
    each number, the traffic is searched at which the estimator stops to accept it; all engines are
    asked for together, a few candidates at a time.

    Parameters
    ----------
    evaluator : Evaluator
        Says which GPUs are admissible.
    kinds : sequence of EngineKind

    Returns
    -------
    list of CapacityCurve
        One for each kind.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    runs = [_Run(kind) for kind in kinds]
    while active := [run for run in runs if run.number]:
        brackets = [_bracket(run) for run in active]
        searches = list(zip(active, brackets, strict=True))
        while unsure := [(run, bracket) for run, bracket in searches if not _is_done(bracket)]:
            _ask(evaluator, unsure)
        for run, bracket in searches:  # the smallest traffic that was rejected
            run.note(bracket.high if bracket.high > _NEGLIGIBLE else 0.0)
    return [CapacityCurve(tuple(run.numbers), tuple(run.capacities)) for run in runs]


@dataclass(slots=True)
class _Run:
    """One curve while it is measured; ``number`` is the next point, 0 when it is complete.

    ``served`` is what engines would be accepted with, by the traffic that they served of too much
    at this point, for numbers of slots with which they were asked for too much.
    """

    kind: EngineKind
    number: int = 1
    numbers: list[int] = field(default_factory=list)
    capacities: list[float] = field(default_factory=list)
    served: dict[int, float] = field(default_factory=dict)

    def guess(self, number: int) -> float:
        """Where to look for a capacity: the time for a request is linear in the adapters."""
        if not self.capacities:
            return _FIRST_GUESS
        slope = _USUAL_SLOPE / self.capacities[0]
        if len(self.capacities) > 1:
            (n, m), (c, d) = self.numbers[-2:], self.capacities[-2:]
            slope = max(0.0, (1 / d - 1 / c) / (m - n))
        return 1 / (1 / self.capacities[-1] + slope * (number - self.numbers[-1]))

    def note(self, capacity: float) -> None:
        """Keep a point, and choose the next one."""
        self.numbers.append(self.number)
        self.capacities.append(capacity)
        self.served.clear()
        kind = self.kind
        if self.number >= kind.most or capacity <= kind.lowest * self.number:
            self.number = 0
            return
        following = [n for n in _NUMBERS if n > self.number]
        # Points at which one adapter has more than the highest rate are not needed, but the last.
        needless = [n for n in following if self.guess(n) >= kind.highest * n]
        self.number = (
            min(needless[-1] if needless else following[0], kind.most) if following else 0
        )

    def candidates(self, rate: float) -> list[Candidate]:
        """Engines for the present number of adapters, with their total rate in requests/s."""
        kind, number = self.kind, self.number
        adapters = tuple(
            replace(kind.traffic, name=f"{i:04d}", rank=kind.max_lora_rank, rate=rate / number)
            for i in range(number)
        )
        profile = kind.gpu_type.profile
        return [
            Candidate(profile, kind.gpu_type.engine_config(slots, kind.max_lora_rank), adapters)
            for slots in self._able(slot_options(kind.gpu_type, kind.max_lora_rank, number), rate)
        ]

    def _able(self, options: Sequence[int], rate: float) -> list[int]:
        """Numbers of slots with which an engine may serve so much; else the one that serves most.

        A few percent more than it served count, as that is of requests at random.
        """
        most = {slots: _SURE * self.served.get(slots, math.inf) for slots in options}
        able = [slots for slots in options if most[slots] >= rate]
        return able or sorted(options, key=lambda slots: -most[slots])[:1]


def _bracket(run: _Run) -> ScatteredBracket:
    """Around a capacity: the traffic at which the estimator stops to accept it."""
    first = (_ABOVE * run.guess(run.number),)
    return ScatteredBracket(first, (_FARTHER if run.capacities else _BLIND,), parts=3)


def _is_done(bracket: ScatteredBracket) -> bool:
    return bracket.high <= max(bracket.low * _TOLERANCE, _NEGLIGIBLE)


def _ask(evaluator: Evaluator, searches: Sequence[tuple[_Run, ScatteredBracket]]) -> None:
    """Narrow all brackets by one batch of candidates."""
    evaluator.budget.check()
    rule = evaluator.problem.starvation
    needed = 1.0 if rule.sustained else rule.threshold
    asked = [(run, b, traffic) for run, b in searches for traffic in b.wanted()]
    groups = [run.candidates(traffic) for run, _, traffic in asked]
    estimates = iter(evaluator.estimate([c for group in groups for c in group]))
    for (run, bracket, traffic), group in zip(asked, groups, strict=True):
        served = {}
        for candidate in group:
            estimate = next(estimates)
            if evaluator.may_pass(estimate):
                served[candidate.config.max_loras] = math.inf
            else:
                most = traffic * estimate.served_ratio / needed
                served[candidate.config.max_loras] = most
                run.served[candidate.config.max_loras] = most
        best = max(served.values(), default=0.0)
        bracket.narrow(traffic, math.isinf(best), best)


def slot_options(gpu_type: GpuType, rank: int, number: int) -> list[int]:
    """Numbers of slots that may be best for so many adapters at their limit, descending.

    None for rank 0, that of the base model.
    """
    profile = gpu_type.profile
    if rank == BASE:
        return [0]
    grid = {option for option in profile.max_loras_grid if option < number} | {number}
    fitting = [
        slots
        for slots in sorted(grid, reverse=True)
        if profile.memory_error(gpu_type.engine_config(slots, rank)) is None
    ]
    worth = [slots for slots in fitting if slots >= _FEWEST_SLOTS * number] or fitting[:1]
    if len(worth) <= _MOST_OPTIONS:
        return worth
    last = len(worth) - 1
    return [worth[round(i * last / (_MOST_OPTIONS - 1))] for i in range(_MOST_OPTIONS)]
