"""What a controller knows."""

from __future__ import annotations

from placer.testing import example_observation


def test_it_says_how_many_there_are_and_what_they_are_called() -> None:
    seen = example_observation(5, 3, 2)
    assert (seen.num_adapters, seen.num_engines) == (5, 3)
    assert seen.engines == ("gpu-00", "gpu-01", "gpu-02")
    assert seen.rates.tolist() == [adapter.rate for adapter in seen.workload.adapters]
    assert (seen.gpu_type.count, seen.gpu_type.names) == (3, seen.engines)
