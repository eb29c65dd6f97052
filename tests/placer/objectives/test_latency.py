"""Latency."""

from __future__ import annotations

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount, Latency
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import ObjectiveContract, example_problem
from twin.files.errors import InputError


class TestLatency(ObjectiveContract):
    @pytest.fixture(
        params=[(metric, part) for metric in ("ttft", "tpot") for part in ("mean", "p99")]
    )
    def objective(self, request: pytest.FixtureRequest) -> Latency:
        return Latency(*request.param)


def test_the_value_is_the_mean_over_requests() -> None:
    problem = example_problem(8, max_gpus=3)
    estimator = ClosedFormEstimator()
    result = solve(problem, FirstFit(), estimator, Latency(), verify=False)
    gpus = Evaluator(estimator, Latency(), problem).evaluate(result.placement.gpus)
    rates = [gpu.candidate.rate for gpu in gpus]
    expected = sum(
        rate * gpu.estimate.ttft_mean for rate, gpu in zip(rates, gpus, strict=True)
    ) / sum(rates)
    assert result.value == pytest.approx((expected,))


def test_all_gpus_are_used_where_a_number_is_given() -> None:
    problem = example_problem(24, max_gpus=12)
    estimator = ClosedFormEstimator()
    packed = solve(problem, FirstFit(), estimator, GpuCount(), verify=False)
    spread = solve(problem, FirstFit(), estimator, Latency(), verify=False)
    assert len(packed.placement.gpus) < len(spread.placement.gpus) == 12
    offered = [figures.estimate.offered_throughput for figures in spread.gpus]
    largest = max(adapter.token_rate for adapter in problem.workload.adapters)
    assert max(offered) - min(offered) <= largest * (1 + 1e-9)


@pytest.mark.parametrize(("metric", "statistic"), [("e2e", "mean"), ("ttft", "p50")])
def test_unknown_parameters_are_named(metric: str, statistic: str) -> None:
    with pytest.raises(InputError, match="accepted: "):
        Latency(metric, statistic)
