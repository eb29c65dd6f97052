"""What a GPU serves of what it is offered, over adapters and slots, and where it starves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice

import numpy as np
from numpy.typing import NDArray

from estimators.base import Candidate
from estimators.starvation import StarvationRule
from placer.report.charts.axis import Axis
from placer.report.charts.chart import Band, Box, Cells, Chart, Dot, Dots, Line, Mark
from placer.report.figures.quick_fleet import QuickEstimator
from twin.workload.adapter import Adapter

__all__ = ["Place", "ServingMap", "map_chart", "serving_map"]

FloatArray = NDArray[np.float64]

_MOST_ADAPTERS = 2.0  # over those of the GPU
_NUM_ADAPTERS, _NUM_SLOTS = 20, 12  # of the grid
_EVEN, _UNLIKELY, _LIKELY = 0.5, 0.05, 0.95  # probabilities of starving
_ROOM = 1.45  # of the axis of slots, for names at the ends of lines
_NAMED = 4  # GPUs, and dots with names
_SHADES = (0.99, 0.95, 0.9, 0.75)  # served shares below which a cell is darker


@dataclass(frozen=True, slots=True)
class Place:
    """Where a GPU is on the map: its name, its slots and its adapters."""

    name: str
    slots: int
    adapters: int


@dataclass(frozen=True, slots=True, eq=False)
class ServingMap:
    """Served over offered traffic for adapters like those of some GPUs.

    Parameters
    ----------
    title : str
        Which GPUs these are.
    slots : ndarray of shape (s,)
        Adapter slots, ascending.
    adapters : ndarray of shape (a,)
        Adapters on the GPU, ascending.
    served : ndarray of shape (a, s)
        Served over offered tokens/s; 0 where the engine does not start.
    frontier : ndarray of shape (3, s)
        Adapters at which the probability of starving is 5 %, 50 % and 95 %.
    places : tuple of Place
        The GPUs.
    """

    title: str
    slots: FloatArray
    adapters: FloatArray
    served: FloatArray
    frontier: FloatArray
    places: tuple[Place, ...]


def serving_map(
    title: str,
    candidate: Candidate,
    places: Sequence[Place],
    estimator: QuickEstimator,
    rule: StarvationRule,
) -> ServingMap:
    """Ask for one GPU with fewer and more adapters of its own kind, and other numbers of slots.

    Parameters
    ----------
    title : str
    candidate : Candidate
        A GPU with adapters; with n of them its traffic is n times their mean.
    places : sequence of Place
        It and those like it.
    estimator : QuickEstimator
    rule : StarvationRule
    """
    most = max(place.adapters for place in places)
    adapters = _steps(math.ceil(_MOST_ADAPTERS * most), _NUM_ADAPTERS)
    slots = _steps(max(most, *(place.slots for place in places)), _NUM_SLOTS)
    kind = sorted((a for a in candidate.adapters), key=lambda a: (-a.rate, a.name))
    grid = [
        replace(candidate, config=replace(candidate.config, max_loras=s), adapters=traffic)
        for traffic in (_like(kind, candidate.num_adapters, n) for n in adapters)
        for s in slots
    ]
    starts = np.array([c.profile.memory_error(c.config) is None for c in grid])
    asked = [c for c, starting in zip(grid, starts, strict=True) if starting]
    served, starving = np.zeros(len(grid)), np.ones(len(grid))
    if asked:
        estimates = estimator.estimate(asked, rule)
        served[starts] = estimates.served_throughput / estimates.offered_throughput
        starving[starts] = estimates.starvation_probability
    shape = len(adapters), len(slots)
    chances = starving.reshape(shape)
    return ServingMap(
        title,
        np.array(slots, float),
        np.array(adapters, float),
        np.clip(served.reshape(shape), 0, 1),
        np.array([_crossing(adapters, chances, p) for p in (_UNLIKELY, _EVEN, _LIKELY)]),
        tuple(places),
    )


def map_chart(shown: ServingMap) -> Chart:
    """The map as a picture."""
    marks: list[Mark] = [Cells(_boxes(shown))]
    low, even, high = shown.frontier
    x = shown.slots.tolist()
    if not np.array_equal(low, high):
        marks.append(Band(tuple(zip(x, low.tolist(), high.tolist(), strict=True)), "ink"))
    marks.append(Line(tuple(zip(x, even.tolist(), strict=True)), "starves above", "ink"))
    marks.append(Dots(tuple(_dots(shown.places)), below=True))
    edges_x, edges_y = _edges(shown.slots), _edges(shown.adapters)
    return Chart(
        shown.title,
        "Share of the traffic that is served, over adapter slots and adapters; "
        + "; ".join(
            f"{p.name} has {p.adapters} adapters and {p.slots} slots" for p in shown.places[:4]
        ),
        Axis("adapter slots (max_loras)", edges_x[0], _ROOM * edges_x[-1]),
        Axis("adapters", edges_y[0], edges_y[-1]),
        tuple(marks),
    )


def _dots(places: Sequence[Place]) -> Iterator[Dot]:
    """One dot for all GPUs at a place, with their names where there are few dots."""
    together: dict[tuple[int, int], list[str]] = {}
    for place in places:
        together.setdefault((place.slots, place.adapters), []).append(place.name)
    for (slots, adapters), names in together.items():
        few = ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
        label = names[0] + (f" +{len(names) - 1}" if len(names) > 1 else "")
        told = f"{few}: {adapters} adapters, {slots} slots"
        yield Dot(slots, adapters, told, label if len(together) <= _NAMED else "")


def _steps(most: int, number: int) -> list[int]:
    """About so many whole numbers, evenly spaced, up to the largest."""
    return sorted({max(1, round(most * (k + 1) / number)) for k in range(number)})


def _like(kind: Sequence[Adapter], number: int, wanted: int) -> tuple[Adapter, ...]:
    """So many adapters of the same kind, with so many times their mean traffic."""
    real = [a for a in kind if not a.is_base]
    if wanted <= number:
        chosen = [real[int((k + 0.5) * number / wanted)] for k in range(wanted)]
    else:
        chosen = list(islice(cycle(real), wanted))
    factor = math.fsum(a.rate for a in real) / number * wanted / math.fsum(a.rate for a in chosen)
    taken = [replace(a, name=f"a{k}", rate=a.rate * factor) for k, a in enumerate(chosen)]
    base = (replace(a, rate=a.rate * wanted / number) for a in kind if a.is_base)
    return (*taken, *base)


def _crossing(adapters: Sequence[int], chances: FloatArray, level: float) -> list[float]:
    """Number of adapters at which each column first reaches a probability; else the largest."""
    found = []
    for column in chances.T:
        beyond = np.flatnonzero(column >= level)
        k = int(beyond[0]) if beyond.size else -1
        if k < 0:
            found.append(float(adapters[-1]))
            continue
        before, at = (0.0, 0) if k == 0 else (float(column[k - 1]), adapters[k - 1])
        part = (level - before) / (float(column[k]) - before) if column[k] > before else 1.0
        found.append(at + part * (adapters[k] - at))
    return found


def _boxes(shown: ServingMap) -> tuple[Box, ...]:
    """Cells of equal shade in a row are one rectangle."""
    shades = sum((shown.served < limit).astype(int) for limit in _SHADES)
    x, y = _edges(shown.slots), _edges(shown.adapters)
    boxes = []
    for row, line in enumerate(np.asarray(shades)):
        start = 0
        for k in range(1, line.size + 1):
            if k == line.size or line[k] != line[start]:
                boxes.append(Box(x[start], x[k], y[row], y[row + 1], int(line[start])))
                start = k
    return tuple(boxes)


def _edges(values: FloatArray) -> list[float]:
    """Ends of the cells around values."""
    if values.size == 1:
        return [0.0, 2 * float(values[0])]
    middles = (values[1:] + values[:-1]) / 2
    first = max(0.0, float(2 * values[0] - middles[0]))
    return [first, *middles.tolist(), float(2 * values[-1] - middles[-1])]
