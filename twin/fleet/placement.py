"""Shares of a fleet's placement as a matrix, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import InputError
from twin.fleet.gpu import SHARE_TOLERANCE, FleetGpu
from twin.workload.adapter import Adapter
from twin.workload.workload import Workload

__all__ = ["check_rank", "engines_of_base", "routed_shares", "share_matrix"]


def share_matrix(gpus: Sequence[FleetGpu], workload: Workload) -> NDArray[np.float64]:
    """Part of each adapter's requests by GPU.

    Requests for the base model that no GPU has a share of are dealt evenly to all engines of
    that model, as each of them can answer them.

    Returns
    -------
    ndarray of shape (num_adapters, num_gpus)

    Raises
    ------
    InputError
        If there is no GPU or a name appears twice, or an adapter is unknown, has shares that do
        not sum to 1, or is too large for its engine; or no GPU serves a base model.
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
    for row, adapter in enumerate(workload.adapters):
        if adapter.is_base and not shares[row].any():
            can = engines_of_base(gpus, adapter, shares[row])
            shares[row] = can / max(1, can.sum())
    for name, total in zip(index, shares.sum(axis=1).tolist(), strict=True):
        _check_total(name, total)
    return shares


def engines_of_base(
    gpus: Sequence[FleetGpu], adapter: Adapter, shares: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which engines can answer requests for a base model, of shape (num_gpus,).

    Parameters
    ----------
    gpus : sequence of FleetGpu
    adapter : Adapter
        The requests. Their model is the one that they name, or that of the engines which have a
        share of them.
    shares : ndarray of shape (num_gpus,)
        Those shares; 0 everywhere where nobody said any.

    Raises
    ------
    InputError
        If the engines serve several models, and nothing says which is meant; or none serves it.
    """
    models = [gpu.profile.model for gpu in gpus]
    wanted = {adapter.base_model} if adapter.base_model else set()
    wanted = wanted or {models[k] for k in np.flatnonzero(shares)} or set(models)
    if len(wanted) > 1:
        problem = f"it is for a base model, and the engines serve {', '.join(sorted(wanted))}"
        raise InputError(f"adapter {adapter.name}", problem, "give it a base_model")
    can = np.array([model in wanted for model in models])
    if not can.any():
        problem = f"no engine serves its base model, {adapter.base_model}"
        raise InputError(f"adapter {adapter.name}", problem, f"one of {', '.join(sorted(models))}")
    return can


def routed_shares(
    gpus: Sequence[FleetGpu],
    adapters: Sequence[Adapter],
    shares: NDArray[np.float64],
    routes: Mapping[str, Mapping[str, float]],
) -> NDArray[np.float64]:
    """Shares of a fleet in which some adapters have other GPUs.

    Parameters
    ----------
    gpus : sequence of FleetGpu
    adapters : sequence of Adapter
    shares : ndarray of shape (num_adapters, num_gpus)
        As they are; not changed.
    routes : mapping of str to mapping of str to float
        For some adapters the part of their requests that each GPU gets.

    Returns
    -------
    ndarray of shape (num_adapters, num_gpus)

    Raises
    ------
    InputError
        If a name is unknown, shares are out of range or do not sum to 1, or an adapter is too
        large for an engine.
    """
    column = {gpu.name: g for g, gpu in enumerate(gpus)}
    row = {adapter.name: a for a, adapter in enumerate(adapters)}
    result = shares.copy()
    for name, parts in routes.items():
        if name not in row:
            raise InputError("routes", f"there is no adapter {name!r}")
        result[row[name]] = 0.0
        for gpu, share in parts.items():
            where = f"routes of adapter {name}"
            if gpu not in column:
                raise InputError(where, f"there is no GPU {gpu!r}", f"one of {', '.join(column)}")
            if not 0 <= share <= 1 + SHARE_TOLERANCE:
                raise InputError(where, f"the share {share!r} of {gpu} is not inside [0, 1]")
            if share > 0:
                check_rank(adapters[row[name]], gpus[column[gpu]])
            result[row[name], column[gpu]] = share
        _check_total(name, float(result[row[name]].sum()))
    return result


def _check_total(name: str, total: float) -> None:
    if not abs(total - 1) <= SHARE_TOLERANCE:
        raise InputError(f"shares of adapter {name}", f"they sum to {total:.6g}", "1")


def check_rank(adapter: Adapter, gpu: FleetGpu) -> None:
    """Refuse an adapter that a GPU's engine cannot load.

    Requests for the base model need no slot, but an engine of that model.

    Raises
    ------
    InputError
        If it has no slots, they are too small, or it serves another model.
    """
    if adapter.is_base:
        if adapter.base_model not in ("", gpu.profile.model):
            problem = f"it serves {gpu.profile.model}, and {adapter.name} is for another model"
            raise InputError(f"GPU {gpu.name}", problem, f"an engine of {adapter.base_model}")
        return
    if gpu.config.max_loras < 1:
        raise InputError(f"GPU {gpu.name}", "max_loras is 0", f"1 or more for {adapter.name}")
    if adapter.rank > gpu.config.max_lora_rank:
        raise InputError(
            f"GPU {gpu.name}",
            f"max_lora_rank {gpu.config.max_lora_rank} is below rank {adapter.rank} of "
            f"adapter {adapter.name}",
        )
