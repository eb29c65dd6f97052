"""Program for the engines that suffice for all adapters by their weights."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MixProgram"]

FloatArray = NDArray[np.float64]
Limit = tuple[NDArray[np.bool_], int]

_MAX_NODES = 2000  # of the branch and bound
_MAX_WHOLE = 2000  # classes up to which numbers of engines are whole
_TOLERANCE = 1e-6  # relative, of the solver
_OPTIMAL, _INFEASIBLE = 0, 2  # statuses of the solver


@dataclass(frozen=True, slots=True)
class MixProgram:
    """Program for the engines that can hold all adapters, split as one likes.

    minimize    sum of cost[j] y[j]
    subject to  sum over j of z[k, j] >= demand[k]                    for each class k
                sum over k of weights[j, k] z[k, j] <= room[j] y[j]   for each engine j
                y[j] whole numbers, sums of y over limited engines as given.

    Parameters
    ----------
    weights : (e, c) array
        Weight of an adapter of each class on each kind of engine, infinite where it may not be.
    demand : (c,) array
        Adapters of each class.
    room : (e,) array
        What the weights on an engine of each kind sum to at most.
    """

    weights: FloatArray
    demand: FloatArray
    room: FloatArray

    @classmethod
    def of(cls, weights: Mapping[tuple[str, int], FloatArray], room: FloatArray) -> MixProgram:
        """Program for adapters by their weights on each kind of engine, of equal ones as a class.

        Parameters
        ----------
        weights : mapping to (n,) array
            Weights of n adapters on each kind of engine.
        room : (e,) array
            Of the engines, in the same order.
        """
        columns, counts = np.unique(np.array(list(weights.values())), axis=1, return_counts=True)
        return cls(columns, counts.astype(float), room)

    def least(self, costs: FloatArray, limits: Sequence[Limit] = ()) -> float:
        """Smallest cost, or a bound of it; infinite where the limits do not allow any mix.

        Parameters
        ----------
        costs : (e,) array
            Of each kind of engine, not negative.
        limits : sequence of ((e,) array of bool, int)
            Kinds of engines, and how many of these together there may be.
        """
        if not limits:
            relaxed = self._unlimited(costs)
            if not self._whole or math.isinf(relaxed):
                return relaxed
        found = self._solve(costs, limits)
        if found.status == _INFEASIBLE:
            return math.inf
        if found.status == _OPTIMAL and self._whole:
            return float(costs @ self._counts(found))
        bound = found.fun if found.status == _OPTIMAL else found.mip_dual_bound
        return 0.0 if bound is None else float(bound) * (1 - _TOLERANCE)

    def engines(self, costs: FloatArray, limits: Sequence[Limit] = ()) -> NDArray[np.int64] | None:
        """How many engines of each kind to use; None where the limits do not allow any mix.

        Parameters
        ----------
        costs, limits
            As for `least`.
        """
        found = self._solve(costs, limits)
        return None if found.x is None else self._counts(found)

    @property
    def _whole(self) -> bool:
        """Whether numbers of engines are whole; else the program would be too large."""
        return self.demand.size <= _MAX_WHOLE

    def _counts(self, found: Any) -> NDArray[np.int64]:
        counts: NDArray[np.int64] = np.ceil(found.x[-self.room.size :] - _TOLERANCE).astype(int)
        return counts

    def _unlimited(self, costs: FloatArray) -> float:
        """The relaxation: each class goes where it costs least."""
        each = (costs / self.room)[:, None] * self.weights
        return float(each.min(axis=0) @ self.demand)

    def _solve(self, costs: FloatArray, limits: Sequence[Limit]) -> Any:
        from scipy.optimize import Bounds, LinearConstraint, milp  # here: slow to import
        from scipy.sparse import coo_array

        num_engines, num_classes = self.weights.shape
        engine, label = np.nonzero(np.isfinite(self.weights))
        num_parts = engine.size
        part = np.arange(num_parts)
        y = num_parts + np.arange(num_engines)
        num_columns = num_parts + num_engines
        # Parts are in units of the classes' demand, so that the numbers are of similar size.
        covers = coo_array((np.ones(num_parts), (label, part)), (num_classes, num_columns))
        fill = self.weights[engine, label] * self.demand[label]
        entries = np.concatenate([fill, -self.room])
        rows = np.concatenate([engine, np.arange(num_engines)])
        columns = np.concatenate([part, y])
        holds = coo_array((entries, (rows, columns)), (num_engines, num_columns))
        constraints = [LinearConstraint(covers, lb=1.0), LinearConstraint(holds, ub=0.0)]
        for chosen, count in limits:
            row = np.concatenate([np.zeros(num_parts), chosen.astype(float)])
            constraints.append(LinearConstraint(row[None, :], ub=count))
        return milp(
            c=np.concatenate([np.zeros(num_parts), costs]),
            constraints=constraints,
            bounds=Bounds(0.0, np.inf),
            integrality=np.concatenate([np.zeros(num_parts), np.full(num_engines, self._whole)]),
            options={"node_limit": _MAX_NODES, "mip_rel_gap": 0.0},
        )
