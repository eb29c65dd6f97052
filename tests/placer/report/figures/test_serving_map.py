"""Maps of what a GPU serves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from placer.report.charts.chart import Band, Cells, Dots
from placer.report.figures.quick_fleet import QuickEstimator
from placer.report.figures.serving_map import Place, ServingMap, map_chart, serving_map
from tests.placer.report.figures.one_gpu import candidate, measured_problem
from twin.workload.adapter import Adapter


def shown(number: int = 30, rate: float = 0.6) -> ServingMap:
    """The map around a GPU with so many adapters."""
    problem = measured_problem(2)
    places = [Place("gpu-00", 16, number), Place("gpu-01", 16, number - 2)]
    estimator = QuickEstimator(problem)
    return serving_map("gpu-00", candidate(number, rate), places, estimator, problem.starvation)


def test_more_adapters_are_served_less() -> None:
    found = shown()
    assert found.served.shape == (found.adapters.size, found.slots.size)
    assert found.adapters[-1] == 60
    assert (found.served[0] > 0.95).any()
    assert found.served[-1].max() < found.served[0].max()
    low, even, high = found.frontier
    assert (low <= even).all()
    assert (even <= high).all()
    assert ((even > 0) & (even <= 60)).all()


def test_engines_that_do_not_start_serve_nothing() -> None:
    problem = measured_problem(2)
    one = candidate(2)
    engine = replace(one.config, max_loras=4096)
    found = serving_map(
        *("x", replace(one, config=engine), [Place("x", 4096, 2)], QuickEstimator(problem)),
        problem.starvation,
    )
    assert (found.served[:, -1] == 0).all()
    assert (found.frontier[:, -1] < 1).all()


def test_traffic_is_so_many_times_the_mean() -> None:
    """Of unequal adapters and some requests for the base model."""
    first = candidate().adapters[0]
    unequal = tuple(replace(a, rate=0.1 * (k + 1)) for k, a in enumerate(candidate(10).adapters))
    base = Adapter("base", 0, 0.2, first.lengths)
    one = replace(candidate(), adapters=(*unequal, base))
    asked = []

    class Watched(QuickEstimator):
        def estimate(self, candidates, rule):  # type: ignore[no-untyped-def]
            asked.extend(candidates)
            return super().estimate(candidates, rule)

    problem = measured_problem(2)
    serving_map("x", one, [Place("x", 4, 10)], Watched(problem), problem.starvation)
    for each in asked:
        assert np.isclose(each.rate, one.rate * each.num_adapters / 10)
        assert len({a.name for a in each.adapters}) == len(each.adapters)


def test_the_picture() -> None:
    chart = map_chart(shown())
    assert [type(mark) for mark in chart.marks].count(Band) == 1
    cells, dots = chart.marks[0], chart.marks[-1]
    assert isinstance(cells, Cells)
    assert isinstance(dots, Dots)
    assert {box.shade for box in cells.boxes} <= set(range(5))
    assert [dot.name for dot in dots.dots] == [
        "gpu-00: 30 adapters, 16 slots",
        "gpu-01: 28 adapters, 16 slots",
    ]
    assert [dot.label for dot in dots.dots] == ["gpu-00", "gpu-01"]
    for box in cells.boxes:
        assert chart.x.low <= box.left < box.right <= chart.x.high
        assert chart.y.low <= box.bottom < box.top <= chart.y.high


def test_gpus_at_one_place_are_one_dot() -> None:
    one = shown()
    places = tuple(Place(f"gpu-{k:02d}", 16, 30) for k in range(6))
    (*_, dots) = map_chart(replace(one, places=places)).marks
    assert isinstance(dots, Dots)
    (dot,) = dots.dots
    assert dot.label == "gpu-00 +5"
    assert dot.name == "gpu-00, gpu-01, gpu-02, gpu-03 …: 30 adapters, 16 slots"
