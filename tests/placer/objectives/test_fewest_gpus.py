"""Fewest GPUs within latency limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from estimators.base import Candidate, Estimates
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from placer.objectives import FewestGpus, GpuCount, Latency, Lexicographic, Weighted
from placer.objectives.objective import keeps_limits
from placer.problem.latency_limits import LatencyLimits
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import ObjectiveContract, example_problem
from twin.files.errors import InputError


class TestFewestGpus(ObjectiveContract):
    @pytest.fixture
    def objective(self) -> FewestGpus:
        return FewestGpus()


def test_gpus_are_opened_rather_than_let_users_wait() -> None:
    estimator = ClosedFormEstimator()
    problem = example_problem(24)
    counts = []
    for ttft in (None, 0.5, 0.25):
        limited = replace(problem, latency_limits=LatencyLimits(ttft, None))
        result = solve(limited, FirstFit(), estimator, FewestGpus(), verify=False)
        assert all(ttft is None or g.estimate.ttft_p99 <= ttft for g in result.gpus)
        counts.append(len(result.gpus))
    plain = solve(problem, FirstFit(), estimator, GpuCount(), verify=False)
    assert counts[0] == len(plain.gpus) < counts[1] < counts[2]


def test_combinations_keep_limits_where_one_of_them_does() -> None:
    assert keeps_limits(Lexicographic((FewestGpus(), Latency())))
    assert keeps_limits(Weighted((GpuCount(), FewestGpus()), (1.0, 1.0)))
    assert not keeps_limits(Lexicographic((GpuCount(), Latency())))


@dataclass(frozen=True)
class Silent:
    """An estimator that knows no percentiles."""

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        known = ClosedFormEstimator().estimate(candidates, rule)
        return replace(known, ttft_p99=np.full(len(known), np.nan))


def test_an_estimator_without_percentiles_is_refused() -> None:
    with pytest.raises(InputError, match=r"latency_limits.ttft: .*99th percentile of TTFT"):
        solve(example_problem(3), FirstFit(), Silent(), FewestGpus(), verify=False)
