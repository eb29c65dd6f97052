"""Memory layout of the kernel: record types, the state of one engine, and its inputs.

Records keep what belongs to one request or adapter on one cache line. What a request needs while
it waits is apart from what it needs when it runs, as in overload most never run; and what is
looked up for all adapters at once lies in arrays of its own. Nothing here is compiled, so that
whoever only names these types starts quickly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "NONE",
    "NUM_GAP_BINS",
    "Engine",
    "EngineLimits",
    "Requests",
    "StepCosts",
    "engine_bytes",
    "new_engine",
    "with_room",
]

NONE = -1
NUM_GAP_BINS = 2000  # of `twin.kernel.gap_histogram`

SCALARS = np.dtype(
    [
        ("now", "f8"),  # end of the last step, s
        ("begin", "f8"),  # begin of the last step, s
        ("last_decode", "f8"),  # end of the last step that decoded, s
        ("busy", "f8"),  # seconds that steps took
        ("loading", "f8"),  # of these, seconds of adapter loads
        ("running_integral", "f8"),  # over time, in request seconds
        ("waiting_integral", "f8"),
        ("blocks_integral", "f8"),
        ("adapters_integral", "f8"),
        ("decodes", "i8"),  # requests that generate
        ("context", "i8"),  # tokens computed of these requests, summed
        ("free", "i8"),  # free KV blocks
        ("clock", "i8"),  # decode steps so far
        ("partial", "i8"),  # request whose prompt is computed in part, or NONE
        ("partial_done", "i8"),  # its tokens computed so far
        ("adapters", "i8"),  # distinct adapters running
        ("rank_sum", "i8"),  # sum of their ranks
        ("base", "i8"),  # requests for the base model running
        ("running", "i8"),  # requests running
        ("last", "i8"),  # most recently admitted running request, or NONE
        ("waiting", "i8"),  # requests waiting
        ("head", "i8"),  # first waiting request, or NONE
        ("tail", "i8"),
        ("front_key", "i8"),  # order key of the last preempted request
        ("heap_size", "i8"),
        ("preemptions", "i8"),
        ("touch", "i8"),  # steps that touched adapters so far, and fetches between them
        ("full_touch", "i8"),  # the last of them that touched all running ones
        ("gpu_resident", "i8"),  # adapters on the GPU
        ("host_resident", "i8"),  # adapters in host memory
        ("missing", "i8"),  # adapters that run and are not on the GPU
        ("gpu_loads", "i8"),
        ("disk_loads", "i8"),
        ("upcoming", "i8"),  # next request to arrive
        ("steps", "i8"),
        ("joined", "i8"),  # prefill steps since the last decode step (V0)
        ("processed", "i8"),  # tokens computed
        ("blocks_max", "i8"),  # most KV blocks in use
        ("samples", "i8"),  # rows of the time series written
        ("finished", "i8"),  # requests finished
        ("released", "i8"),  # of these, those that have left their adapter slot
    ]
)

REQUEST = np.dtype(
    [
        ("first_token", "f8"),  # s, 0 where it has not happened
        ("finish", "f8"),  # s, 0 where it has not happened
        ("last_token", "f8"),  # s, of a preempted request
        ("due", "i8"),  # decode step at which it finishes
        ("generated", "i4"),  # tokens before it was last preempted
        ("preempted", "i4"),  # how often
        ("run_next", "i4"),  # list of running requests in order of admission
        ("run_previous", "i4"),
        ("ring_next", "i4"),  # list of requests that finish in the same step
        ("ring_previous", "i4"),
    ]
)

QUEUED = np.dtype(
    [
        ("key", "i4"),  # order in the waiting queue
        ("next", "i4"),  # list of waiting requests
        ("previous", "i4"),
        ("adapter_next", "i4"),  # list of waiting requests of the same adapter
    ]
)

ADAPTER = np.dtype(
    [
        ("gpu_load", "f8"),  # seconds of one load from host memory
        ("disk_load", "f8"),  # seconds of one load from disk
        ("rank", "i4"),
        ("first", "i4"),  # first and last waiting request, or NONE
        ("last", "i4"),
        ("heap_position", "i4"),  # position in the heap, or NONE
    ]
)

HEAP = np.dtype([("key", "i4"), ("adapter", "i4")])
RING = np.dtype([("first", "i4"), ("last", "i4")])
JOINED = np.dtype([("time", "f8"), ("count", "i8")])


class Requests(NamedTuple):
    """Requests in order of arrival, each array of shape (n,)."""

    arrival: NDArray[np.float64]
    adapter: NDArray[np.int32]
    prompt: NDArray[np.int32]
    output: NDArray[np.int32]


class EngineLimits(NamedTuple):
    """What bounds a step.

    ``max_loras`` and ``host_adapters`` are capacities of the two adapter tiers; ``kv_blocks`` of
    ``block_size`` tokens; ``max_in_system`` bounds running plus waiting requests (0: no bound);
    ``prefill_first`` selects V0 scheduling; ``watermark_blocks`` stay free on admission under V0;
    ``overlap_loads`` hides adapter loads behind the step; ``asynchronous`` plans a step while the
    one before it runs; with it, ``slots_linger`` may have a request that finished keep its
    adapter's slot for the step planned meanwhile; ``reserve_prompts`` admits a request only if its
    whole prompt finds blocks.
    """

    max_loras: int
    host_adapters: int
    max_num_seqs: int
    max_num_batched_tokens: int
    kv_blocks: int
    block_size: int
    max_in_system: int
    prefill_first: bool
    watermark_blocks: int
    overlap_loads: bool
    asynchronous: bool = False
    slots_linger: bool = False
    reserve_prompts: bool = False


class StepCosts(NamedTuple):
    """Time of one step in seconds, per unit of each thing in it; see :mod:`twin.gpu.step_time`.

    ``lora``, ``lora_decode`` and ``lora_prefill_token`` are the parts of ``base``, ``decode`` and
    ``prefill_token`` that a step without any adapter is spared. ``slot``, ``slot_decode`` and
    ``slot_prefill_token`` are the parts of the same for each adapter that kernels are launched
    for, which counts where the engine rounds up those that are active; ``launched`` is how many
    that are at most, 0 where it always launches them for all.
    """

    base: float
    decode: float
    prefill_token: float
    kv_token: float
    adapter: float
    adapter_rank: float
    adapter_prefill_token: float
    eager: float
    eager_adapter: float
    graph_tokens: int
    scheduler_running: float
    scheduler_waiting: float
    scheduler_skipped: float
    lora: float = 0.0
    lora_decode: float = 0.0
    lora_prefill_token: float = 0.0
    prefill: float = 0.0
    adapter_few: float = 0.0
    few_tokens: int = 0
    launch: float = 0.0
    launch_lora: float = 0.0
    slot: float = 0.0
    slot_decode: float = 0.0
    slot_prefill_token: float = 0.0
    launched: int = 0


class AdapterCaches(NamedTuple):
    """Which adapters are where and in use, each array of shape (num_adapters + 1,).

    ``running`` counts running requests; ``touched`` is the last step that touched an adapter,
    ``entered`` the one in which the first of its running requests was admitted, and ``batch`` the
    last prefill step that had it; ``on_gpu`` and ``in_host`` are 0 or 1. See
    `twin.kernel.adapter_cache`.
    """

    running: NDArray[np.int32]
    touched: NDArray[np.int32]
    entered: NDArray[np.int32]
    batch: NDArray[np.int32]
    on_gpu: NDArray[np.int32]
    in_host: NDArray[np.int32]


class Engine(NamedTuple):
    """Mutable state of one engine and what it has recorded.

    ``gap_counts`` is the histogram of the gaps between output tokens; ``series`` has one row
    (time, running, waiting, used KV blocks, distinct adapters) per sample; ``done`` lists the
    prompts that a step completes; ``finished`` lists requests in order of their finish;
    ``rejected`` marks those turned away; ``block_phase`` counts decoding requests by residue
    class of the step at which they need another KV block.
    """

    s: NDArray[np.void]
    request: NDArray[np.void]
    queue: NDArray[np.void]
    adapter: NDArray[np.void]
    cache: AdapterCaches
    heap: NDArray[np.void]
    ring: NDArray[np.void]
    joined: NDArray[np.void]
    done: NDArray[np.int32]
    finished: NDArray[np.int32]
    rejected: NDArray[np.bool_]
    block_phase: NDArray[np.int64]
    gap_counts: NDArray[np.int64]
    series: NDArray[np.float64]


def engine_bytes(num_requests: float, num_samples: int = 0) -> float:
    """Bytes of an engine with room for so many requests, all of which run in the end."""
    lists = np.dtype(np.int32).itemsize + np.dtype(np.bool_).itemsize
    series = 5 * np.dtype(np.float64).itemsize * num_samples
    return num_requests * (REQUEST.itemsize + QUEUED.itemsize + lists) + series


def new_engine(
    num_requests: int,
    longest_output: int,
    adapter_rank: NDArray[np.int64],
    gpu_load: NDArray[np.float64],
    disk_load: NDArray[np.float64],
    limits: EngineLimits,
    num_samples: int = 0,
    loaded: Sequence[int] | None = None,
) -> Engine:
    """Idle engine at time 0 with room for these requests.

    Of the ``loaded`` adapters, which are all by default, the first are in host memory and on the
    GPU, as many as these hold.

    Adapter ``adapter_rank.size`` stands for the base model, which needs no slot; adapters of rank
    0 are traffic of it as well, and nowhere loaded. Pages of requests that never run are never
    touched.
    """
    num_adapters = adapter_rank.size
    s = np.zeros(1, SCALARS)
    s["free"] = limits.kv_blocks
    s["partial"] = s["last"] = s["head"] = s["tail"] = NONE
    adapter = np.zeros(num_adapters + 1, ADAPTER)
    adapter["rank"][:-1] = adapter_rank
    adapter["gpu_load"][:-1] = gpu_load
    adapter["disk_load"][:-1] = disk_load
    adapter["first"] = adapter["last"] = adapter["heap_position"] = NONE
    ring = np.zeros(1 << (longest_output + 1).bit_length(), RING)
    ring["first"] = ring["last"] = NONE
    in_host = np.arange(num_adapters) if loaded is None else np.asarray(loaded, np.int64)
    in_host = in_host[adapter_rank[in_host] > 0][: limits.host_adapters]
    on_gpu = in_host[: limits.max_loras]
    s["host_resident"], s["gpu_resident"] = in_host.size, on_gpu.size
    cache = AdapterCaches(*np.zeros((len(AdapterCaches._fields), num_adapters + 1), np.int32))
    cache.running[-1] = 1  # the base model is as if it always ran
    cache.in_host[in_host] = 1
    cache.on_gpu[on_gpu] = 1
    concurrent = min(num_requests, limits.max_num_seqs) + 1
    return Engine(
        s,
        np.zeros(num_requests, REQUEST),
        np.zeros(num_requests, QUEUED),
        adapter,
        cache,
        np.zeros(num_adapters + 1, HEAP),
        ring,
        np.zeros(concurrent, JOINED),
        np.zeros(concurrent, np.int32),
        np.zeros(num_requests, np.int32),
        np.zeros(num_requests, np.bool_),
        np.zeros(limits.block_size, np.int64),
        np.zeros(NUM_GAP_BINS, np.int64),
        np.zeros((num_samples, 5)),
    )


def with_room(engine: Engine, num_requests: int) -> Engine:
    """The same engine with room for more requests; the other one must not be used any more."""

    def longer(array: NDArray[Any]) -> NDArray[Any]:
        result = np.zeros(num_requests, array.dtype)
        result[: array.size] = array
        return result

    return engine._replace(
        request=longer(engine.request),
        queue=longer(engine.queue),
        finished=longer(engine.finished),
        rejected=longer(engine.rejected),
    )
