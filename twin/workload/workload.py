"""Workload: adapters with their traffic, and the request stream sampled from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import InputError
from twin.workload.adapter import Adapter
from twin.workload.free_memory import require_memory
from twin.workload.numbering import Numbering
from twin.workload.stopped import never
from twin.workload.substreams import Substreams

__all__ = ["RequestStream", "Sampling", "Workload"]

_DRAWING_BYTES = 40  # for each request, while arrivals and lengths are merged


@dataclass(frozen=True, slots=True)
class RequestStream:
    """Requests in order of arrival.

    Parameters
    ----------
    arrival : ndarray of shape (n,)
        Arrival times in seconds, non-decreasing.
    adapter : ndarray of shape (n,)
        Index of the adapter of each request; -1 means the base model without an adapter.
    prompt_tokens, output_tokens : ndarray of shape (n,)
        Lengths in tokens, each at least 1.
    adapter_rank : ndarray of shape (num_adapters,)
        LoRA rank of each adapter; 0 for requests for the base model.
    duration : float
        Length of the window in seconds; all arrivals lie in [0, duration).
    """

    arrival: NDArray[np.float64]
    adapter: NDArray[np.signedinteger]
    prompt_tokens: NDArray[np.signedinteger]
    output_tokens: NDArray[np.signedinteger]
    adapter_rank: NDArray[np.int64]
    duration: float
    _offered: int | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        n = self.arrival.size
        if not n == self.adapter.size == self.prompt_tokens.size == self.output_tokens.size:
            raise InputError("request stream", "its arrays differ in length")
        if n and (np.any(self.arrival[1:] < self.arrival[:-1]) or self.arrival[0] < 0):
            raise InputError("request stream", "arrival times must be sorted and not negative")
        if n and min(self.prompt_tokens.min(), self.output_tokens.min()) < 1:
            raise InputError("request stream", "every length must be at least 1 token")
        if n and not -1 <= self.adapter.min() <= self.adapter.max() < self.adapter_rank.size:
            raise InputError("request stream", "an adapter index is out of range")

    def __len__(self) -> int:
        return int(self.arrival.size)

    @property
    def offered_tokens(self) -> int:
        """Input plus output tokens of all requests, which are counted once."""
        tokens = self._offered
        if tokens is None:
            tokens = int(self.prompt_tokens.sum() + self.output_tokens.sum())
            object.__setattr__(self, "_offered", tokens)
        return tokens


@dataclass(frozen=True, slots=True)
class Workload:
    """Adapters with their traffic, and requests for base models.

    Attributes
    ----------
    by_name : dict
        The adapters by name, in order.

    Raises
    ------
    InputError
        If there is no adapter or two share a name.
    """

    adapters: tuple[Adapter, ...]
    by_name: Mapping[str, Adapter] = field(init=False, repr=False, compare=False)
    _classes: tuple[tuple[int, int], ...] | None = field(
        init=False, repr=False, compare=False, default=None
    )

    def __post_init__(self) -> None:
        if not self.adapters:
            raise InputError("workload", "it has no adapters", "give at least one")
        object.__setattr__(self, "by_name", {adapter.name: adapter for adapter in self.adapters})
        if len(self.by_name) < len(self.adapters):
            seen: set[str] = set()
            for adapter in self.adapters:
                if adapter.name in seen:
                    raise InputError("workload", f"adapter {adapter.name!r} appears twice")
                seen.add(adapter.name)

    @classmethod
    def of(cls, adapters: Iterable[Adapter]) -> Workload:
        """Build a workload from any iterable of adapters."""
        return cls(tuple(adapters))

    def __len__(self) -> int:
        return len(self.adapters)

    @property
    def classes(self) -> tuple[tuple[int, int], ...]:
        """Two numbers for each adapter; both count from 0, in the order of first appearance.

        The first is equal for adapters of equal lengths, arrivals and base model, the second for
        those of them that have the same rank and rate, too. They are found once.
        """
        if self._classes is None:
            object.__setattr__(self, "_classes", tuple(_classes_of(self.adapters)))
        return self._classes or ()

    @property
    def num_adapters(self) -> int:
        """Adapters, requests for the base model not among them."""
        return sum(not adapter.is_base for adapter in self.adapters)

    @property
    def rate(self) -> float:
        """Total request rate in requests/s."""
        return sum(a.rate for a in self.adapters)

    @property
    def token_rate(self) -> float:
        """Total offered traffic in tokens/s."""
        return sum(a.token_rate for a in self.adapters)

    def scaled(self, factor: float) -> Workload:
        """The same workload with every rate multiplied by ``factor``."""
        return Workload(tuple(replace(a, rate=a.rate * factor) for a in self.adapters))

    def sample(
        self, duration: float, rng: np.random.Generator, stop: Callable[[], bool] = never
    ) -> RequestStream:
        """Draw the requests that arrive in ``duration`` seconds.

        The i-th adapter draws its arrivals and its lengths from two streams of random numbers
        that depend on ``rng`` and i only (common random numbers). So an adapter that is added at
        the end leaves the others' requests as they were, the k-th request of an adapter keeps its
        lengths when rates or the duration change, and with Poisson or gamma arrivals twice the
        rate halves every arrival time.

        Parameters
        ----------
        duration : float
            Length of the window in seconds.
        rng : numpy.random.Generator
        stop : callable
            Whether to give up; asked every now and then. What it answers changes no request.

        Raises
        ------
        Stopped
            If it was given up.
        InsufficientMemoryError
            If the requests would not fit into the memory that is free.
        """
        return Sampling(self, rng).until(duration, stop)


class Sampling:
    """Requests of a workload, drawn once for windows of several lengths.

    They are those of `Workload.sample`.

    Parameters
    ----------
    workload : Workload
    rng : numpy.random.Generator
    """

    def __init__(self, workload: Workload, rng: np.random.Generator) -> None:
        # Compiled code takes long to import, and whoever reads a workload does not need it.
        from twin.workload.draw_requests import RequestDrawing

        self._rate = workload.rate
        self._ranks = np.array([a.rank for a in workload.adapters], dtype=np.int64)
        self._drawing = RequestDrawing(workload.adapters, Substreams(rng))

    def until(self, duration: float, stop: Callable[[], bool] = never) -> RequestStream:
        """Requests of a window; parameters and errors as for `Workload.sample`."""
        require_memory(
            self._rate * duration * _DRAWING_BYTES,
            f"drawing {self._rate * duration:,.0f} requests",
            "choose a shorter duration or lower rates",
        )
        merged = self._drawing.until(duration, stop)
        return RequestStream(*merged, self._ranks, float(duration))


def _classes_of(adapters: Sequence[Adapter]) -> Iterator[tuple[int, int]]:
    values = Numbering()
    traffics: dict[tuple[int, int, str], int] = {}
    classes: dict[tuple[int, int, float], int] = {}
    known: dict[tuple[int, int, str], int] = {}  # by the objects, most of which are the same
    for a in adapters:
        key = id(a.lengths), id(a.arrivals), a.base_model
        traffic = known.get(key)
        if traffic is None:
            equal = values(a.lengths), values(a.arrivals), a.base_model
            traffic = known[key] = traffics.setdefault(equal, len(traffics))
        yield traffic, classes.setdefault((traffic, a.rank, a.rate), len(classes))
