"""Errors of models against simulations."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.training.assessment import assess, served_figures
from estimators.training.train import Training


def test_served_figures_by_hand() -> None:
    truth = np.array([1.0, 0.95, 0.85, 0.2])
    share = np.array([1.0, 0.85, 0.85, 0.4])
    figures = served_figures(truth, share, 0.9)
    assert figures["throughput_smape_pct"] == pytest.approx(100 * (0.1 / 1.8 + 0.2 / 0.6) / 4)
    assert figures["throughput_mape_pct"] == pytest.approx(100 * (0.1 / 0.95 + 0.2 / 0.2) / 4)
    assert figures["engine_macro_f1"] == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert figures["band_n"] == 2
    assert figures["band_macro_f1"] == pytest.approx((0 + 2 / 3) / 2)


def test_a_model_is_close_on_what_it_has_seen(small_training: Training) -> None:
    figures = assess(small_training.model, small_training.table.dataset)
    assert figures["n"] == len(small_training.table.dataset)
    assert figures["throughput_smape_pct"] < 3.0
    assert figures["starvation_macro_f1"] > 0.9
    assert figures["busy_smape_pct"] < 3.0
    assert 85 <= figures["coverage_90_pct"] <= 100
    assert 0 < figures["found_pct"] <= 100
    names = ("ttft_mean", "ttft_p99", "tpot_mean", "tpot_p99", "itl_mean", "itl_p99")
    assert all(figures[f"{name}_smape_pct"] < 25 for name in names)
    for name in (*names, "throughput", "busy"):
        assert figures[f"{name}_smape_pct"] < figures[f"{name}_mape_pct"]
