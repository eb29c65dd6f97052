"""All figures of a report."""

from __future__ import annotations

from dataclasses import replace

from placer.objectives import Cost, FewestGpus
from placer.problem.placement import Placement
from placer.report.placement_figures import placement_figures
from tests.placer.report.figures.one_gpu import measured_problem, measured_result


def test_every_picture_is_there() -> None:
    problem = measured_problem(12)
    figures = placement_figures(problem, measured_result(problem), FewestGpus(), 60.0)
    assert [row.group.title for row in figures.fleet] == ["gpu-00", "gpu-01"]
    assert [chart.title for chart in figures.front_charts] == [
        "Time to first token",
        "Time per output token",
    ]
    assert [chart.title for chart in figures.map_charts] == ["gpu-00, gpu-01"]  # of one kind
    assert figures.num_kinds == 1
    assert len(figures.time_charts) == 3
    assert figures.unit == "GPUs"
    assert figures.estimated_by == "the trained models"


def test_rent_is_shown_where_it_counts() -> None:
    problem = measured_problem(4)
    figures = placement_figures(problem, measured_result(problem), Cost(), 0.0)
    assert figures.unit == "$/h"


def test_a_result_without_gpus_has_no_pictures() -> None:
    problem = measured_problem(4)
    nothing = replace(
        measured_result(problem),
        placement=Placement((), tuple(f"a{k:02d}" for k in range(4))),
        gpus=(),
        verification=None,
    )
    figures = placement_figures(problem, nothing, FewestGpus())
    assert not figures.fleet
    assert not figures.front_charts
    assert not figures.map_charts
    assert not figures.time_charts
    assert not figures.growth


def test_without_time_the_tables_stay() -> None:
    problem = measured_problem(4)
    figures = placement_figures(problem, measured_result(problem), FewestGpus(), 0.0)
    assert len(figures.fleet) == 2
    assert not figures.time_charts
