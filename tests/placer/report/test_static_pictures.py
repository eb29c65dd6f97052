"""Pictures for papers."""

from __future__ import annotations

from dataclasses import replace

from placer.objectives import FewestGpus
from placer.problem.placement import Placement
from placer.report.placement_figures import placement_figures
from placer.report.static_pictures import static_pictures
from tests.placer.report.figures.one_gpu import measured_problem, measured_result


def test_the_fleet_is_drawn_as_the_page_has_it() -> None:
    problem = measured_problem(8)
    figures = placement_figures(problem, measured_result(problem), FewestGpus(), 60.0)
    pictures = static_pictures(figures, "svg")
    assert set(pictures) == {"fleet.svg", "target.svg", "slots.svg", "latency.svg"}
    drawn = pictures["fleet.svg"].decode()
    assert all(f"<!-- {name} -->" in drawn for name, _ in figures.fleet[0].use)


def test_what_is_unknown_is_left_out() -> None:
    problem = measured_problem(4)
    figures = placement_figures(problem, measured_result(problem), FewestGpus(), 0.0)
    assert "latency.svg" not in static_pictures(figures, "svg")
    nothing = replace(
        measured_result(problem),
        placement=Placement((), tuple(f"a{k:02d}" for k in range(4))),
        gpus=(),
        verification=None,
    )
    assert static_pictures(placement_figures(problem, nothing, FewestGpus()), "svg") == {}
