"""Adapters on the GPU and in host memory: two caches, least recently used first out.

vLLM walks through the adapters of every batch in a fixed order and touches each one: an adapter
that is absent is loaded, in place of the one that was touched longest ago. So an adapter that this
very batch needs may be dropped before its turn has come, and is loaded again, in place of the next
one: with as many adapters at work as there are slots, one new adapter makes a whole row of loads.
(``LRUCacheWorkerLoRAManager`` of 0.5.0 and 0.8.5. The order there is that of a Python set, here
that of the adapters' indices.)

Touches are not noted one by one. The last step that touched all running adapters is kept, and for
each adapter the last touch of its own; the walk itself happens only when an adapter is absent, and
ends when none is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.compiled import inlined
from twin.kernel.layout import Engine, EngineLimits, Requests

__all__ = ["fetch", "touch_prompts", "touch_running"]

_INDEX_BITS = 30
_NONE_OF_THEM = np.int64(2**63 - 1)
_NO_BATCH = 2**31 - 1


@inlined
def fetch(engine: Engine, limits: EngineLimits, adapter: int) -> None:
    """Bring an adapter to host memory between two steps, which costs them no time.

    It counts as the one that was touched last, as if by a step of its own.
    """
    s = engine.s[0]
    if engine.cache.in_host[adapter] == 0:
        _load_from_disk(engine, limits, engine.cache.running, _NO_BATCH, adapter)
    s.touch += 1
    engine.cache.touched[adapter] = s.touch


@inlined
def touch_running(engine: Engine, limits: EngineLimits) -> float:
    """A step of all running requests touches their adapters; seconds of loading."""
    s = engine.s[0]
    seconds = 0.0
    if s.missing > 0:
        seconds = _walk(engine, limits, engine.cache.running, 1, s.missing)
    s.touch += 1
    s.full_touch = s.touch
    return seconds


@inlined
def touch_prompts(
    engine: Engine, requests: Requests, limits: EngineLimits, num_done: int
) -> tuple[float, int, int]:
    """A step of prompts alone touches their adapters.

    Returns the seconds of loading, and the distinct adapters with the sum of their ranks.
    """
    s = engine.s[0]
    cache = engine.cache
    step = s.touch + 1
    base_model = engine.adapter.size - 1
    adapters, rank_sum, absent = 0, 0, 0
    for k in range(num_done):
        adapter = requests.adapter[engine.done[k]]
        if adapter < base_model and cache.batch[adapter] != step:
            cache.batch[adapter] = step
            adapters += 1
            rank_sum += engine.adapter[adapter].rank
            absent += 1 - cache.on_gpu[adapter]
    seconds = 0.0
    if absent > 0:
        seconds = _walk(engine, limits, cache.batch, step, absent)
    for k in range(num_done):
        cache.touched[requests.adapter[engine.done[k]]] = step
    s.touch = step
    return seconds, adapters, rank_sum


@inlined
def _walk(
    engine: Engine, limits: EngineLimits, mark: NDArray[np.int32], least: int, absent: int
) -> float:
    """Touch the adapters of a batch in order, loading those that are absent; seconds.

    Parameters
    ----------
    mark, least
        The batch has the adapters with a mark of ``least`` or more.
    absent : int
        How many of them are not on the GPU.
    """
    seconds = 0.0
    adapter = 0
    while absent > 0:
        if mark[adapter] >= least and engine.cache.on_gpu[adapter] == 0:
            from_disk = 0.0
            if engine.cache.in_host[adapter] == 0:
                absent += _load_from_disk(engine, limits, mark, least, adapter)
                from_disk = engine.adapter[adapter].disk_load
            absent += _load_to_gpu(engine, limits, mark, least, adapter) - 1
            seconds += from_disk + engine.adapter[adapter].gpu_load
        adapter += 1
    return seconds


@inlined
def _load_from_disk(
    engine: Engine, limits: EngineLimits, mark: NDArray[np.int32], least: int, adapter: int
) -> int:
    """Bring an adapter to host memory; tells whether the GPU loses one of the batch for it."""
    s = engine.s[0]
    cache = engine.cache
    lost = 0
    if s.host_resident >= limits.host_adapters:
        oldest = _oldest(engine, cache.in_host, mark, least, adapter)
        cache.in_host[oldest] = 0
        s.host_resident -= 1
        if cache.on_gpu[oldest] != 0:
            _drop_from_gpu(engine, oldest)
            lost = int(mark[oldest] >= least)
    cache.in_host[adapter] = 1
    s.host_resident += 1
    s.disk_loads += 1
    return lost


@inlined
def _load_to_gpu(
    engine: Engine, limits: EngineLimits, mark: NDArray[np.int32], least: int, adapter: int
) -> int:
    """Copy an adapter to the GPU; tells whether the GPU loses one of the batch for it."""
    s = engine.s[0]
    cache = engine.cache
    lost = 0
    if s.gpu_resident >= limits.max_loras:
        oldest = _oldest(engine, cache.on_gpu, mark, least, adapter)
        _drop_from_gpu(engine, oldest)
        lost = int(mark[oldest] >= least)
    cache.on_gpu[adapter] = 1
    s.gpu_resident += 1
    s.gpu_loads += 1
    if cache.running[adapter] > 0:
        s.missing -= 1
    return lost


@inlined
def _drop_from_gpu(engine: Engine, adapter: int) -> None:
    s = engine.s[0]
    engine.cache.on_gpu[adapter] = 0
    s.gpu_resident -= 1
    if engine.cache.running[adapter] > 0:
        s.missing += 1


@inlined
def _oldest(
    engine: Engine,
    present: NDArray[np.int32],
    mark: NDArray[np.int32],
    least: int,
    position: int,
) -> int:
    """The adapter in a cache that was touched longest ago; of several, the first.

    Those of the batch that come before ``position`` have just been touched. There are no branches
    in the loop, so that vector instructions can do it.
    """
    cache = engine.cache
    step = np.int32(engine.s[0].touch + 1)
    full_touch = np.int32(engine.s[0].full_touch)
    oldest = _NONE_OF_THEM
    for adapter in range(mark.size - 1):
        # Who runs, and did before this step, was touched with all others.
        worked = np.int32(cache.running[adapter] > 0) & np.int32(cache.entered[adapter] != step)
        touched = max(cache.touched[adapter], worked * full_touch)
        just_now = np.int32(mark[adapter] >= np.int32(least)) & np.int32(adapter < position)
        excluded = np.int32(present[adapter] == 0) | just_now
        key = (np.int64(excluded) << 62) | (np.int64(touched) << _INDEX_BITS) | adapter
        oldest = min(oldest, key)
    return int(oldest & ((1 << _INDEX_BITS) - 1))
