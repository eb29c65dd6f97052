"""Master problem: the patterns that serve all items at least cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placer.patterns.patterns import Pattern

__all__ = ["Combination", "MasterProblem", "MasterSolver", "Prices"]

_PENALTY = 10.0  # of an item that is left out, in costs of the dearest pattern


@dataclass(frozen=True, slots=True)
class Prices:
    """Dual solution of the relaxed master problem.

    Parameters
    ----------
    value : float
        First component of the value of the relaxation.
    groups : tuple of float
        What one more item of each group would cost.
    scarcity : float
        What the objective would gain if every limit on the GPUs allowed one more.
    """

    value: float
    groups: tuple[float, ...]
    scarcity: float


Combination = list[tuple[Pattern, int]]
"""Patterns, and on how many GPUs each."""


@dataclass(frozen=True, slots=True)
class MasterProblem:
    """How many GPUs of each pattern serve all items at least cost.

    Parameters
    ----------
    patterns : sequence of Pattern
        At least one.
    demand : tuple of int
        Items of each group; serving more than there are is allowed, GPUs may stay incomplete.
    limits : sequence of (tuple of str, int)
        Profiles that share GPUs, and how many GPUs there are.
    max_gpus : int or None
        How many there may be of all types together.
    """

    patterns: Sequence[Pattern]
    demand: tuple[int, ...]
    limits: Sequence[tuple[tuple[str, ...], int]]
    max_gpus: int | None

    @property
    def caps(self) -> list[tuple[NDArray[np.bool_], int]]:
        """Which patterns take part in each limit on the GPUs, and the limit."""
        caps = [
            (np.array([pattern.profile_name in names for pattern in self.patterns]), count)
            for names, count in self.limits
        ]
        if self.max_gpus is not None:
            caps.append((np.ones(len(self.patterns), dtype=bool), self.max_gpus))
        return caps

    def most(self, pattern: Pattern) -> int:
        """GPUs of a pattern beyond which another one serves nothing more."""
        needed = (
            -(-demand // count)
            for demand, count in zip(self.demand, pattern.counts, strict=True)
            if count
        )
        return max(needed, default=0)

    def hint(self, start: Mapping[Pattern, int] | None) -> list[int]:
        """GPUs of each pattern in a combination to start from, as far as each serves anything."""
        if start is None:
            return [0] * len(self.patterns)
        return [min(start.get(pattern, 0), self.most(pattern)) for pattern in self.patterns]

    def relaxed(self) -> Prices:
        """Prices of the relaxation without integrality.

        Items may be left out at a penalty, so that it has a solution even where the GPUs are too
        few for the known patterns; the prices then say what is missing.
        """
        from scipy.optimize import linprog  # here: slow to import
        from scipy.sparse import csr_array, eye_array, hstack, vstack

        costs = np.array([pattern.cost[0] for pattern in self.patterns])
        penalty = _PENALTY * max(float(costs.max()), 1e-6)
        counts = csr_array(np.array([pattern.counts for pattern in self.patterns], dtype=float).T)
        size = len(self.demand)
        caps = self.caps
        rows = [-hstack([counts, eye_array(size)])]
        rows += [csr_array(np.append(part, np.zeros(size))[None, :]) for part, _ in caps]
        found = linprog(
            np.append(costs, np.full(size, penalty)),
            A_ub=vstack(rows),
            b_ub=np.array([*(-float(d) for d in self.demand), *(float(c) for _, c in caps)]),
        )
        duals = -found.ineqlin.marginals
        groups = tuple(np.maximum(0.0, duals[:size]).tolist())
        return Prices(float(found.fun), groups, max(0.0, float(duals[size:].sum())))

    def restricted(self, prices: Prices, number: int, kept: Sequence[Pattern]) -> MasterProblem:
        """The same with the most promising patterns only.

        Parameters
        ----------
        prices : Prices
            By which a pattern is judged: what it costs beyond what it serves.
        number : int
        kept : sequence of Pattern
            Patterns that stay in any case.
        """
        if len(self.patterns) <= number:
            return self
        counts = np.array([pattern.counts for pattern in self.patterns])
        costs = np.array([pattern.cost[0] for pattern in self.patterns])
        reduced = costs - counts @ np.array(prices.groups)
        chosen = set(np.argsort(reduced, kind="stable")[:number].tolist())
        stay = set(kept)
        patterns = [p for i, p in enumerate(self.patterns) if i in chosen or p in stay]
        return MasterProblem(patterns, self.demand, self.limits, self.max_gpus)


MasterSolver = Callable[[MasterProblem, Mapping[Pattern, int] | None, float], Combination | None]
"""Solves a master problem: the problem, a combination to start from, and a limit in seconds.

The components of the cost are minimized one after the other; the best combination found within
the limit is returned, None where none was found.
"""
