"""Where the adapters are when a simulation begins."""

from __future__ import annotations

from dataclasses import replace

from tests.twin.engine.tiny_streams import stream
from tests.twin.kernel.tiny_engine import CONFIG, profile
from twin.engine.simulate import simulate_stream
from twin.engine.start import Start
from twin.gpu.front_end import FrontEnd


def test_cold_start_reads_adapters_from_disk() -> None:
    requests = stream(3, rate=1.0)
    config = replace(CONFIG, max_cpu_loras=None)
    warm = simulate_stream(requests, config, profile(100_000))
    cold = simulate_stream(requests, config, profile(100_000), start=Start.COLD)
    assert (warm.disk_loads, cold.disk_loads) == (0, 5)
    assert cold.ttft_mean > warm.ttft_mean


def test_a_fresh_engine_has_them_but_its_server_has_not_set_them_up() -> None:
    requests, config = stream(3, rate=1.0), replace(CONFIG, max_cpu_loras=None)
    costs = profile(100_000, front_end=FrontEnd(0.3))
    warm, fresh = (
        simulate_stream(requests, config, costs, start=s) for s in (Start.WARM, Start.FRESH)
    )
    assert (warm.disk_loads, fresh.disk_loads) == (0, 0)
    assert fresh.ttft_mean > warm.ttft_mean
