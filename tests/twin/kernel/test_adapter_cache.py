"""Adapters that somebody brings to host memory between two steps."""

from __future__ import annotations

import numpy as np

from tests.twin.kernel.engine_cases import stopped_engines
from twin.kernel.adapter_cache import fetch


def test_it_is_there_and_the_tiers_hold_what_they_can() -> None:
    evicted = 0
    for case, engine in stopped_engines(200):
        s = engine.s[0]
        for adapter in range(case.adapter_rank.size):
            there = bool(engine.cache.in_host[adapter])
            host, loads = int(s["host_resident"]), int(s["disk_loads"])
            fetch(engine, case.limits, adapter)
            assert engine.cache.in_host[adapter] == 1
            assert s["disk_loads"] == loads + (not there)
            on_gpu, in_host = (a[:-1] > 0 for a in (engine.cache.on_gpu, engine.cache.in_host))
            assert np.count_nonzero(on_gpu) == s["gpu_resident"] <= case.limits.max_loras
            assert np.count_nonzero(in_host) == s["host_resident"] <= case.limits.host_adapters
            assert not np.any(on_gpu & ~in_host)
            running = engine.cache.running[:-1] > 0
            assert s["missing"] == np.count_nonzero(running & ~on_gpu)
            evicted += not there and s["host_resident"] == host
        case.advance(engine)
        finished = engine.request["finish"] > 0
        assert np.count_nonzero(finished) == s["finished"]
    assert evicted > 20


def test_it_is_the_last_to_be_dropped() -> None:
    for case, engine in stopped_engines(100):
        if case.limits.host_adapters > 1:
            fetch(engine, case.limits, 0)
            fetch(engine, case.limits, 1)
            assert engine.cache.in_host[:2].tolist() == [1, 1]
