"""Fleets of tiny engines whose slots and host memory hold all adapters, for a minute."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tests.twin.fleet.fleet_cases import workload
from tests.twin.kernel.tiny_engine import CONFIG, profile
from twin.engine.simulation_result import RequestRecords
from twin.fleet import Fleet, FleetGpu, FleetResult

__all__ = ["CONFIG_FOR_ALL", "WINDOW", "fleet", "gpu", "gpu_of", "records_of"]

WINDOW = 60.0
CONFIG_FOR_ALL = replace(CONFIG, max_loras=4, max_cpu_loras=None)


def gpu(name: str, *adapters: str, share: float = 1.0, **values: Any) -> FleetGpu:
    """A GPU that gets this share of the requests of each adapter."""
    costs = profile(100_000, **values)
    return FleetGpu(name, costs, CONFIG_FOR_ALL, dict.fromkeys(adapters, share))


def fleet(*gpus: FleetGpu, rates: tuple[float, ...] = (2.0, 2.0), **settings: Any) -> Fleet:
    """A fleet for adapters ``a0``, ``a1``, … with these rates."""
    return Fleet(gpus, workload(rates), **{"duration": WINDOW, "records": True} | settings)


def records_of(result: FleetResult) -> RequestRecords:
    """Records of all requests."""
    assert result.total.records is not None
    return result.total.records


def gpu_of(result: FleetResult) -> np.ndarray:
    """GPU that had each request last."""
    assert result.routes is not None
    return result.routes.gpu
