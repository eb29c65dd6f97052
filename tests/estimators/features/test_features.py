"""Equilibrium and features of an engine and its traffic."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.base import Candidate
from estimators.features import traffic_statistics as stat
from estimators.features.engine_figures import FIGURE_NAMES, NUM_FIGURES, EngineFigures
from estimators.features.equilibrium import Equilibrium, equilibrium
from estimators.features.features import FEATURES, NUM_FEATURES, feature_rows
from estimators.features.traffic_statistics import AdapterStatistics
from estimators.testing import example_adapters, example_profile
from estimators.twin_backed import TwinEstimator

PROFILE = example_profile()
FIGURES = EngineFigures(PROFILE)


def balance(number: int, rate: float, slots: int) -> Equilibrium:
    traffic = AdapterStatistics().of_adapters(example_adapters(number, rates=(rate,)))
    engine = FIGURES.of_config(PROFILE.engine_config(slots, 32))
    return equilibrium(traffic, engine, 600.0, np.empty((3, stat.NUM_BINS)))


def features(number: int, rate: float, slots: int) -> dict[str, float]:
    traffic = AdapterStatistics().of_adapters(example_adapters(number, rates=(rate,)))
    engine = FIGURES.of_config(PROFILE.engine_config(slots, 32))
    rows, _ = feature_rows(traffic[None], engine[None], np.array([600.0]))
    return dict(zip((f.name for f in FEATURES), rows[0].tolist(), strict=True))


def test_features_are_documented() -> None:
    assert len({feature.name for feature in FEATURES}) == NUM_FEATURES
    assert all(feature.unit and len(feature.meaning) > 5 for feature in FEATURES)
    assert {feature.growth for feature in FEATURES} == {-1, 0, 1}


def test_figures_of_an_engine() -> None:
    config = PROFILE.engine_config(8, 32)
    row = dict(zip(FIGURE_NAMES, FIGURES.of_config(config).tolist(), strict=True))
    assert len(row) == NUM_FIGURES
    assert row["max_loras"] == 8
    assert row["kv_tokens"] == PROFILE.kv_tokens(config)
    assert row["load"] == PROFILE.adapter_load.gpu
    assert FIGURES.of_config(config) is FIGURES.of_config(PROFILE.engine_config(8, 32))
    assert (
        dict(zip(FIGURE_NAMES, FIGURES.of_config(PROFILE.engine_config(4096, 32)), strict=True))[
            "kv_tokens"
        ]
        == 0
    )


@pytest.mark.parametrize("rate", [0.05, 0.5, 1.0])
def test_the_equilibrium_is_close_to_the_simulation(rate: float) -> None:
    """Where the engine serves all, with a slot for every adapter."""
    candidate = Candidate(
        PROFILE, PROFILE.engine_config(9, 32), example_adapters(9, rates=(rate,))
    )
    estimate = TwinEstimator().estimate([candidate])[0]
    found = balance(9, rate, 9)
    assert found.served_share == 1.0
    assert found.step == pytest.approx(estimate.tpot_mean, rel=0.1)


def test_an_overloaded_engine_serves_its_capacity() -> None:
    found = balance(9, 20.0, 9)
    assert found.served_share == pytest.approx(found.capacity / 180.0, rel=0.02)
    assert found.arrivals == found.most_arrivals


def test_more_traffic_is_more_work() -> None:
    rates = np.geomspace(0.01, 50, 30)
    rows = [features(12, float(rate), 8) for rate in rates]
    for name in ("relative_rate", "running", "slot_pressure", "cache_use"):
        assert np.all(np.diff([row[name] for row in rows]) >= -1e-9), name
    assert np.all(np.diff([row["served_share"] for row in rows]) <= 1e-9)


def test_scarce_slots_make_adapters_wait() -> None:
    plenty, scarce = features(24, 0.2, 24), features(24, 0.2, 2)
    assert plenty["slot_wait"] == 0
    assert scarce["slot_wait"] > 0
    assert scarce["slot_share"] < 1
    assert scarce["scarcity"] == 12
