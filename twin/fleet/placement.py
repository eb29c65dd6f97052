"""Shares of a fleet's placement as a matrix, checked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import InputError
from twin.fleet.gpu import SHARE_TOLERANCE, FleetGpu
from twin.workload.adapter import Adapter
from twin.workload.workload import Workload

__all__ = ["check_rank", "share_matrix"]


def share_matrix(gpus: Sequence[FleetGpu], workload: Workload) -> NDArray[np.float64]:
    """Part of each adapter's requests by GPU.

    Returns
    -------
    ndarray of shape (num_adapters, num_gpus)

    Raises
    ------
    InputError
        If there is no GPU or a name appears twice, or an adapter is unknown, has shares that do
        not sum to 1, or is too large for its engine.
    """
    if not gpus:
        raise InputError("fleet", "it has no GPUs", "give at least one")
    index = {adapter.name: i for i, adapter in enumerate(workload.adapters)}
    shares = np.zeros((len(index), len(gpus)))
    names: set[str] = set()
    for column, gpu in enumerate(gpus):
        if gpu.name in names:
            raise InputError("fleet", f"GPU {gpu.name!r} appears twice")
        names.add(gpu.name)
        for name, share in gpu.shares.items():
            if name not in index:
                raise InputError(f"GPU {gpu.name}", f"adapter {name!r} is not in the workload")
            check_rank(workload.adapters[index[name]], gpu)
            shares[index[name], column] = share
    for name, total in zip(index, shares.sum(axis=1).tolist(), strict=True):
        if abs(total - 1) > SHARE_TOLERANCE:
            raise InputError(f"shares of adapter {name}", f"they sum to {total:.6g}", "1")
    return shares


def check_rank(adapter: Adapter, gpu: FleetGpu) -> None:
    """Refuse an adapter that a GPU's engine cannot load, and requests for the base model.

    Raises
    ------
    InputError
        If it has no slots, or they are too small; or if nothing is to be loaded at all, which a
        fleet cannot simulate.
    """
    if adapter.is_base:
        raise InputError(
            f"GPU {gpu.name}",
            f"{adapter.name!r} is for the base model, which a simulated fleet does not serve",
            "leave it out, or simulate the engine alone",
        )
    if gpu.config.max_loras < 1:
        raise InputError(f"GPU {gpu.name}", "max_loras is 0", f"1 or more for {adapter.name}")
    if adapter.rank > gpu.config.max_lora_rank:
        raise InputError(
            f"GPU {gpu.name}",
            f"max_lora_rank {gpu.config.max_lora_rank} is below rank {adapter.rank} of "
            f"adapter {adapter.name}",
        )
