"""GPUs against latency targets."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.report.charts.chart import Dots, Level, Line
from placer.report.figures.front import Front, front_chart, latency_front
from placer.report.figures.quick_fleet import QuickEstimator, QuickFleet
from tests.placer.report.figures.one_gpu import measured_problem, measured_result

FRONT = Front("ttft", "GPUs", ((0.1, 3.0), (0.4, 2.0)), (0.4, 2.0), True, True, 1.0, "rules")


def front_of(problem: Problem, result: Result, metric: str, seconds: float = 0) -> Front | None:
    fleet = QuickFleet(problem, QuickEstimator(problem), in_dollars=False)
    return latency_front(problem, result, metric, fleet, seconds)


def test_shorter_targets_take_no_less() -> None:
    problem = measured_problem()
    result = measured_result(problem)
    front = front_of(problem, result, "tpot", 60)
    assert front is not None
    amounts = [amount for _, amount in front.points]
    assert len(amounts) > 3
    assert amounts == sorted(amounts, reverse=True)
    assert front.plan == (0.05, 2)
    assert (front.bound, front.is_verified) == (1, True)


def test_what_is_proven_needs_no_estimate() -> None:
    problem = measured_problem(4)
    result = replace(measured_result(problem), lower_bound=(2.0,))
    front = front_of(problem, result, "ttft")
    assert front is not None
    assert {amount for _, amount in front.points} == {2}  # this plan keeps the longer targets
    assert min(target for target, _ in front.points) == pytest.approx(0.4)


def test_a_bound_of_something_else_is_not_drawn() -> None:
    problem = measured_problem(4)
    result = replace(measured_result(problem), value=(0.3,), lower_bound=(0.2,), verification=None)
    front = front_of(problem, result, "ttft")
    assert front is not None
    assert math.isnan(front.bound)
    assert not front.points  # no time for any
    assert not any(isinstance(mark, Level) for mark in front_chart(front).marks)


def test_rent_is_shown_where_it_counts() -> None:
    problem = measured_problem(4)
    price = problem.fleet[0].profile.price_per_hour
    result = replace(measured_result(problem), value=(2 * price,), lower_bound=(price,))
    fleet = QuickFleet(problem, QuickEstimator(problem), in_dollars=True)
    front = latency_front(problem, result, "ttft", fleet, 0)
    assert front is not None
    assert front.unit == "$/h"
    assert front.plan[1] == pytest.approx(2 * price)
    assert front.bound == pytest.approx(price)


def test_an_unknown_latency_has_no_front() -> None:
    problem = measured_problem(4)
    result = measured_result(problem)
    unknown = replace(result.gpus[0], estimate=result.gpus[0].estimate._replace(ttft_p99=math.nan))
    result = replace(result, gpus=(unknown, unknown))
    assert front_of(problem, result, "ttft") is None


def test_the_picture_tells_estimates_from_what_was_verified() -> None:
    chart = front_chart(FRONT)
    level, line, estimates, plan = chart.marks
    assert isinstance(level, Level)
    assert isinstance(line, Line)
    assert isinstance(estimates, Dots)
    assert isinstance(plan, Dots)
    assert (estimates.hollow, plan.hollow) == (True, False)
    assert plan.dots[0].name == "this plan: 2 GPUs, 400 ms, verified"
    assert (plan.dots[0].x, plan.dots[0].y) == (400, 2)
    (unverified,) = front_chart(replace(FRONT, is_verified=False)).marks[-1:]
    assert isinstance(unverified, Dots)
    assert unverified.hollow
    assert "NOT verified" in unverified.dots[0].name


def test_a_plan_that_does_not_serve_everything_is_not_on_it() -> None:
    problem = measured_problem(4)
    result = replace(measured_result(problem), status=SolveStatus.INFEASIBLE)
    front = front_of(problem, result, "ttft")
    assert front is not None
    chart = front_chart(front)
    assert not [m for m in chart.marks if isinstance(m, Dots) and not m.hollow]
    assert "this plan does not serve everything" in chart.summary
