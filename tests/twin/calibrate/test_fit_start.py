"""Where a fit starts: from costs that are far too small, single steps lead near the true ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.twin.calibrate.known_costs import BY_NAME, TRUE
from twin.calibrate.fit_problem import FitProblem
from twin.calibrate.fit_start import scaled_priors, start_from_steps
from twin.calibrate.items import ClosedLoopItem
from twin.measured.closed_loop import ClosedLoopRun, replay_closed_loop

TERMS = tuple(BY_NAME[name] for name in ("base", "decode", "prefill_token"))
SHAPES = [(1, 10, 50, 20), (64, 10, 50, 200), (64, 500, 1, 400)]


@pytest.fixture
def closed() -> list[ClosedLoopItem]:
    items = []
    for seqs, prompt, output, number in SHAPES:
        run = ClosedLoopRun("r", "m", "1", seqs, 0, 0, 0, number, prompt, output, 1.0, 1.0)
        seconds = replay_closed_loop(run, TRUE)
        items.append(ClosedLoopItem(replace(run, itl=seconds, step_time=seconds)))
    return items


def test_costs_of_another_order_are_found(closed: list[ClosedLoopItem]) -> None:
    """Each is wrong by its own factor, as those of a tiny model on a processor's cores are."""
    factors = {"base": 1 / 90, "decode": 30.0, "prefill_token": 1 / 150}
    wrong = {name: f * getattr(TRUE.step_time, name) for name, f in factors.items()}
    start = replace(TRUE, step_time=TRUE.step_time.with_terms(wrong))
    point = start_from_steps(start, TERMS, closed, doubt=5.0)
    for term, log in zip(TERMS, point, strict=True):
        assert np.exp(log) * factors[term.name] == pytest.approx(1, rel=0.2), term.name


def test_all_are_scaled_together_only_if_that_halves_the_misfit(
    closed: list[ClosedLoopItem],
) -> None:
    def start(factor: float) -> list[float]:
        wrong = {term.name: factor * getattr(TRUE.step_time, term.name) for term in TERMS}
        step = TRUE.step_time.with_terms(wrong)
        return list(scaled_priors(FitProblem(replace(TRUE, step_time=step), TERMS, closed)))

    assert start(0.25) == pytest.approx([np.log(4)] * 3)
    assert start(0.9) == [0.0] * 3
