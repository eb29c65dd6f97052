"""Slo."""

from __future__ import annotations

import math
from typing import Any

import pytest

from estimators.base import Estimate
from estimators.closed_form import ClosedFormEstimator
from placer.objectives import GpuCount, Lexicographic, Slo
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import ObjectiveContract, example_problem
from twin.files.errors import InputError


class TestSlo(ObjectiveContract):
    @pytest.fixture(
        params=[Slo(0.05), Slo(None, 0.012), Slo(1e-4, 0.012), Slo(0.2, min_share=0.9)]
    )
    def objective(self, request: pytest.FixtureRequest) -> Slo:
        objective: Slo = request.param
        return objective


FIGURES = Estimate(
    *(100.0, 100.0, 0.0, False, 300.0, 0.0),
    *(0.3, 0.2, 1.0, 2.0),  # TTFT
    *(0.02, 0.02, 0.04, 0.06),  # TPOT
)


@pytest.mark.parametrize(
    ("objective", "late"),
    [
        (Slo(0.2), 0.5),
        (Slo(1.0), 0.1),
        (Slo(2.0), 0.01),
        (Slo(None, 0.04), 0.1),
        (Slo(1.0, 0.04), 0.2),
        (Slo(0.01, 0.001), 1.0),
    ],
)
def test_late_requests_are_those_beyond_the_quantiles(objective: Slo, late: float) -> None:
    assert objective.late_share(FIGURES) == pytest.approx(late)


def test_what_is_not_served_is_late() -> None:
    half = FIGURES._replace(served_throughput=50.0)
    assert Slo(1.0).late_share(half) == pytest.approx(0.6)
    assert Slo(1.0).late_share(FIGURES._replace(memory_error=True)) == 1.0


def test_a_share_may_be_required() -> None:
    assert Slo(1.0, min_share=0.9).admissible(FIGURES)
    assert not Slo(1.0, min_share=0.95).admissible(FIGURES)


def test_fewest_gpus_that_keep_the_targets() -> None:
    problem = example_problem(24)
    few, many = (
        solve(problem, FirstFit(), ClosedFormEstimator(), objective, verify=False)
        for objective in (GpuCount(), Lexicographic((GpuCount(), Slo(0.08, min_share=0.9))))
    )
    assert many.is_feasible()
    assert len(many.placement.gpus) > len(few.placement.gpus)
    strict = Slo(0.08)
    assert all(strict.late_share(gpu.estimate) <= 0.1 for gpu in many.gpus)
    assert any(strict.late_share(gpu.estimate) > 0.1 for gpu in few.gpus)


def test_an_estimator_without_quantiles_is_refused() -> None:
    with pytest.raises(InputError, match="does not predict quantiles of TTFT"):
        Slo(1.0).late_share(FIGURES._replace(ttft_p50=math.nan))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"ttft": None}, "it has no target"),
        ({"ttft": 0.0}, "objective.ttft: 0.0 is no positive time"),
        ({"tpot": math.inf}, "objective.tpot: inf is no positive"),
        ({"min_share": 1.0}, "min_share: 1.0 is not inside"),
    ],
)
def test_parameters_are_checked(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Slo(**parameters)
