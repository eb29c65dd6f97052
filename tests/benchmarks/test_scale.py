"""Time and memory by the number of adapters; not asserted, see docs/benchmark.md.

Only the smallest size is run with the other tests; all with ``--benchmark-only -p no:xdist``.
"""

from __future__ import annotations

import math
import time
from pathlib import Path

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
from tests.benchmarks.scale import adapter_file, peak_mib, scale_problem
from tests.benchmarks.scale_figure import slopes
from twin.sources.adapter_file import read_adapters

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
        "peak_mib": peak_mib(),
    }
    assert result.placement.gpus
    assert result.is_feasible() or not wanted


def test_the_file_has_the_problems_adapters(tmp_path: Path) -> None:
    adapter_file(tmp_path / "adapters.csv", 40)
    read = read_adapters(tmp_path / "adapters.csv", rate_unit="s")
    assert read == scale_problem(40).workload


def test_slopes_are_those_of_logarithms() -> None:
    rows = [{"adapters": n, "linear": 3.0 * n, "none": 0.0} for n in (100, 1_000, 10_000)]
    assert slopes(rows, "linear") == pytest.approx([1.0, 1.0])
    assert slopes(rows, "none") == pytest.approx([math.nan] * 2, nan_ok=True)
