"""Whether a verification sees enough of the traffic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.base import Candidate
from estimators.window import Window
from placer.testing import example_problem
from placer.verification.too_few import has_too_few_requests
from twin.workload.arrivals import GammaArrivals

PROBLEM = example_problem(4)
PROFILE = PROBLEM.fleet[0].profile


def candidate(rate: float, cv: float) -> Candidate:
    adapters = tuple(
        replace(adapter, rate=rate / 4, arrivals=GammaArrivals(cv))
        for adapter in PROBLEM.workload.adapters
    )
    return Candidate(PROFILE, PROFILE.engine_config(4, 32), adapters)


@pytest.mark.parametrize(
    ("rate", "cv", "too_few"),
    [
        (10.0, 1.0, False),
        (10.0, 50.0, False),  # 18,000 requests
        (10.0, 100.0, True),
        (1e-6, 1.0, False),  # the window is lengthened
        (1e-6, 5.0, False),
        (1e-6, 20.0, True),
    ],
)
def test_chance_depends_on_requests_and_gaps(rate: float, cv: float, too_few: bool) -> None:
    assert has_too_few_requests(candidate(rate, cv), Window(600.0), 3) is too_few


def test_more_seeds_see_more() -> None:
    one = candidate(1.0, 15.0)
    assert has_too_few_requests(one, Window(600.0), 1)
    assert not has_too_few_requests(one, Window(600.0), 3)
