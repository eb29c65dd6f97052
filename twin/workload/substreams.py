"""Independent random streams, chosen by number at little cost."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Substreams"]

# 2^128 divided by the golden ratio, odd: the jump of PCG64DXSM.jumped
_STRIDE = 0x9E3779B97F4A7C15F39CC0605CEDC835
_MASK = 2**128 - 1


class Substreams:
    """Places in one long random sequence, far apart, as ``PCG64DXSM.jumped`` spaces them.

    Going to a place costs about 2 µs; spawning a generator costs five times as much.

    Parameters
    ----------
    rng : numpy.random.Generator
        Seeds the sequence, and moves on.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._bits = np.random.PCG64DXSM(rng.integers(0, 2**32, 4, dtype=np.uint32))
        self._generator = np.random.Generator(self._bits)
        self._place: Any = self._bits.state
        self._starts = [int(self._place["state"]["state"])]
        # The state is that of a linear congruential generator, so a jump is an affine map.
        self._shift = self._jump_from(0)
        self._factor = (self._jump_from(1) - self._shift) & _MASK

    def select(self, number: int) -> np.random.Generator:
        """Generator at the start of a stream.

        There is one generator, which the next call moves elsewhere.

        Parameters
        ----------
        number : int
            Number of the stream, from 0.
        """
        starts = self._starts
        while len(starts) <= number:
            starts.append((starts[-1] * self._factor + self._shift) & _MASK)
        self._go_to(starts[number])
        return self._generator

    def places(self, count: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Starts of the first streams, for `twin.workload.random_numbers`.

        Parameters
        ----------
        count : int
            How many.

        Returns
        -------
        ndarray of shape (count, 2)
            Upper and lower half of the state at the start of each.
        ndarray of shape (2,)
            Halves of what the generator adds in every step.
        """
        from twin.workload.random_numbers import places  # here: compiled

        result = np.empty((count, 2), np.uint64)
        first, factor, shift = (_halves(n) for n in (self._starts[0], self._factor, self._shift))
        places(first, factor, shift, result)
        return result, _halves(self._place["state"]["inc"])

    def _go_to(self, state: int) -> None:
        self._place["state"]["state"] = state
        self._bits.state = self._place

    def _jump_from(self, state: int) -> int:
        self._go_to(state)
        self._bits.advance(_STRIDE)
        return int(self._bits.state["state"]["state"])


def _halves(number: int) -> NDArray[np.uint64]:
    """Upper and lower 64 of 128 bits."""
    return np.array([number >> 64, number & (2**64 - 1)], np.uint64)
