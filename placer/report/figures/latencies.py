"""How long requests waited, and how many of them, in a simulation of the verification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placer.report.charts.axis import Axis
from placer.report.charts.chart import Chart, Dot, Dots, Line, Mark
from placer.report.figures.behaviour import Behaviour
from placer.report.page.formats import milliseconds

__all__ = ["Distribution", "Queue", "distribution", "distribution_chart", "queue", "queue_chart"]

FloatArray = NDArray[np.float64]

_TITLES = {"ttft": "Time to first token", "tpot": "Time per output token"}
_POINTS = 48  # of a curve
_NAMED = (0.5, 0.9, 0.99)
_LOW = 0.12  # where the name of the slowest GPU stands
_LEAST_SHOWN = 0.001  # share of the requests at either end of the axis
_SHORTEST = 1e-4  # seconds
_LABELLED = 0.68  # of the width: where the last dot is at most, its words beside it


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """Share of requests that were not slower than some times.

    Parameters
    ----------
    metric : {"ttft", "tpot"}
    seconds : ndarray of shape (n,)
        Times, ascending.
    all_gpus, slowest : ndarray of shape (n,)
        Shares of the requests of all GPUs, and of the GPU with the largest 99th percentile.
    slowest_name : str
        Name of that GPU; empty where there is but one.
    quantiles : tuple of (float, float)
        Shares of all requests, and their times in seconds.
    """

    metric: str
    seconds: FloatArray
    all_gpus: FloatArray
    slowest: FloatArray
    slowest_name: str
    quantiles: tuple[tuple[float, float], ...]


def distribution(
    metric: str, observed: Sequence[tuple[str, float, Behaviour]]
) -> Distribution | None:
    """Distribution of a latency.

    Parameters
    ----------
    metric : {"ttft", "tpot"}
    observed : sequence of (str, float, Behaviour)
        Name of a GPU, requests/s that it and those like it answer, and what it did.

    Returns
    -------
    Distribution or None
        None where no request was answered.
    """
    known = [(name, rate, getattr(b, metric)) for name, rate, b in observed]
    known = [(name, rate, values) for name, rate, values in known if values.size]
    if not known:
        return None
    low = min(max(_SHORTEST, np.quantile(v, _LEAST_SHOWN)) for _, _, v in known)
    high = max(np.quantile(v, 1 - _LEAST_SHOWN) for _, _, v in known)
    seconds = np.geomspace(low, max(high, low * 1.5), _POINTS)
    shares = [np.searchsorted(v, seconds, side="right") / v.size for _, _, v in known]
    weights = np.array([rate for _, rate, _ in known])
    pooled = weights @ np.array(shares) / weights.sum()
    worst = max(range(len(known)), key=lambda k: np.quantile(known[k][2], 0.99))
    return Distribution(
        metric,
        seconds,
        pooled,
        shares[worst],
        known[worst][0] if len(known) > 1 else "",
        tuple((q, float(np.interp(q, pooled, seconds))) for q in _NAMED),
    )


def distribution_chart(shown: Distribution) -> Chart:
    """The distribution as a picture."""
    x = 1000 * shown.seconds
    marks: list[Mark] = []
    if shown.slowest_name:
        marks.append(Line(_points(x, 100 * shown.slowest), tone="muted"))
        middle = int(np.searchsorted(shown.slowest, _LOW))
        middle = min(middle, x.size - 1)
        at, share = float(x[middle]), float(100 * shown.slowest[middle])
        marks.append(Line(((at, share),), shown.slowest_name, "muted"))
    marks.append(Line(_points(x, 100 * shown.all_gpus)))
    texts = [f"p{100 * q:g} {milliseconds(value)} ms" for q, value in shown.quantiles]
    marks.append(
        Dots(
            tuple(
                Dot(1000 * value, 100 * q, text, text)
                for (q, value), text in zip(shown.quantiles, texts, strict=True)
            ),
            below=True,
        )
    )
    return Chart(
        _TITLES[shown.metric],
        f"Distribution over the requests of all GPUs: {', '.join(texts)}",
        Axis.around("ms", [*x.tolist(), _room(x, shown.quantiles)], log=True),
        Axis("% of requests", 0, 100),
        tuple(marks),
    )


def _room(x: FloatArray, quantiles: Sequence[tuple[float, float]]) -> float:
    """End of an axis on which there is room for the words beside the last quantile, in ms."""
    first, last = float(x[0]), 1000 * quantiles[-1][1]
    return float(first * (last / first) ** (1 / _LABELLED)) if last > first else last


@dataclass(frozen=True, slots=True, eq=False)
class Queue:
    """Requests that waited over time.

    Parameters
    ----------
    seconds : ndarray of shape (n,)
    longest, mean : ndarray of shape (n,)
        On the GPU with the longest queue, and on average.
    longest_name : str
        Name of that GPU.
    """

    seconds: FloatArray
    longest: FloatArray
    mean: FloatArray
    longest_name: str


def queue(observed: Sequence[tuple[str, float, Behaviour]]) -> Queue | None:
    """Queues over time; parameters as for `distribution`.

    Returns
    -------
    Queue or None
        None where nothing was observed.
    """
    if not observed:
        return None
    name, _, longest = max(observed, key=lambda each: float(each[2].waiting.mean()))
    together = np.mean(
        [b.waiting for _, _, b in observed if b.waiting.size == longest.time.size], 0
    )
    return Queue(longest.time, longest.waiting, together, name)


def queue_chart(shown: Queue) -> Chart:
    """The queue as a picture."""
    minutes = shown.seconds / 60
    most = float(shown.longest.max())
    return Chart(
        f"Requests that wait, {shown.longest_name}",
        f"Over {minutes[-1]:.0f} minutes at most {most:.0f} requests wait on {shown.longest_name}",
        Axis.around("minutes", [0, float(minutes[-1])], zero=True),
        Axis.around("requests", [0, most, 1], zero=True),
        (
            Line(_points(minutes, shown.mean), tone="muted"),
            Line(_points(minutes, shown.longest)),
        ),
    )


def _points(x: FloatArray, y: FloatArray) -> tuple[tuple[float, float], ...]:
    return tuple(zip(x.tolist(), y.tolist(), strict=True))
