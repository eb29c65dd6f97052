"""Equilibrium and features of an engine and its traffic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from estimators.features.engine_figures import EngineFigures
from estimators.features.features import FEATURES, NUM_FEATURES, feature_rows
from estimators.features.traffic_statistics import AdapterStatistics
from estimators.testing import example_adapters, example_base, example_profile
from twin.gpu.front_end import FrontEnd

PROFILE = example_profile()
FIGURES = EngineFigures(PROFILE)


def features(number: int, rate: float, slots: int) -> dict[str, float]:
    traffic = AdapterStatistics().of_adapters(example_adapters(number, rates=(rate,)))
    engine = FIGURES.of_config(PROFILE.engine_config(slots, 32))
    rows, _ = feature_rows(traffic[None], engine[None], np.array([600.0]))
    return dict(zip((f.name for f in FEATURES), rows[0].tolist(), strict=True))


def test_features_are_documented() -> None:
    assert len({feature.name for feature in FEATURES}) == NUM_FEATURES
    assert all(feature.unit and len(feature.meaning) > 5 for feature in FEATURES)
    assert {feature.growth for feature in FEATURES} == {-1, 0, 1}


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


def test_the_base_model_alone_is_as_an_adapter_that_costs_nothing() -> None:
    """So that models, which know engines with adapters, are asked for what they know."""
    free = replace(PROFILE, step_time=replace(PROFILE.step_time, adapter=0.0, slot=0.0))
    rows = []
    for adapters, slots in ((example_adapters(1, (5.0,)), 1), ((example_base(5.0),), 0)):
        traffic = AdapterStatistics().of_adapters(adapters)
        engine = EngineFigures(free).of_config(free.engine_config(slots, 8 * slots))
        features, _ = feature_rows(traffic[None], engine[None], np.array([600.0]))
        rows.append(dict(zip((f.name for f in FEATURES), features[0].tolist(), strict=True)))
    assert rows[0].pop("cache_room") < rows[1].pop("cache_room")  # a slot takes memory
    assert rows[0].pop("cache_use") > rows[1].pop("cache_use")
    assert rows[0].pop("load_steps") > rows[1].pop("load_steps") == 0
    for name, value in rows[0].items():
        assert rows[1][name] == value, name


def test_what_an_engine_is_told_by() -> None:
    today = replace(
        PROFILE,
        async_scheduling=True,
        hold_slots=True,
        reserve_prompts=True,
        front_end=FrontEnd(request=0.5),
    )
    found, references = [], []
    for profile in (PROFILE, today):
        traffic = AdapterStatistics().of_adapters((*example_adapters(6), example_base(0.5)))
        engine = EngineFigures(profile).of_config(profile.engine_config(6, 32))
        rows, reference = feature_rows(traffic[None], engine[None], np.array([600.0]))
        found.append(dict(zip((f.name for f in FEATURES), rows[0].tolist(), strict=True)))
        references.append(reference[0])
    for name in ("plans_ahead", "holds_slots", "reserves_prompts"):
        assert [row[name] for row in found] == [0, 1]
    assert 0 < found[0]["base_share"] < 1
    step = references[0]["step"]
    delay = references[1]["first_token"] - references[0]["first_token"]
    np.testing.assert_allclose(delay, step + 0.5, rtol=0.01)


def test_parts_of_the_step_time_are_parts_of_it() -> None:
    parts = ("prefill_part", "adapter_part", "decode_part", "context_part", "mixed_part")
    row = features(12, 2.0, 8)
    assert all(row[name] >= 0 for name in parts)
    assert sum(row[name] for name in parts) < 1
    assert row["outside"] >= 1


def test_popularity_is_that_of_the_adapters() -> None:
    """However much of the traffic is for the base model."""
    rows = []
    for base in ((), (example_base(3.0),)):
        traffic = AdapterStatistics().of_adapters((*example_adapters(12), *base))
        engine = FIGURES.of_config(PROFILE.engine_config(12, 32))
        features, _ = feature_rows(traffic[None], engine[None], np.array([600.0]))
        rows.append(dict(zip((f.name for f in FEATURES), features[0].tolist(), strict=True)))
    for name in ("dominance", "evenness", "adapters", "scarcity", "rank"):
        assert rows[0][name] == rows[1][name], name
    assert rows[0]["running"] < rows[1]["running"]
