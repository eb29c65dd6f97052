"""What a fit minimizes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.twin.calibrate.known_costs import FITTED, TRUE, measure
from tests.twin.measured.run_rows import read
from twin.calibrate.fit_problem import FitProblem
from twin.calibrate.items import RunItem


@pytest.fixture
def items(tmp_path: Path) -> list[RunItem]:
    return [RunItem.of(measure(read(tmp_path, duration_s="60"), TRUE), seed=7)]


def test_the_costs_of_the_runs_leave_nothing(items: list[RunItem]) -> None:
    problem = FitProblem(TRUE, FITTED, items)
    truth = np.zeros(problem.size)
    np.testing.assert_allclose(problem.residuals(truth), 0, atol=1e-9)
    near, far = problem.misfits([truth + 0.1, truth + 1.0])
    assert 0 < near < far


def test_a_prior_in_doubt_costs_less_to_leave(items: list[RunItem]) -> None:
    away = np.full(len(FITTED), 2.0)
    sure, doubtful = (
        FitProblem(TRUE, FITTED, items, doubt).residuals(away)[-len(FITTED) :]
        for doubt in (0.0, 3.0)
    )
    expected = [2.0 / term.spread for term in FITTED]
    np.testing.assert_allclose(sure, expected)
    assert np.all(doubtful < 0.7)


def test_no_term_goes_further_than_it_may(items: list[RunItem]) -> None:
    problem = FitProblem(TRUE, FITTED, items, doubt=1.0)
    clipped = problem.clipped(np.array([-99.0, 0.5, 99.0, 0.0]))
    np.testing.assert_array_equal(clipped, [-5.0, 0.5, 5.0, 0.0])
