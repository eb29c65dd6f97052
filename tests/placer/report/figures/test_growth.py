"""What if traffic grows."""

from __future__ import annotations

import math
from dataclasses import replace

from placer.report.figures.growth import growth_table
from placer.report.figures.quick_fleet import QuickEstimator, QuickFleet
from placer.report.gpu_report import report_gpus
from tests.placer.report.figures.one_gpu import measured_problem, measured_result


def test_gpus_starve_beyond_their_headroom() -> None:
    problem = measured_problem()
    gpus = report_gpus(problem, measured_result(problem, 3))
    unknown = replace(gpus[2], headroom=math.nan)
    fleet = QuickFleet(problem, QuickEstimator(problem), in_dollars=False)
    table = growth_table((*gpus[:2], unknown), fleet, 60.0)
    failing = {row.factor: row.failing for row in table}
    assert failing[0.8] == failing[1.1] == ()
    assert failing[1.25] == failing[2.0] == ("gpu-00", "gpu-01")
    anew = [row.anew for row in table]
    assert None not in anew
    assert anew == sorted(anew, key=lambda amount: amount or 0)


def test_without_time_nothing_is_packed() -> None:
    problem = measured_problem(4)
    gpus = report_gpus(problem, measured_result(problem))
    fleet = QuickFleet(problem, QuickEstimator(problem), in_dollars=False)
    assert {row.anew for row in growth_table(gpus, fleet, 0.0)} == {None}
