"""Migration: the ordered steps from one placement to another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from placer.gpu_pools import GpuPools
from placer.placement import GpuPlan, Placement
from placer.routing_table import route_adapters

__all__ = ["Migration", "Step", "plan_migration"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a migration.

    Parameters
    ----------
    action : str
        ``"start"`` an engine with all its adapters, ``"load"`` an adapter, ``"route"`` an
        adapter's requests, ``"unload"`` an adapter, ``"stop"`` an engine.
    gpu : str
        Name of the GPU; empty for ``"route"``.
    adapter : str
        Name of the adapter; empty for ``"start"`` and ``"stop"``.
    shares : mapping of str to float
        For ``"route"``: share of the adapter's requests by GPU from now on, none where it is not
        served any more.
    """

    action: str
    gpu: str = ""
    adapter: str = ""
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Migration:
    """The ordered steps from one placement to another.

    Parameters
    ----------
    steps : tuple of Step
        Every adapter that both placements serve is loaded and routed somewhere after each step,
        but for those in ``interrupted``.
    kept : tuple of str
        GPUs whose engines go on.
    num_moves : int
        Adapters that are loaded on another GPU than before, on a running engine or with a new one.
    interrupted : tuple of str
        Adapters that are not served for a while, since a GPU has to be started anew and there is
        no further one to take its adapters in the meantime.
    """

    steps: tuple[Step, ...]
    kept: tuple[str, ...]
    num_moves: int
    interrupted: tuple[str, ...]

    def count(self, action: str) -> int:
        """Number of steps of a kind."""
        return sum(step.action == action for step in self.steps)


def plan_migration(before: Placement, after: Placement, pools: GpuPools) -> Migration:
    """Steps from a running placement to another one.

    A GPU goes on if it has the same name, profile and engine configuration in both. In waves:
    engines are started as far as there are GPUs, adapters are loaded on engines that go on, the
    requests of adapters that are up at all their new places are routed there, they are unloaded
    where they are not needed any more, and engines without adapters are stopped, which may give a
    GPU to the next wave. Where no wave gets any further, for lack of a GPU to start an engine on,
    an engine is stopped although it serves, the one with the fewest adapters.

    Parameters
    ----------
    before, after : Placement
        With names of their GPUs.
    pools : GpuPools
        Says how many GPUs there are of each type.
    """
    return _Plan(before, after, pools).run()


class _Plan:
    """State of a migration while its steps are found."""

    def __init__(self, before: Placement, after: Placement, pools: GpuPools) -> None:
        self._old = dict(zip(before.names, before.gpus, strict=True))
        self._new = dict(zip(after.names, after.gpus, strict=True))
        self._pools = pools
        self._kept = [
            name
            for name, plan in self._new.items()
            if name in self._old and _engine(self._old[name]) == _engine(plan)
        ]
        self._targets = route_adapters(after)
        self._routes = {name: dict(shares) for name, shares in route_adapters(before).items()}
        self._holds = {name: _adapters([plan]) for name, plan in self._old.items()}
        self._running = dict(self._old)
        self._up = set(self._kept)  # GPUs that run as they will
        self._steps: list[Step] = []
        self._interrupted: set[str] = set()

    def run(self) -> Migration:
        while not self._done():
            before = len(self._steps)
            self._start_engines()
            self._load()
            self._route()
            self._unload()
            self._stop_idle()
            if len(self._steps) == before:
                self._interrupt()
        return Migration(
            tuple(self._steps),
            tuple(self._kept),
            self._num_moves(),
            tuple(sorted(self._interrupted)),
        )

    def _num_moves(self) -> int:
        served = _adapters(self._old.values())
        moves = 0
        for name, plan in self._new.items():
            before = _adapters([self._old[name]]) if name in self._kept else set()
            moves += len((_adapters([plan]) & served) - before)
        return moves

    def _done(self) -> bool:
        if not set(self._running) == self._up == set(self._new):
            return False
        held = all(self._holds[name] == _adapters([plan]) for name, plan in self._new.items())
        return held and self._routes == self._targets

    def _start_engines(self) -> None:
        """Start new engines on GPUs that are free."""
        for name, plan in self._new.items():
            if name in self._up or name in self._running:
                continue
            profiles = [other.profile_name for other in self._running.values()]
            free = {gpu_type.profile.name for gpu_type in self._pools.available(profiles)}
            if plan.profile_name in free:
                self._steps.append(Step("start", name))
                self._running[name] = plan
                self._holds[name] = _adapters([plan])
                self._up.add(name)

    def _load(self) -> None:
        """Load adapters on engines that go on."""
        for name in self._kept:
            for adapter, _ in self._new[name].shares:
                if adapter not in self._holds[name]:
                    self._steps.append(Step("load", name, adapter))
                    self._holds[name].add(adapter)

    def _route(self) -> None:
        """Route adapters that are up at all their new places."""
        for adapter in sorted({*self._routes, *self._targets}):
            target = self._targets.get(adapter, {})
            ready = all(gpu in self._up for gpu in target)
            if ready and self._routes.get(adapter, {}) != target:
                self._steps.append(Step("route", adapter=adapter, shares=target))
                self._set_route(adapter, target)

    def _unload(self) -> None:
        """Unload what engines that go on do not need any more."""
        for name in self._kept:
            needed = _adapters([self._new[name]])
            for adapter in sorted(self._holds[name] - needed):
                if name not in self._routes.get(adapter, {}):
                    self._steps.append(Step("unload", name, adapter))
                    self._holds[name].discard(adapter)

    def _stop_idle(self) -> None:
        """Stop engines that are not needed and answer nothing any more."""
        for name in self._going():
            if not self._served_by(name):
                self._stop(name)

    def _interrupt(self) -> None:
        """Stop an engine although it serves, so that another one can be started."""
        name = min(self._going(), key=lambda gpu: (len(self._served_by(gpu)), gpu))
        for adapter in self._served_by(name):
            rest = {gpu: share for gpu, share in self._routes[adapter].items() if gpu != name}
            total = sum(rest.values())
            if not rest:
                self._interrupted.add(adapter)
            shares = {gpu: share / total for gpu, share in rest.items()}
            self._steps.append(Step("route", adapter=adapter, shares=shares))
            self._set_route(adapter, shares)
        self._stop(name)

    def _going(self) -> list[str]:
        """Engines that run and will be stopped."""
        return [name for name in self._running if name not in self._up]

    def _served_by(self, name: str) -> list[str]:
        return sorted(a for a, shares in self._routes.items() if name in shares)

    def _stop(self, name: str) -> None:
        self._steps.append(Step("stop", name))
        del self._running[name]
        del self._holds[name]

    def _set_route(self, adapter: str, shares: Mapping[str, float]) -> None:
        if shares:
            self._routes[adapter] = dict(shares)
        else:
            self._routes.pop(adapter, None)


def _engine(plan: GpuPlan) -> object:
    """What has to be the same for an engine to go on."""
    return plan.profile_name, plan.config


def _adapters(plans: Iterable[GpuPlan]) -> set[str]:
    """Names of the adapters of some GPUs."""
    return {name for plan in plans for name, _ in plan.shares}
