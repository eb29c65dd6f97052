"""Time and memory by the number of adapters; not asserted, see docs/benchmark.md.

Only the smallest size is run with the other tests; all with ``--benchmark-only -p no:xdist``.
"""

from __future__ import annotations

import resource
import sys
import time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from estimators.base import Estimator
from estimators.closed_form import ClosedFormEstimator
from estimators.ml_backed import MLEstimator
from estimators.twin_backed import TwinEstimator
from placer.gpu.budget import Budget
from placer.objectives import GpuCount
from placer.problem.result import Result
from placer.solve import solve
from placer.strategies import Portfolio
from tests.benchmarks.scale import scale_problem

CASES = [
    ("closed_form", 100, True),
    ("closed_form", 1_000, False),
    ("closed_form", 10_000, False),
    ("closed_form", 100_000, False),
    ("ml", 100, True),
    ("ml", 1_000, True),
    ("ml", 10_000, True),
    ("ml", 100_000, False),
    ("twin", 100, True),
    ("twin", 1_000, True),
]
TIME_LIMIT = 10.0  # seconds for a search, but for the largest; it ends where nothing more is found


def estimator_of(name: str) -> Estimator:
    if name == "twin":
        return TwinEstimator()
    return MLEstimator() if name == "ml" else ClosedFormEstimator()


@pytest.mark.filterwarnings("ignore::twin.files.errors.ExtrapolationWarning")
@pytest.mark.parametrize(("estimator", "number", "verify"), CASES)
def test_placing(
    estimator: str,
    number: int,
    verify: bool,
    benchmark: BenchmarkFixture,
    request: pytest.FixtureRequest,
) -> None:
    wanted = request.config.getoption("benchmark_only")
    if not wanted and (estimator, number) != ("closed_form", 100):
        pytest.skip("run it with --benchmark-only -p no:xdist")
    problem = scale_problem(number)
    warm = scale_problem(8)
    solve(warm, Portfolio(), estimator_of(estimator), GpuCount(), verify=verify)
    cpu = time.process_time()

    def place() -> Result:
        limit = Budget(max_estimates=300)
        if wanted:
            limit = Budget(time_limit=TIME_LIMIT if number <= 10_000 else None)
        return solve(
            problem, Portfolio(), estimator_of(estimator), GpuCount(), limit, verify=verify
        )

    result: Result = benchmark.pedantic(place, rounds=1, iterations=1)
    benchmark.extra_info |= {
        "gpus": len(result.placement.gpus),
        "lower_bound": result.lower_bound[0],
        "gap": round(result.gap, 4),
        "num_estimates": result.num_estimates,
        "verified": result.verified,
        "cpu_s": round(time.process_time() - cpu, 1),
        "peak_mib": _peak_mib(),
    }
    assert result.placement.gpus
    assert result.is_feasible() or not wanted


def _peak_mib() -> int:
    """Largest memory of the process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10))
