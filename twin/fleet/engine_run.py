"""EngineRun: one engine of a fleet, from its start to the end of the window or to its failure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.engine.outcome import EngineOutcome, engine_outcome
from twin.engine.records import engine_records, engine_series
from twin.engine.run_engine import engine_limits
from twin.engine.simulation_result import RequestRecords, TimeSeries
from twin.engine.start import Start
from twin.fleet.gpu import FleetGpu
from twin.fleet.traffic import Arrivals
from twin.gpu.front_end import deliver, join_periods
from twin.kernel.adapter_cache import fetch
from twin.kernel.engine import advance
from twin.kernel.layout import Engine, Requests, new_engine, with_room
from twin.kernel.waiting import count_waiting

__all__ = ["EngineRun", "Window"]

_ROOM = 4096  # requests to begin with


class Window(NamedTuple):
    """What is the same for all engines: length and resolution in seconds, bound on requests.

    ``hits`` says whether requests are counted that find their adapter on the GPU.
    """

    duration: float
    resolution: float
    max_in_system: int
    hits: bool = False


class EngineRun:
    """One engine, moved on by the compiled kernel whenever somebody looks at it.

    How often that is changes nothing: an engine that is advanced in pieces does what it does when
    it is advanced at once.

    Parameters
    ----------
    gpu : FleetGpu
        Where it runs.
    adapter_rank : ndarray of shape (num_adapters,)
        LoRA rank of each adapter of the fleet; 0 for requests for the base model.
    served : sequence of int
        Adapters that it serves at its start, in ascending order.
    window : Window
    begin : float
        When it starts, in seconds.
    start : Start
        What it knows of the adapters then.

    Raises
    ------
    InputError
        If an adapter's rank exceeds ``max_lora_rank``, or there are adapters but no slots.
    """

    def __init__(
        self,
        gpu: FleetGpu,
        adapter_rank: NDArray[np.int64],
        served: Sequence[int],
        window: Window,
        begin: float,
        start: Start,
    ) -> None:
        self._gpu = gpu
        self._rank = adapter_rank
        self._window = window
        self.begin = begin
        self._failed_at: float | None = None
        limits = engine_limits(
            gpu.config, gpu.profile, adapter_rank[list(served)], window.max_in_system
        )
        if gpu.config.max_cpu_loras is None:
            limits = limits._replace(host_adapters=int(np.count_nonzero(adapter_rank)))
        self._limits = limits
        self._costs = gpu.profile.step_time.costs(gpu.config)
        adapters = [adapter for adapter in served if adapter_rank[adapter] > 0]
        self._loaded = [] if start is Start.COLD else adapters
        self._seen = adapter_rank < 1  # the base model is set up already
        if start is Start.WARM:
            self._seen[adapters] = True
        self._still = np.empty((0, 2))
        self._fetches: list[tuple[float, int]] = []
        self._known = 0
        self.num_asking = self.num_hits = 0  # requests for adapters
        self._requests = Requests(np.empty(0), *np.empty((3, 0), np.int32))
        self._client = np.empty(0)  # arrival at the fleet
        self._arrival = np.empty(0)  # arrival at this GPU
        self._number = np.empty(0, np.int64)
        self._owner = np.empty(0, np.int32)  # as the fleet numbers them
        self._make_room(max(_ROOM, gpu.config.max_num_seqs))
        self._engine = self._new_engine()

    @property
    def failed(self) -> bool:
        """Whether it runs no more."""
        return self._failed_at is not None

    @property
    def end(self) -> float:
        """When it failed, or the end of the window, in seconds."""
        return self._window.duration if self._failed_at is None else self._failed_at

    def add(self, requests: Arrivals, number: NDArray[np.int64], arrival: float | None) -> None:
        """Send requests to it, none of which may arrive before those sent earlier.

        Parameters
        ----------
        requests : Arrivals
            With the times at which they came to the fleet.
        number : ndarray of shape (n,)
            Number of each within the fleet.
        arrival : float or None
            When they come here in seconds, if later than to the fleet.
        """
        begin, self._known = self._known, self._known + number.size
        if self._known > self._client.size:
            self._make_room(max(self._known, 2 * self._client.size))
            self._engine = with_room(self._engine, self._client.size)
        new = slice(begin, self._known)
        self._client[new] = requests.arrival
        self._arrival[new] = requests.arrival if arrival is None else arrival
        self._number[new] = number
        self._owner[new] = requests.adapter
        of_base = self._rank[requests.adapter] < 1
        self._requests.adapter[new] = np.where(of_base, self._rank.size, requests.adapter)
        self._requests.prompt[new] = requests.prompt
        self._requests.output[new] = requests.output
        self._requests.arrival[new] = self._pass_on(self._arrival[new], requests.adapter)
        if self._window.hits:
            self._count_hits(requests.adapter[~of_base], self._requests.arrival[new][~of_base])

    def advance(self, until: float) -> None:
        """Let time pass; the step under way then is completed."""
        self._advance(until, self._window.duration)

    def has(self, adapter: int) -> bool:
        """Whether it has an adapter in host memory."""
        return bool(self._engine.cache.in_host[adapter])

    def on_gpu(self) -> NDArray[np.bool_]:
        """Which adapters are in its slots, of shape (num_adapters,)."""
        return self._engine.cache.on_gpu[:-1] > 0

    def fetch(self, adapter: int, now: float) -> None:
        """Bring an adapter to host memory, where it was not before."""
        self.advance(now)
        fetch(self._engine, self._limits, adapter)
        self._fetches.append((now, adapter))

    def fail(self, now: float) -> None:
        """End here, with the step under way lost."""
        self.advance(now)
        self._failed_at = now
        if self._engine.s[0]["now"] > now:  # that step is done already: once more, without it
            self._engine = self._new_engine()
            for time, adapter in self._fetches:
                self._advance(time, now)
                fetch(self._engine, self._limits, adapter)
            self._advance(now, now)

    def aborted(self) -> NDArray[np.bool_]:
        """Which of its requests were lost when it failed; of shape (n,)."""
        if self._failed_at is None:
            return np.zeros(self._known, np.bool_)
        finish = self._engine.request["finish"][: self._known]
        finished = (finish > 0) & (deliver(finish, self._still) <= self._failed_at)
        lost: NDArray[np.bool_] = ~finished & ~self._engine.rejected[: self._known]
        return lost

    def requests(self) -> tuple[Arrivals, NDArray[np.int64]]:
        """Its requests, with the times at which they came to the fleet, and their numbers."""
        known = slice(0, self._known)
        _, _, prompt, output = self._requests
        sent = Arrivals(self._client, self._owner, prompt, output).select(known)
        return sent, self._number[known]

    def occupancy(self) -> tuple[int, int, float]:
        """Requests running and waiting, and the share of the KV cache in use."""
        s = self._engine.s[0]
        waiting = int(s["waiting"]) + self._known - int(s["upcoming"])
        return int(s["running"]), waiting, 1 - int(s["free"]) / max(1, self._limits.kv_blocks)

    def waiting_by_adapter(self) -> NDArray[np.int64]:
        """Waiting requests of each adapter, of shape (num_adapters,)."""
        counts = np.zeros(self._rank.size + 1, np.int64)
        owners = self._requests._replace(adapter=self._owner)
        count_waiting(self._engine, owners, self._known, counts)
        return counts[:-1]

    def outcome(self) -> EngineOutcome:
        """What it did."""
        return engine_outcome(
            self._engine,
            self._requests._replace(arrival=self._client),
            self._arrival[: self._known],
            self._still,
            self._limits,
            self._gpu.profile,
            self._window.duration,
            begin=self.begin,
            failed_at=self._failed_at,
        )

    def records(self) -> RequestRecords:
        """One entry for each of its requests."""
        sent, _ = self.requests()
        records = engine_records(self._engine, sent.arrival, sent.adapter, self._still)
        aborted = self.aborted()
        records.first_token[aborted] = records.finish[aborted] = np.nan
        return records

    def series(self) -> TimeSeries:
        """State over time, zero before its start and after its end."""
        return engine_series(self._engine, self._limits, self._window.resolution)

    def _count_hits(self, adapter: NDArray[np.int32], at_engine: NDArray[np.float64]) -> None:
        """Count requests that find their adapter on the GPU when they come."""
        self.num_asking += adapter.size
        for asked, arrival in zip(adapter.tolist(), at_engine.tolist(), strict=True):
            self.advance(arrival)
            self.num_hits += int(self._engine.cache.on_gpu[asked])

    def _new_engine(self) -> Engine:
        gpu = self._gpu
        to_gpu, from_disk = gpu.profile.load_seconds(self._rank, gpu.config)
        duration, resolution, *_ = self._window
        return new_engine(
            self._client.size,
            self._limits.kv_blocks * self._limits.block_size,  # longer ones are turned away
            self._rank,
            to_gpu,
            from_disk,
            self._limits,
            int(duration / resolution + 1e-9) if resolution > 0 else 0,
            self._loaded,
        )

    def _advance(self, until: float, end: float) -> None:
        advance(
            self._engine,
            self._requests,
            self._limits,
            self._costs,
            self._known,
            until,
            end,
            self._window.resolution,
        )

    def _pass_on(
        self, arrival: NDArray[np.float64], adapter: NDArray[np.int32]
    ) -> NDArray[np.float64]:
        """Times at which requests get through the server to the engine."""
        front_end = self._gpu.profile.front_end
        if front_end.adapter_setup == 0:
            return arrival + front_end.request
        free = float(self._still[-1, 1]) if len(self._still) else -math.inf
        at_engine, still = front_end.pass_on_later(arrival, adapter, self._seen, free)
        self._still = join_periods(self._still, still)
        return at_engine

    def _make_room(self, num_requests: int) -> None:
        """Lengthen the arrays of requests."""

        def longer(array: NDArray[Any]) -> NDArray[Any]:
            result = np.empty(num_requests, array.dtype)
            result[: array.size] = array
            return result

        self._requests = Requests(*(longer(array) for array in self._requests))
        self._client, self._arrival = longer(self._client), longer(self._arrival)
        self._number, self._owner = longer(self._number), longer(self._owner)
