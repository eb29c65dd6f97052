"""FrontEnd: the HTTP server before the engine, which one adapter's first request may block."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import ProfileError

__all__ = ["FrontEnd", "deliver", "join_periods"]

FloatArray = NDArray[np.float64]

_MOST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """Work of a server in one thread, first in, first out.

    vLLM sets an adapter up at its first request, for which its server stands still: requests that
    arrive meanwhile reach the engine, and tokens that the engine yields meanwhile reach their
    clients, only afterwards.

    Parameters
    ----------
    adapter_setup : float
        Seconds at an adapter's first request.
    request : float
        Seconds that every request takes on its way to the engine and its first token back, for
        which no other request waits.

    Raises
    ------
    ProfileError
        If one is negative, not finite, or more than an hour.
    """

    adapter_setup: float = 0.0
    request: float = 0.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 <= value <= _MOST_SECONDS:
                raise ProfileError(
                    f"front_end.{name}",
                    f"{value!r} is not a number >= 0",
                    f"up to {_MOST_SECONDS:g} s",
                )

    @classmethod
    def from_dict(cls, data: object) -> FrontEnd:
        """Read what `to_dict` wrote; nothing is a server that takes no time.

        Raises
        ------
        ProfileError
            If a key is unknown, or a value is not acceptable.
        """
        if not isinstance(data, Mapping):
            raise ProfileError("front_end", f"{data!r} is not a mapping of keys to values")
        known = [field.name for field in fields(cls)]
        if unknown := sorted(map(str, data.keys() - set(known))):
            accepted = f"accepted: {', '.join(known)}"
            raise ProfileError(f"front_end.{unknown[0]}", "unknown key", accepted)
        for name, value in data.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ProfileError(f"front_end.{name}", f"{value!r} is not a number >= 0")
        return cls(**data)

    def to_dict(self) -> dict[str, float]:
        """Plain data for a YAML file; times that are 0 are left out, but for the setup."""
        setup = {"adapter_setup": self.adapter_setup}
        return setup | ({"request": self.request} if self.request else {})

    def pass_on(
        self, arrival: FloatArray, adapter: NDArray[np.signedinteger], num_adapters: int
    ) -> tuple[FloatArray, FloatArray]:
        """Times at which requests reach the engine of a server that has seen no adapter yet.

        Parameters
        ----------
        arrival : ndarray of shape (n,)
            Sorted times in seconds.
        adapter : ndarray of shape (n,)
            Index of the adapter, -1 for the base model.
        num_adapters : int

        Returns
        -------
        ndarray of shape (n,)
            Sorted times at the engine, not before the arrival.
        ndarray of shape (m, 2)
            Begin and end of the periods in which the server stands still, sorted and disjoint.
        """
        seen = np.zeros(num_adapters, np.bool_)
        return self.pass_on_later(arrival, adapter, seen, -math.inf)

    def pass_on_later(
        self,
        arrival: FloatArray,
        adapter: NDArray[np.signedinteger],
        seen: NDArray[np.bool_],
        free: float,
    ) -> tuple[FloatArray, FloatArray]:
        """The same for a server that is at work already.

        Parameters
        ----------
        arrival, adapter
            As for `pass_on`.
        seen : ndarray of shape (num_adapters,)
            Adapters that the server has set up; those of the requests are added.
        free : float
            End of the last period in which the server stood still, in seconds. A period that
            begins then prolongs that one.
        """
        from twin.kernel.front_end import pass_on  # compiled, which only simulations need

        at_engine = np.empty_like(arrival)
        still = np.empty((min(seen.size, arrival.size), 2))
        count = pass_on(arrival, adapter, self.adapter_setup, seen, free, at_engine, still)
        at_engine += self.request
        return at_engine, still[:count]


def join_periods(still: FloatArray, later: FloatArray) -> FloatArray:
    """Periods in which a server stood still, and those after them, where one may go on.

    Parameters
    ----------
    still, later : ndarray of shape (m, 2)
        From `FrontEnd.pass_on` and `FrontEnd.pass_on_later`.
    """
    joined = np.concatenate([still, later])
    if len(still) and len(later) and later[0, 0] == still[-1, 1]:
        joined = np.delete(joined, len(still), axis=0)
        joined[len(still) - 1, 1] = later[0, 1]
    return joined


def deliver(times: FloatArray, still: FloatArray) -> FloatArray:
    """Times at which tokens reach their clients.

    Parameters
    ----------
    times : ndarray of shape (n,)
        When the engine yields them, in seconds.
    still : ndarray of shape (m, 2)
        From `FrontEnd.pass_on`.
    """
    if not len(still):
        return times
    period = np.searchsorted(still[:, 0], times, side="right") - 1
    return np.maximum(times, np.where(period >= 0, still[np.maximum(period, 0), 1], times))
