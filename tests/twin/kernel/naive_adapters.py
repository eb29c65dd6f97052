"""Adapters of a naive engine: which of them are loaded, the least recently used first."""

from __future__ import annotations

import numpy as np

from twin.kernel.layout import EngineLimits

__all__ = ["NaiveAdapters"]


class NaiveAdapters:
    """Slots on the GPU and places in host memory, as plain lists.

    Parameters
    ----------
    limits : EngineLimits
        How many there are.
    gpu_load, disk_load : sequences of length num_adapters
        Seconds to load each adapter from host memory and from disk.
    cold : bool
        No adapter is loaded at the start; otherwise as many as fit are.
    """

    def __init__(
        self, limits: EngineLimits, gpu_load: np.ndarray, disk_load: np.ndarray, cold: bool
    ) -> None:
        self.limits = limits
        self.gpu_load = [float(seconds) for seconds in gpu_load]
        self.disk_load = [float(seconds) for seconds in disk_load]
        loaded = 0 if cold else len(self.gpu_load)
        self.on_host = list(range(min(loaded, limits.host_adapters)))
        self.on_gpu = self.on_host[: limits.max_loras]
        self.gpu_loads = 0
        self.disk_loads = 0

    def touch(self, adapters: set[int]) -> float:
        """Activate the adapters of a batch one after the other; seconds of loading."""
        return sum((self._activate(adapter) for adapter in sorted(adapters)), 0.0)

    def _activate(self, adapter: int) -> float:
        seconds = 0.0
        if adapter in self.on_host:
            self.on_host.remove(adapter)
        else:
            if len(self.on_host) >= self.limits.host_adapters:
                dropped = self.on_host.pop(0)
                if dropped in self.on_gpu:
                    self.on_gpu.remove(dropped)
            self.disk_loads += 1
            seconds += self.disk_load[adapter]
        self.on_host.append(adapter)
        if adapter in self.on_gpu:
            self.on_gpu.remove(adapter)
        else:
            if len(self.on_gpu) >= self.limits.max_loras:
                self.on_gpu.pop(0)
            self.gpu_loads += 1
            seconds += self.gpu_load[adapter]
        self.on_gpu.append(adapter)
        return seconds
