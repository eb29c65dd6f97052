"""What a GPU does in a simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimators.starvation import PAPER_RULE
from estimators.twin_backed import TwinEstimator
from estimators.window import Window
from placer.report.figures.behaviour import observe
from tests.placer.report.figures.one_gpu import candidate


def test_it_is_the_simulation_of_a_verification() -> None:
    seen = observe(candidate(), 1001, 120.0)
    assert seen is not None
    twin = TwinEstimator(Window(120.0), (1001,), num_workers=1)
    (estimate,) = twin.estimate([candidate()], PAPER_RULE)
    assert np.quantile(seen.ttft, 0.99) == pytest.approx(estimate.ttft_p99, rel=1e-6)
    assert seen.tpot.mean() == pytest.approx(estimate.tpot_mean, rel=1e-6)
    assert seen.ttft.mean() == pytest.approx(estimate.ttft_mean, rel=1e-6)


def test_shares_are_shares() -> None:
    seen = observe(candidate(), 1, 120.0)
    assert seen is not None
    for share in (seen.busy, seen.slots, seen.kv, seen.kv_most, seen.batch):
        assert 0 < share <= 1
    assert seen.kv <= seen.kv_most
    assert seen.time.shape == seen.waiting.shape
    assert seen.time[-1] == pytest.approx(seen.duration)
    assert (np.diff(seen.ttft) >= 0).all()


def test_with_few_requests_the_window_is_longer() -> None:
    seen = observe(candidate(1, 1.0), 1, 60.0)
    assert seen is not None
    assert seen.duration == 300


def test_an_engine_that_does_not_start_does_nothing() -> None:
    one = candidate()
    assert observe(replace(one, config=replace(one.config, max_loras=4096)), 1, 60.0) is None
