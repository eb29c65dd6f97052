"""Router: which GPU answers a request, by the shares of the placement."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled

__all__ = ["NOWHERE", "Router"]

NOWHERE = -1
_ROUTER = 0  # key of the random numbers of the router, beside that of changed rates


class Router:
    """Sends every request to one of the GPUs that serve its adapter, at random by their shares.

    A GPU that is down gets nothing; the others have its part in proportion to their shares. Where
    none is up that has a share, those that could answer have equal parts.

    Parameters
    ----------
    shares : ndarray of shape (num_adapters, num_gpus)
        Part of each adapter's requests by GPU.
    seed : int
    could : ndarray of shape (num_adapters, num_gpus), optional
        GPUs that could answer them without a share: those of a base model. None by default.
    """

    def __init__(
        self,
        shares: NDArray[np.float64],
        seed: int,
        could: NDArray[np.bool_] | None = None,
    ) -> None:
        self.shares = shares
        self._could = could
        self._up = np.ones(shares.shape[1], np.bool_)
        self._limits: NDArray[np.float64] | None = None
        self._rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_ROUTER,)))

    def switch(self, gpu: int, up: bool) -> None:
        """Let a GPU be up or down."""
        self._up[gpu] = up
        self._limits = None

    def move(self, adapter: int, source: int, target: int, share: float) -> None:
        """Let another GPU have a part of an adapter's requests, at most what the source has."""
        share = min(share, self.shares[adapter, source])
        self.shares[adapter, source] -= share
        self.shares[adapter, target] += share
        self._limits = None

    def assign(self, shares: NDArray[np.float64]) -> None:
        """Let all adapters have other shares."""
        self.shares = shares
        self._limits = None

    def choose(self, adapter: NDArray[np.int32]) -> NDArray[np.int64]:
        """GPU for each of these requests, `NOWHERE` if none is up that serves the adapter.

        Parameters
        ----------
        adapter : ndarray of shape (n,)
            Their adapters.
        """
        if self._limits is None:
            parts = self.shares * self._up
            if self._could is not None:
                nowhere = ~parts.any(axis=1) & self.shares.any(axis=1)
                parts[nowhere] = (self._could & self._up)[nowhere]
            self._limits = np.cumsum(parts, axis=1)
        chosen = np.empty(adapter.size, np.int64)
        _choose(adapter, self._limits, self._rng.random(adapter.size), chosen)
        return chosen


@compiled
def _choose(
    adapter: NDArray[np.int32],
    limits: NDArray[np.float64],
    uniform: NDArray[np.float64],
    chosen: NDArray[np.int64],
) -> None:
    last = limits.shape[1] - 1
    for i in range(adapter.size):
        row = limits[adapter[i]]
        total = row[last]
        point = uniform[i] * total
        gpu = NOWHERE
        below = 0.0
        for k in range(last + 1):
            if row[k] > below:  # a share of its own: the point lies in it, or in one behind
                gpu = k
                below = row[k]
                if point < below:
                    break
        chosen[i] = gpu
