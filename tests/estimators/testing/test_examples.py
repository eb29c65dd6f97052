"""The imaginary GPU and its adapters."""

from __future__ import annotations

from estimators.testing import example_adapters, example_base, example_profile


def test_256_slots_of_the_largest_rank_fit() -> None:
    profile = example_profile()
    assert profile.memory_error(profile.engine_config(256, profile.largest_rank)) is None
    assert profile.memory_error(profile.engine_config(4096, profile.largest_rank)) is not None


def test_adapters_differ_in_rank_rate_and_lengths() -> None:
    adapters = example_adapters(12, rates=(2.0, 1.0), prefix="a")
    assert [a.name for a in adapters[:2]] == ["a-000", "a-001"]
    assert {a.rank for a in adapters} == {8, 16, 32}
    assert {a.rate for a in adapters} == {2.0, 1.0}
    assert len({a.lengths for a in adapters}) == 2


def test_traffic_of_the_base_model_is_like_that_of_an_adapter() -> None:
    base, adapter = example_base(3.0, "b"), example_adapters(1)[0]
    assert (base.name, base.rank, base.rate, base.is_base) == ("b", 0, 3.0, True)
    assert base.lengths == adapter.lengths
