"""What changes where several GPUs share a model: the parts that they divide, and their talking."""

from __future__ import annotations

from dataclasses import dataclass, replace

from twin.gpu.datasheet import Gpu
from twin.gpu.memory.kv_capacity import KvCapacityModel

__all__ = ["Division", "Talking"]

_ALL_REDUCES = 2  # in each layer: after the attention and after the MLP
_NVLINK = 100e9  # bytes/s that only NVLink has
# Seconds that a small all-reduce takes, and the least and the most that is plausible. Published
# for NCCL and for vLLM's own kernels; not measured here.
_LATENCY = {True: (12e-6, 5e-6, 25e-6), False: (40e-6, 20e-6, 100e-6)}


@dataclass(frozen=True, slots=True)
class Division:
    """Shares of the work of one GPU that each of several has.

    Parameters
    ----------
    gpus : int
        GPUs of the engine.
    model : KvCapacityModel
        The engine, already divided.
    """

    gpus: int
    model: KvCapacityModel

    def of_term(self, name: str) -> float:
        """Share of what is read or multiplied in a term of the step time."""
        if self.gpus == 1:
            return 1.0
        architecture = self.model.architecture
        if name == "kv_token":
            return self.model.shard.kv_size / architecture.kv_size
        if name in ("adapter_slot_rank", "adapter_rank"):
            return self.model.slot_bytes(16) / _whole(self.model).slot_bytes(16)
        return 1 / self.gpus


@dataclass(frozen=True, slots=True)
class Talking:
    """Time of the all-reduces of a step, in seconds.

    Parameters
    ----------
    each_step, least, most : float
        However many tokens it has; and what is plausible.
    each_token : float
        Beside that.
    """

    each_step: float = 0.0
    least: float = 0.0
    most: float = 0.0
    each_token: float = 0.0

    @classmethod
    def between(cls, gpu: Gpu, gpus: int, model: KvCapacityModel) -> Talking:
        """All-reduces of a model on so many GPUs of a type."""
        if gpus == 1:
            return cls()
        architecture = model.architecture
        number = _ALL_REDUCES * architecture.num_layers
        latency, least, most = _LATENCY[gpu.link_bandwidth >= _NVLINK]
        sent = 2 * (gpus - 1) / gpus * architecture.hidden_size * architecture.dtype_bytes
        return cls(
            number * latency, number * least, number * most, number * sent / gpu.link_bandwidth
        )


def _whole(model: KvCapacityModel) -> KvCapacityModel:
    return replace(model, tensor_parallel_size=1)
