"""A quick packing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placer.report.figures.quick_fleet import QuickEstimator, QuickFleet
from placer.testing import example_problem
from tests.placer.report.figures.one_gpu import measured_problem


def test_trained_models_answer_where_there_are_some() -> None:
    assert QuickEstimator(measured_problem(2)).name == "the trained models"


def test_the_balance_of_engines_answers_elsewhere() -> None:
    other = replace(measured_problem(2).starvation, threshold=0.8)
    assert not QuickEstimator(replace(measured_problem(2), starvation=other)).is_trained
    problem = replace(example_problem(8), starvation=other)
    estimator = QuickEstimator(problem)
    assert estimator.name == "the balance of engines"
    fleet = QuickFleet(replace(problem, max_gpus=1), estimator, in_dollars=False)
    amount = fleet.amount(factor=8, time_limit=30)
    assert amount is not None
    assert amount >= 2  # the limit is left aside


def test_more_traffic_and_shorter_waits_take_more() -> None:
    problem = measured_problem()
    fleet = QuickFleet(problem, QuickEstimator(problem), in_dollars=False)
    now = fleet.amount(time_limit=30)
    more = fleet.amount(factor=3, time_limit=30)
    shorter = fleet.amount(time_limit=30, tpot=0.03)
    assert now is not None
    assert more is not None
    assert shorter is not None
    assert now < more
    assert now <= shorter


def test_rent_is_that_of_the_gpus() -> None:
    problem = measured_problem(4)
    estimator = QuickEstimator(problem)
    gpus, rent = (
        QuickFleet(problem, estimator, dollars).amount(time_limit=30) for dollars in (False, True)
    )
    assert gpus is not None
    assert rent == pytest.approx(gpus * problem.fleet[0].profile.price_per_hour)


def test_without_time_or_gpus_nothing_is_known() -> None:
    problem = measured_problem(2)
    fleet = QuickFleet(problem, QuickEstimator(problem), in_dollars=False)
    assert fleet.amount(time_limit=0) is None
    assert fleet.amount(time_limit=30, tpot=1e-4) is None


def test_there_is_no_time_for_very_many(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = example_problem(8)
    fleet = QuickFleet(problem, QuickEstimator(problem), in_dollars=False)
    assert fleet.amount(time_limit=30) is not None
    monkeypatch.setattr("placer.report.figures.quick_fleet._MOST", 7)
    assert fleet.amount(time_limit=30) is None
