"""Controller: says where requests go, again and again."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from placer.controllers.observation import Observation
from twin.files.errors import InputError

__all__ = ["Controller", "check_shares"]

_TOLERANCE = 1e-6  # of sums of shares


class Controller(Protocol):
    """Says where requests go; a frozen dataclass whose fields are its parameters.

    It has no memory of its own: what it needs of the past is in the observation.
    """

    def decide(self, seen: Observation, rng: np.random.Generator) -> NDArray[np.float64]:
        """Which part of each adapter's requests each engine gets during the next interval.

        Parameters
        ----------
        seen : Observation
            Not to be changed.
        rng : numpy.random.Generator
            Source of all random draws.

        Returns
        -------
        ndarray of shape (num_adapters, num_engines)
            Shares of each adapter that sum to 1.
        """
        ...


def check_shares(
    shares: NDArray[np.float64], seen: Observation, controller: Controller
) -> NDArray[np.float64]:
    """What a controller decided, without what rounding has made of it.

    Raises
    ------
    InputError
        If it has another shape, a share is no number from 0 to 1, or those of an adapter do not
        sum to 1.
    """
    where = f"controller {type(controller).__name__}"
    decided = np.asarray(shares, np.float64)
    wanted = (seen.num_adapters, seen.num_engines)
    if decided.shape != wanted:
        raise InputError(where, f"its shares have the shape {decided.shape}", f"{wanted}")
    if not np.all((decided >= 0) & (decided <= 1 + _TOLERANCE)):
        adapter, engine = np.argwhere(~((decided >= 0) & (decided <= 1 + _TOLERANCE)))[0]
        name = seen.workload.adapters[adapter].name
        raise InputError(
            where, f"the share of {name} is {float(decided[adapter, engine])!r}", "from 0 to 1"
        )
    totals = decided.sum(axis=1)
    wrong = np.flatnonzero(np.abs(totals - 1) > _TOLERANCE)
    if wrong.size:
        name = seen.workload.adapters[wrong[0]].name
        raise InputError(where, f"the shares of {name} sum to {totals[wrong[0]]:.6g}", "1")
    result: NDArray[np.float64] = decided / totals[:, None]
    return result
