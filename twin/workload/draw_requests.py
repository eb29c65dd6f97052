"""Draw the requests of many adapters: together, and each as if it were alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import InputError
from twin.workload.adapter import Adapter
from twin.workload.arrivals import ArrivalProcess, GammaArrivals, PoissonArrivals
from twin.workload.collect_requests import EXPONENTIAL, GIVEN, STREAM, Drawing, Given
from twin.workload.lengths import CopulaLengths
from twin.workload.merge_streams import first_of, joined, merge_streams
from twin.workload.sort_requests import Merged
from twin.workload.stopped import never, stop_if
from twin.workload.substreams import Substreams

__all__ = ["RequestDrawing"]

FloatArray = NDArray[np.float64]

_GAPS = (PoissonArrivals, GammaArrivals)  # processes whose gaps compiled code draws


class RequestDrawing:
    """Requests of some adapters in order of arrival, drawn as far as they are wanted.

    They are those that ``arrivals.sample`` and then ``lengths.sample`` of each adapter give, the
    i-th with the random numbers 2 i and 2 i + 1. Where arrivals are Poisson or have gamma gaps and
    lengths are by a copula, the usual cases, compiled code draws them while it merges. A longer
    window begins with the requests of a shorter one, which are not drawn again; but for adapters
    whose requests Python draws, as any arrival process may be among them.

    Parameters
    ----------
    adapters : sequence of Adapter
    streams : Substreams
        Where random numbers come from.
    """

    def __init__(self, adapters: Sequence[Adapter], streams: Substreams) -> None:
        self._adapters, self._streams = adapters, streams
        self._known: _Known | None = None

    def until(self, duration: float, stop: Callable[[], bool] = never) -> Merged:
        """Requests of a window.

        Parameters
        ----------
        duration : float
            Length of the window in seconds.
        stop : callable
            Whether to give up.

        Raises
        ------
        Stopped
            If it was given up.
        """
        known, self._known = self._known, None  # for good, where what follows is given up
        if known is None or not (known.goes_on or known.seconds == duration):
            known = self._drawn(duration, stop)
        elif known.seconds < duration:
            known = known.until(duration, stop)
        self._known = known
        return first_of(known.merged, int(np.searchsorted(known.merged.arrival, duration)))

    def _drawn(self, duration: float, stop: Callable[[], bool]) -> _Known:
        """Draw from the beginning."""
        adapters, streams = self._adapters, self._streams
        places, step = streams.places(2 * len(adapters))
        table = np.zeros(len(adapters), STREAM)
        table["rate"] = [adapter.rate for adapter in adapters]
        table["shape"] = [_gap_shape(adapter.arrivals) for adapter in adapters]
        table["arrivals_high"], table["arrivals_low"] = places[::2].T
        table["lengths_high"], table["lengths_low"] = places[1::2].T
        models = _Models()
        table["model"] = [models.number(adapter) for adapter in adapters]
        given = []
        for index in np.flatnonzero(table["model"] == GIVEN).tolist():
            stop_if(stop)
            given.append(_sample(adapters[index], index, duration, streams))
        _point_to(table, [own.time for own in given])
        drawing = models.drawing(step)
        merged = merge_streams(table, drawing, _together(given), duration, stop)
        return _Known(merged, duration, table, drawing, not given)


class _Known(NamedTuple):
    """Requests of so many seconds, what they are drawn from, and whether more can follow."""

    merged: Merged
    seconds: float
    streams: NDArray[np.void]
    drawing: Drawing
    goes_on: bool

    def until(self, duration: float, stop: Callable[[], bool]) -> _Known:
        """With those of a longer window; not to be used any more, even where that is given up."""
        following = merge_streams(
            self.streams, self.drawing, _together([]), duration, stop, self.seconds
        )
        return self._replace(merged=joined(self.merged, following), seconds=duration)


class _Models:
    """Models of lengths that compiled code draws from, numbered."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._models: list[CopulaLengths] = []

    def number(self, adapter: Adapter) -> int:
        """Number of an adapter's model; GIVEN where compiled code does not draw it."""
        lengths = adapter.lengths
        if type(lengths) is not CopulaLengths or type(adapter.arrivals) not in _GAPS:
            return GIVEN
        number = self._numbers.setdefault(id(lengths), len(self._models))
        if number == len(self._models):
            self._models.append(lengths)
        return number

    def drawing(self, step: NDArray[np.uint64]) -> Drawing:
        """What compiled code draws from; ``step`` is that of the generator."""
        tables = [model.score_tables for model in self._models] or [(np.ones(1), np.ones(1))]
        prompt, output = (np.stack(side) for side in zip(*tables, strict=True))
        return Drawing(prompt, output, np.array([m.correlation for m in self._models]), step)


def _gap_shape(arrivals: ArrivalProcess) -> float:
    """Shape of the gaps of a process; those that compiled code does not draw have any."""
    return arrivals.shape if isinstance(arrivals, GammaArrivals) else EXPONENTIAL


def _sample(adapter: Adapter, index: int, duration: float, streams: Substreams) -> Given:
    """Requests of an adapter whose arrivals or lengths Python draws.

    Raises
    ------
    InputError
        If times are not sorted or outside the window.
    """
    times = adapter.arrivals.sample(adapter.rate, duration, streams.select(2 * index))
    inside = not times.size or (times[0] >= 0 and times[-1] < duration)
    if not (inside and np.all(times[1:] >= times[:-1])):
        raise InputError(
            f"arrivals of adapter {adapter.name}",
            f"{type(adapter.arrivals).__name__} draws times that are not sorted inside the window",
        )
    prompt, output = adapter.lengths.sample(times.size, streams.select(2 * index + 1))
    return Given(times, prompt, output)


def _point_to(table: NDArray[np.void], given: Sequence[FloatArray]) -> None:
    """Tell the streams that are given where their requests are."""
    ends = np.cumsum([times.size for times in given], dtype=np.int64)
    rows = table["model"] == GIVEN
    table["end"][rows] = ends
    table["position"][rows] = ends - [times.size for times in given]
    table["next"][rows] = [times[0] if times.size else np.inf for times in given]


def _together(given: Sequence[Given]) -> Given:
    """All requests that are given, one adapter after the other."""
    types = (np.float64, np.int32, np.int32)
    columns = zip(*given, strict=True) if given else [()] * len(types)
    return Given(
        *(
            np.concatenate([np.empty(0, kind), *column]).astype(kind, copy=False)
            for kind, column in zip(types, columns, strict=True)
        )
    )
