"""Memory of a GPU by what it is used for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placer.report.figures.memory_parts import memory_parts
from tests.placer.report.figures.one_gpu import measured_profile


def test_the_parts_are_the_memory_of_the_gpu() -> None:
    profile = measured_profile()
    config = profile.engine_config(32, 16)
    parts = memory_parts(profile, config, 0.25)
    assert parts.total == pytest.approx(profile.kv_capacity_model.gpu_memory_bytes)
    assert min(parts) >= 0
    assert parts.weights == pytest.approx(16e9, rel=0.05)  # eight billion of two bytes
    assert parts.others == pytest.approx(0.1 * parts.total)
    assert parts.kv_used == pytest.approx((parts.kv_used + parts.kv_free) / 4)
    tokens = profile.kv_tokens(config)
    assert parts.kv_used + parts.kv_free == pytest.approx(tokens * 2 * 32 * 8 * 128 * 2, rel=0.01)


def test_slots_take_what_the_cache_loses() -> None:
    profile = measured_profile()
    few, many = (memory_parts(profile, profile.engine_config(n, 16), 0) for n in (8, 64))
    assert many.slots == pytest.approx(8 * few.slots, rel=0.1)
    assert few.kv_free - many.kv_free == pytest.approx(many.slots - few.slots, rel=0.1)


def test_an_engine_without_adapters_has_no_slots() -> None:
    profile = measured_profile()
    assert memory_parts(profile, profile.engine_config(0, 8), 0).slots == 0


def test_an_engine_that_does_not_start_has_no_cache() -> None:
    profile = measured_profile()
    config = replace(profile.engine_config(8, 32), max_loras=4096)
    parts = memory_parts(profile, config, 0)
    assert parts.kv_free == 0
    assert min(parts) >= 0
