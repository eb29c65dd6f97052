"""Observation: what a controller knows when it decides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placer.problem.fleet import GpuType
from placer.problem.placement import gpu_name
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile
from twin.workload.workload import Workload

__all__ = ["Observation"]


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What is known of a fleet when an interval begins: nothing of what is to come.

    Parameters
    ----------
    interval : int
        Intervals that are over.
    seconds : float
        Length of an interval.
    workload : Workload
        The adapters, with rates as they were observed: means of the intervals' rates in which
        later ones have more weight. Before the first interval all are alike.
    profile : ServingProfile
        Of all engines.
    config : EngineConfig
        How they are started; their slots cannot be changed.
    on_gpu : ndarray of bool of shape (num_adapters, num_engines)
        Which adapters are in the slots of which engines.
    shares : ndarray of shape (num_adapters, num_engines)
        Part of each adapter's requests by engine, as the router has it.
    """

    interval: int
    seconds: float
    workload: Workload
    profile: ServingProfile
    config: EngineConfig
    on_gpu: NDArray[np.bool_]
    shares: NDArray[np.float64]

    @property
    def num_adapters(self) -> int:
        """Number of adapters."""
        return len(self.workload)

    @property
    def num_engines(self) -> int:
        """Number of engines."""
        return int(self.shares.shape[1])

    @property
    def engines(self) -> tuple[str, ...]:
        """Names of the engines."""
        return tuple(map(gpu_name, range(self.num_engines)))

    @property
    def rates(self) -> NDArray[np.float64]:
        """Observed requests/s, of shape (num_adapters,)."""
        return np.array([adapter.rate for adapter in self.workload.adapters])

    @property
    def gpu_type(self) -> GpuType:
        """The engines as GPUs of a problem."""
        number = self.num_engines * self.profile.gpus_per_engine
        return GpuType(self.profile, number, names=self.engines)
