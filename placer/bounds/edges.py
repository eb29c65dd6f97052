"""Edges: the heaviest mixes that engines hold, of the adapters that are to be placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from estimators.base import Candidate
from placer.bounds.probes import slot_options
from placer.gpu.bracket import ScatteredBracket
from placer.gpu.evaluator import Evaluator
from placer.problem.fleet import GpuType
from twin.workload.adapter import Adapter

__all__ = ["Edge", "edge_candidates", "measure_edges"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_FEWEST, _MOST = 4, 12  # runs of adapters of similar rate
_ENGINES = 8.0  # that all adapters fill, for each run
_MIXES = 3  # of any adapters
_FIRST = 0.985, 1.015  # factors on a candidate of weight 1 that are tried first
_STEP = 1.03  # ratio of the next factor to the last one, until the edge is in between
_TOLERANCE = 1.005  # ratio of the smallest rejected to the largest accepted factor
_FINE = 1.001  # the same where answers do not scatter
_LOWEST = 0.7  # factor below which an edge is not looked for
_OPTIONS = 2  # numbers of slots that are tried after the first time


@dataclass(slots=True)
class Edge:
    """How much of some adapters an engine holds.

    Parameters
    ----------
    gpu_type : GpuType
    max_lora_rank : int
        Of the engine.
    positions : (n,) array of int
        Of the adapters in the workload.
    total : float
        Sum of their weights.
    similar : bool
        Whether they are of similar rate.
    scattered : bool
        Whether answers scatter, so that the edge is not known more closely than that.

    Attributes
    ----------
    bracket : ScatteredBracket
        Around the factor on the rates at which the edge is.
    """

    gpu_type: GpuType
    max_lora_rank: int
    positions: IntArray
    total: float
    similar: bool
    scattered: bool
    bracket: ScatteredBracket = field(init=False)
    slots: list[int] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        first = tuple(factor / self.total for factor in _FIRST)
        self.bracket = ScatteredBracket(first, (_STEP, _STEP**2), parts=2)

    @property
    def done(self) -> bool:
        """Whether the edge is known, or not worth to be looked for."""
        bracket = self.bracket
        if not bracket.low:
            return bracket.high * self.total < _LOWEST
        return bracket.high <= bracket.low * (_TOLERANCE if self.scattered else _FINE)

    def candidates(self, adapters: Sequence[Adapter], factor: float) -> list[Candidate]:
        """The adapters on engines with each number of slots worth trying."""
        profile = self.gpu_type.profile
        if not self.slots:
            self.slots = slot_options(self.gpu_type, self.max_lora_rank, self.positions.size)
        shrunk = tuple(
            replace(adapters[p], rate=adapters[p].rate * factor) for p in self.positions.tolist()
        )
        return [
            Candidate(profile, self.gpu_type.engine_config(slots, self.max_lora_rank), shrunk)
            for slots in self.slots
        ]


def edge_candidates(
    weights: FloatArray, rates: FloatArray, seed: int
) -> list[tuple[IntArray, bool]]:
    """Candidates whose weights sum to just about 1, of adapters that are alike and of any.

    Those that are alike begin at equal distances in the sum of the weights of all, so that they
    stand for equal numbers of engines.

    Parameters
    ----------
    weights : (n,) array
        Of the adapters on an engine, infinite where they may not be on it.
    rates : (n,) array
        By which adapters are alike.
    seed : int
        Of the mixes.

    Returns
    -------
    list of ((m,) array of int, bool)
        Positions of the adapters, and whether they are alike; none where they do not fill one.
    """
    allowed = np.flatnonzero(np.isfinite(weights) & (weights < 1.0))
    if weights[allowed].sum() < 1.0:
        return []
    by_rate = allowed[np.argsort(-rates[allowed], kind="stable")]
    sums = np.cumsum(weights[by_rate])
    number = int(np.clip(sums[-1] / _ENGINES, _FEWEST, _MOST))
    starts = np.searchsorted(sums, np.linspace(0.0, float(sums[-1]), number))
    starts = np.unique(np.minimum(starts, by_rate.size - 1))
    orders = [(np.concatenate([by_rate[s:], by_rate[:s][::-1]]), True) for s in starts]
    rng = np.random.default_rng(seed)
    orders += [(rng.permutation(allowed), False) for _ in range(_MIXES)]
    found = []
    for order, similar in orders:
        number = int(np.searchsorted(np.cumsum(weights[order]), 1.0)) + 1
        found.append((order[:number], similar))
    return found


def measure_edges(
    evaluator: Evaluator, adapters: Sequence[Adapter], edges: Sequence[Edge]
) -> None:
    """Find how much of each candidate the estimator accepts, for all of them together.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    while active := [edge for edge in edges if not edge.done]:
        evaluator.budget.check()
        asked = [(edge, factor) for edge in active for factor in edge.bracket.wanted()]
        groups = [edge.candidates(adapters, factor) for edge, factor in asked]
        estimates = iter(evaluator.estimate([c for group in groups for c in group]))
        for (edge, factor), group in zip(asked, groups, strict=True):
            answers = [next(estimates) for _ in group]
            edge.bracket.narrow(factor, any(evaluator.may_pass(answer) for answer in answers))
            best = sorted(
                range(len(group)),
                key=lambda i: (-evaluator.may_pass(answers[i]), -answers[i].served_ratio, i),
            )
            edge.slots = [group[i].config.max_loras for i in best]
        for edge in active:
            edge.slots = edge.slots[:_OPTIONS]
