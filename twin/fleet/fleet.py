"""Fleet: many engines behind a router, in SimPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from twin.engine.simulate import check_window, require_simulation_memory
from twin.engine.start import Start
from twin.files.errors import InputError
from twin.fleet.cluster import Cluster
from twin.fleet.engine_run import Window
from twin.fleet.event import EventKind, FleetEvent
from twin.fleet.gpu import SHARE_TOLERANCE, FleetGpu, GpuState
from twin.fleet.placement import check_rank, routed_shares, share_matrix
from twin.fleet.result import FleetResult
from twin.workload.workload import Workload

__all__ = ["Fleet"]


class Fleet:
    """GPUs that serve a workload together, for a window of time.

    Events are those of a SimPy environment, `env`: the methods act at its present time, `at` lets
    them act later, and processes of one's own may call them whenever they like. Between events
    the engines are moved on by the compiled kernel; a fleet of one GPU agrees exactly with
    `twin.engine.simulate.simulate`.

    A router sends each request to one of the GPUs that serve its adapter, at random by their
    shares, those that are down left out. A request whose adapter is served by none that is up is
    lost. A GPU that fails loses the step under way and all that runs or waits on it; these
    requests are sent again, from their beginning, to other GPUs that serve their adapter, or they
    are lost.

    Parameters
    ----------
    gpus : sequence of FleetGpu
    workload : Workload
    duration : float
        Length of the window in seconds.
    seed : int
        Seed of arrivals, lengths and routes.
    start : Start
        What the engines know of their adapters at time 0.
    retry : bool
        Whether the requests of a GPU that fails are sent to others.
    max_in_system : int
        An engine turns requests away beyond this many running or waiting; 0 for no bound.
    records : bool
        Return one record for each request.
    resolution : float
        Interval of the time series in seconds; 0 for none.
    hits : bool
        Count the requests that find their adapter on the GPU.

    Raises
    ------
    InputError
        If a number is out of range, or the placement is wrong: no GPU, a name twice, an adapter
        unknown, with shares that do not sum to 1, or of too high a rank for its engine.
    InsufficientMemoryError
        If the requests would not fit into the memory that is free.
    """

    def __init__(
        self,
        gpus: Sequence[FleetGpu],
        workload: Workload,
        *,
        duration: float = 3600.0,
        seed: int = 0,
        start: Start = Start.WARM,
        retry: bool = True,
        max_in_system: int = 0,
        records: bool = False,
        resolution: float = 0.0,
        hits: bool = False,
    ) -> None:
        check_window(duration, max_in_system, resolution)
        if seed < 0:
            raise InputError("seed", f"{seed} is negative", "0 or more")
        shares = share_matrix(gpus, workload)
        samples = int(duration / resolution) * len(gpus) if resolution > 0 else 0
        # Arrays grow by doubling, and there are streams for the fleet and for each engine.
        require_simulation_memory(2 * workload.rate * duration, records, samples)
        self.env = simpy.Environment()
        self.duration = float(duration)
        self._gpus = tuple(gpus)
        self._adapters = workload.adapters
        self._gpu_index = {gpu.name: index for index, gpu in enumerate(gpus)}
        self._adapter_index = {a.name: index for index, a in enumerate(workload.adapters)}
        window = Window(self.duration, float(resolution), max_in_system, hits)
        self._cluster = Cluster(self._gpus, workload, shares, window, seed, start, retry, records)
        self._events: list[FleetEvent] = []

    @property
    def gpus(self) -> tuple[str, ...]:
        """Names of the GPUs."""
        return tuple(self._gpu_index)

    @property
    def now(self) -> float:
        """Seconds since the start of the window."""
        return float(self.env.now)

    def at(
        self, time: float, action: Callable[..., object], *arguments: Any, **named: Any
    ) -> None:
        """Call a function at a later moment: ``fleet.at(600, fleet.fail, "gpu-01")``.

        Raises
        ------
        InputError
            If that moment is over.
        """
        if not time >= self.now:
            raise InputError("time", f"{time!r} is before {self.now!r}, the present time")

        def wait() -> Generator[simpy.Event, Any, None]:
            yield self.env.timeout(time - self.env.now)
            action(*arguments, **named)

        self.env.process(wait())

    def state(self, gpu: str) -> GpuState:
        """A GPU as it is now.

        Raises
        ------
        InputError
            If there is no such GPU.
        """
        index = self._gpu(gpu)
        shares = self._by_name(self._cluster.router.shares[:, index])
        engine = self._cluster.engine(index)
        if engine.failed:
            return GpuState(False, 0, 0, 0.0, shares, {})
        self._cluster.route(self.now)
        engine.advance(self.now)
        return GpuState(
            True,
            *engine.occupancy(),
            shares,
            self._by_name(engine.waiting_by_adapter()),
            tuple(self._by_name(engine.on_gpu())),
        )

    def arrived(self) -> dict[str, int]:
        """Requests of each adapter so far; those without any are left out."""
        self._cluster.route(self.now)
        return self._by_name(self._cluster.arrived)

    def shift(self, adapter: str, rate: float) -> None:
        """Let an adapter have another rate from now on; 0 for no requests any more.

        Raises
        ------
        InputError
            If there is no such adapter, or the rate is negative.
        """
        index = self._adapter(adapter)
        if not (math.isfinite(rate) and rate >= 0):
            raise InputError(f"rate of adapter {adapter}", f"{rate!r} is not a number >= 0")
        self._cluster.shift(index, float(rate), self.now)
        self._note(EventKind.SHIFTED, adapter=adapter, value=float(rate))

    def fail(self, gpu: str) -> None:
        """Let a GPU go down.

        Raises
        ------
        InputError
            If there is no such GPU, or it is down already.
        """
        index = self._gpu(gpu)
        if self._cluster.engine(index).failed:
            raise InputError(f"GPU {gpu}", "it is down already")
        self._cluster.fail(index, self.now)
        self._note(EventKind.FAILED, gpu=gpu)

    def restore(self, gpu: str) -> None:
        """Let a GPU come back, with a new engine that has all its adapters on disk.

        Raises
        ------
        InputError
            If there is no such GPU, or it is not down.
        """
        index = self._gpu(gpu)
        if not self._cluster.engine(index).failed:
            raise InputError(f"GPU {gpu}", "it is not down")
        self._cluster.restore(index, self.now)
        self._note(EventKind.RESTORED, gpu=gpu)

    def route(self, routes: Mapping[str, Mapping[str, float]]) -> None:
        """Let the router send adapters' requests elsewhere from now on, as if all were prepared.

        A GPU that gets an adapter has it in host memory then; what it costs to load it into a slot
        falls to the first step that needs it. `migrate` also takes the time to get it there.

        Parameters
        ----------
        routes : mapping of str to mapping of str to float
            For some adapters the part of their requests that each GPU gets; the parts of an
            adapter sum to 1.

        Raises
        ------
        InputError
            If a name is unknown, a share is out of range, an adapter's shares do not sum to 1, or
            it is too large for an engine.
        """
        before = self._cluster.router.shares
        shares = routed_shares(self._gpus, self._adapters, before, routes)
        self._cluster.assign(shares, self.now)
        for index in np.flatnonzero((shares != before).any(axis=1)):
            self._note(EventKind.ROUTED, adapter=self._adapters[index].name)

    def migrate(
        self,
        adapter: str,
        source: str,
        target: str,
        *,
        share: float | None = None,
        seconds: float | None = None,
    ) -> simpy.Process:
        """Let another GPU have an adapter's requests, or a part of them.

        The target loads the adapter first, into host memory and beside its steps; until then the
        source, which may be down, is sent the requests. It finishes those that it has. The first
        request at the target finds no slot that holds the adapter, and a server that has not set
        it up.

        Parameters
        ----------
        adapter, source, target : str
        share : float or None
            Part of all the adapter's requests that moves; None for what the source has.
        seconds : float or None
            How long that takes; None for the profile's time from disk. A target that serves
            the adapter already loads nothing, and there is nothing to load for the base model.

        Returns
        -------
        simpy.Process
            Ends when the target is sent the requests. Its value is whether it is: not if it went
            down meanwhile, or the source has no share any more.

        Raises
        ------
        InputError
            If a name is unknown, source and target are the same, the target is down or its slots
            are too small for the adapter, the source does not have that share, or the time is
            negative.
        """
        index, here, there = self._adapter(adapter), self._gpu(source), self._gpu(target)
        what = f"migration of adapter {adapter}"
        shares = self._cluster.router.shares[index]
        has = float(shares[here])
        if here == there:
            raise InputError(what, f"{source} is both source and target")
        if self._cluster.engine(there).failed:
            raise InputError(what, f"GPU {target} is down")
        if has == 0:
            raise InputError(what, f"GPU {source} does not serve it")
        if share is not None and not 0 < share <= has + SHARE_TOLERANCE:
            raise InputError(what, f"{share!r} is not inside (0, {has!r}], the share at {source}")
        if seconds is not None and not (math.isfinite(seconds) and seconds >= 0):
            raise InputError(what, f"{seconds!r} is not a number of seconds >= 0")
        check_rank(self._adapters[index], self._gpus[there])
        if shares[there] > 0 or self._adapters[index].is_base:
            seconds = 0.0
        elif seconds is None:
            rank = np.array([self._adapters[index].rank])
            seconds = float(self._gpus[there].profile.adapter_load.from_disk(rank)[0])
        self._note(EventKind.LOADING, gpu=source, adapter=adapter, target=target, value=share)
        return self.env.process(self._migrate(index, here, there, share, seconds))

    def run(self) -> FleetResult:
        """Run to the end of the window; called again, it returns the same."""
        if self.now < self.duration:
            self.env.run(until=self.duration)
        return self._cluster.result(tuple(self._events))

    def _migrate(
        self, adapter: int, source: int, target: int, share: float | None, seconds: float
    ) -> Generator[simpy.Event, Any, bool]:
        loads = self._cluster.engine(target)
        yield self.env.timeout(seconds)
        moved = 0.0
        if self._cluster.engine(target) is loads and not loads.failed:
            moved = self._cluster.move(adapter, source, target, share, self.now)
        self._note(
            EventKind.MIGRATED if moved else EventKind.ABANDONED,
            gpu=self._gpus[source].name,
            adapter=self._adapters[adapter].name,
            target=self._gpus[target].name,
            value=moved or share,
        )
        return moved > 0

    def _note(self, kind: EventKind, **what: Any) -> None:
        self._events.append(FleetEvent(self.now, kind, **what))

    def _gpu(self, name: str) -> int:
        return _index(self._gpu_index, name, "GPU")

    def _adapter(self, name: str) -> int:
        return _index(self._adapter_index, name, "adapter")

    def _by_name(self, values: NDArray[Any]) -> dict[str, Any]:
        """Values that are not 0, by the adapter's name."""
        return {self._adapters[i].name: values[i].item() for i in np.flatnonzero(values)}


def _index(names: Mapping[str, int], name: str, kind: str) -> int:
    if name not in names:
        raise InputError(kind, f"there is none called {name!r}", _some(names))
    return names[name]


def _some(names: Iterable[str]) -> str:
    first = list(names)[:5]
    return "there are " + ", ".join(first) + (", …" if len(first) == 5 else "")
