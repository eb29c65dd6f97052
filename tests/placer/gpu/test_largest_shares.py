"""What one GPU serves of an adapter that is too hot for one, or too late on any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from estimators.base import Candidate, Estimate, Estimates
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from estimators.testing import example_profile
from estimators.twin_backed import TwinEstimator
from placer.gpu.evaluator import Evaluator
from placer.gpu.largest_shares import ALL, largest_share, largest_shares
from placer.objectives import FewestGpus, GpuCount
from placer.objectives.objective import Objective
from placer.problem.fleet import GpuType
from placer.problem.latency_limits import LatencyLimits
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from placer.testing import example_problem
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.workload import Workload

LENGTHS = CopulaLengths(FixedLength(2000), FixedLength(20))
"""Of requests that an idle engine answers in 0.13 s; a GPU serves 14 of them in a second."""


def evaluator_of(
    *adapters: tuple[int, float],
    ttft: float = 5.0,
    objective: Objective | None = None,
    rules: Rules | None = None,
) -> Evaluator:
    """Adapters of a rank and a rate each."""
    made = [Adapter(f"a{i}", rank, rate, LENGTHS) for i, (rank, rate) in enumerate(adapters)]
    problem = Problem(
        Workload(tuple(made)),
        (GpuType(example_profile()),),
        latency_limits=LatencyLimits(ttft),
        rules=rules or Rules(),
    )
    return Evaluator(TwinEstimator(), objective or FewestGpus(), problem)


def parts_of(evaluator: Evaluator) -> dict[str, int]:
    """Parts of those adapters that do not fit on one GPU."""
    found = largest_shares(evaluator)
    number = evaluator.classes.adapter_class
    return {n: found[number(n)].parts for n in evaluator.adapters if number(n) in found}


def test_what_is_late_for_want_of_capacity_is_cut() -> None:
    assert parts_of(evaluator_of((8, 5.0))) == {}
    assert parts_of(evaluator_of((8, 5.0), ttft=0.2)) == {"a0": 2}
    assert parts_of(evaluator_of((8, 5.0), ttft=0.2, objective=GpuCount())) == {}


def test_what_is_late_on_a_gpu_that_is_nearly_idle_is_not_cut_further() -> None:
    evaluator = evaluator_of((8, 10.0), ttft=0.05)
    found = largest_share(evaluator, list(evaluator.adapters.values()))
    assert (found.parts, found.share) == (0, 0.0)
    assert found.refused is not None
    assert found.refused.plan.shares == (("a0", 1 / 16),)
    assert found.refused.estimate.ttft_p99 > 0.05
    assert evaluator.num_estimates == 5


def test_one_that_starves_too_is_cut_until_it_does_not() -> None:
    evaluator = evaluator_of((8, 20.0), ttft=0.05)
    found = largest_share(evaluator, list(evaluator.adapters.values()))
    assert found.refused is not None
    assert found.refused.plan.shares == (("a0", 1 / 32),)


def test_those_that_need_no_less_are_late_as_well() -> None:
    """Of the smaller rank, and of a smaller rate than was tried, one estimate is enough."""
    evaluator = evaluator_of((16, 10.0), (16, 5.0), (32, 4.0), (16, 0.3), ttft=0.05)
    assert parts_of(evaluator) == dict.fromkeys(["a0", "a1", "a2", "a3"], 0)
    assert evaluator.num_estimates == 6
    smaller = evaluator_of((16, 10.0), (8, 10.0), ttft=0.05)
    assert parts_of(smaller) == {"a0": 0, "a1": 0}
    assert smaller.num_estimates == 10


def test_one_that_is_beside_another_is_cut_with_it() -> None:
    together = Rules(together=(("a0", "a1"),))
    assert parts_of(evaluator_of((8, 2.5), (8, 2.5), ttft=0.2, rules=together)) == {"a0": 2}
    assert parts_of(evaluator_of((8, 0.5), (8, 0.5), ttft=0.2, rules=together)) == {}


def test_engines_that_do_not_start_are_asked_for_once() -> None:
    evaluator = evaluator_of((8, 9.0), (8, 1.0))
    evaluator.estimator = _WithoutMemory()
    found = largest_shares(evaluator)
    assert [(share.parts, share.refused) for share in found.values()] == [(0, None)] * 2
    assert evaluator.num_estimates == 1


class _WithoutMemory:
    """An estimator by which no engine starts."""

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        return Estimates.from_rows([Estimate.of_memory_error(c.token_rate) for c in candidates])


@pytest.mark.parametrize("rates", [(9.0,), (9.0, 8.0, 0.1)])
def test_what_starves_at_any_traffic_is_hopeless(rates: tuple[float, ...]) -> None:
    adapters = tuple(Adapter(f"a{i}", 8, rate, LENGTHS) for i, rate in enumerate(rates))
    problem = replace(example_problem(), workload=Workload(adapters))
    evaluator = Evaluator(ClosedFormEstimator(capacity=0.01), GpuCount(), problem)
    found = largest_shares(evaluator)
    assert [share.parts for share in found.values()] == [0] * len(rates)
    assert evaluator.num_estimates == 13


def test_what_fits_is_all() -> None:
    evaluator = evaluator_of((8, 1.0))
    assert largest_share(evaluator, list(evaluator.adapters.values())) is ALL
