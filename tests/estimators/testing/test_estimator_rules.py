"""Rules of estimators: each says in words how it is broken, also without pytest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from estimators.base import Candidate, Estimates
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from estimators.testing import check_estimator

WITHOUT_PYTEST = """
import sys
sys.modules["pytest"] = None
from estimators.closed_form import ClosedFormEstimator
from estimators.testing import check_estimator, example_adapters
check_estimator(ClosedFormEstimator())
try:
    from estimators.testing import EstimatorContract
except ModuleNotFoundError as error:
    print(error)
"""


@dataclass(frozen=True)
class Wrong:
    """An estimator that changes right answers."""

    change: Callable[[Estimates], Estimates]

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        return self.change(ClosedFormEstimator().estimate(candidates, rule))


def changed(**columns: Callable[[Estimates], object]) -> Callable[[Estimates], Estimates]:
    """A change of some figures."""
    return lambda right: replace(right, **{name: of(right) for name, of in columns.items()})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            changed(power=lambda e: e.power.astype(np.float32)),
            "every candidate has every figure: power has the type float32",
        ),
        (lambda e: e.take(np.arange(1, len(e))), "every figure: 6 candidates have 5 estimates"),
        (
            changed(power=lambda e: np.cumsum(e.power)),
            "candidate 1 has power of .* in a batch, and .* alone",
        ),
        (
            changed(offered_throughput=lambda e: 1.1 * e.offered_throughput),
            "candidate 0 is offered 160 tokens/s, not 176",
        ),
        (
            changed(served_throughput=lambda e: 2 * e.offered_throughput),
            "candidate 0 serves .* of .* tokens/s",
        ),
        (
            changed(starvation_probability=lambda e: 1 - e.starvation_probability),
            "one adapter starves a GPU with probability 1",
        ),
        (
            changed(starvation_probability=lambda e: 2 * e.starvation_probability),
            "candidate 4 starves with probability 2",
        ),
        (changed(itl_p99=lambda e: 0 * e.itl_p99), "candidate 0 has itl_p99 of 0 s"),
        (changed(ttft_p99=lambda e: e.ttft_mean / 2), "99th percentile of TTFT is below its mean"),
        (changed(tpot_p90=lambda e: 2 * e.tpot_p99), "the 90th and 99th percentile of TPOT are"),
        (
            changed(memory_error=lambda e: np.zeros(len(e), np.bool_)),
            "an engine that cannot start has no memory error",
        ),
        (
            changed(ttft_mean=lambda e: np.nan_to_num(e.ttft_mean, nan=1.0)),
            "an engine that cannot start has ttft_mean of 1.0",
        ),
    ],
)
def test_broken_rules_are_told_in_words(
    change: Callable[[Estimates], Estimates], words: str
) -> None:
    with pytest.raises(AssertionError, match=rf"breaks rules of estimators:[^§]*{words}"):
        check_estimator(Wrong(change))


def test_all_of_it_works_without_pytest() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PYTEST], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "check_estimator does without it" in done.stdout
