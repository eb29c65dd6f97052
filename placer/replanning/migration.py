"""Migration: the ordered steps from one placement to another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from placer.problem.placement import Placement
from placer.problem.problem import Problem
from placer.problem.routing_table import route_adapters
from placer.replanning.running_fleet import RunningFleet

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
    restarted : tuple of str
        GPUs in use before and after whose engine is started anew, with another configuration.
    num_moves : int
        Adapters that are loaded on another GPU than before, on a running engine or with a new one.
    interrupted : tuple of str
        Adapters that are not served for a while, since their GPU has to be started anew and no
        other engine that runs can hold them.
    peak_gpus : int
        Most GPUs that run at once on the way.
    """

    steps: tuple[Step, ...]
    kept: tuple[str, ...]
    restarted: tuple[str, ...]
    num_moves: int
    interrupted: tuple[str, ...]
    peak_gpus: int

    def count(self, action: str) -> int:
        """Number of steps of a kind."""
        return sum(step.action == action for step in self.steps)


def plan_migration(before: Placement, after: Placement, problem: Problem) -> Migration:
    """Steps from a running placement to another one.

    A GPU goes on if it has the same name, profile and engine configuration in both. In waves:
    engines are started as far as there are GPUs; then adapter after adapter is loaded at its new
    places, routed there, and unloaded where it is not needed any more, so that an engine holds one
    adapter more than before or after at most, as long as none is on several GPUs; last, engines
    that serve nothing any more are stopped, which may give a GPU to the next wave. Where there is
    no GPU to start an engine on, an engine is stopped although it serves: its adapters go to their
    new places as far as those are up, else to other replicas, else to any engine that can hold
    them, until their place is up. Requests for a base model are only routed.

    Parameters
    ----------
    before, after : Placement
        With names of their GPUs.
    problem : Problem
        Says how many GPUs there are, how many may run at once (``migration_gpus``), and which
        engines can hold an adapter. No more GPUs than that run at any time, unless they do from
        the start.

    Returns
    -------
    Migration
        Its steps end at ``after`` exactly.
    """
    return _Planner(before, after, problem).run()


class _Planner:
    """A migration while its steps are found."""

    def __init__(self, before: Placement, after: Placement, problem: Problem) -> None:
        self._old = dict(zip(before.names, before.gpus, strict=True))
        self._new = dict(zip(after.names, after.gpus, strict=True))
        self._targets = route_adapters(after)
        self._fleet = RunningFleet(problem, before, after)
        self._kept = self._fleet.kept
        self._limits = {  # adapters that an engine holds without being fuller than it has to be
            name: max(len(self._fleet.adapters([own[name]])) for own in (self._new, self._old))
            for name in self._kept
        }
        self._unsettled = {name for p in (*before.gpus, *after.gpus) for name, _ in p.shares}
        self._steps: list[Step] = []
        self._interrupted: set[str] = set()
        self._peak = len(self._old)

    def run(self) -> Migration:
        for adapter in list(self._fleet.routes):
            if adapter not in self._targets:
                self._route(adapter, {})
        while not self._done():
            steps = len(self._steps)
            self._start_engines()
            self._move_adapters()
            self._stop_idle()
            if len(self._steps) == steps:
                self._make_room()
        return Migration(
            steps=tuple(self._steps),
            kept=self._kept,
            restarted=tuple(n for n in self._new if n in self._old and n not in self._kept),
            num_moves=self._num_moves(),
            interrupted=tuple(sorted(self._interrupted)),
            peak_gpus=self._peak,
        )

    def _num_moves(self) -> int:
        adapters = self._fleet.adapters
        served = adapters(self._old.values())
        moves = 0
        for name, plan in self._new.items():
            before = adapters([self._old[name]]) if name in self._kept else set()
            moves += len((adapters([plan]) & served) - before)
        return moves

    def _done(self) -> bool:
        fleet = self._fleet
        if not set(fleet.running) == fleet.up == set(self._new):
            return False
        held = all(fleet.holds[name] == fleet.adapters([p]) for name, p in self._new.items())
        return held and fleet.routes == self._targets

    def _start_engines(self) -> None:
        """Start new engines on GPUs that are free."""
        while startable := self._fleet.startable():
            self._steps.append(Step("start", startable[0]))
            self._fleet.start(startable[0])
            self._peak = max(self._peak, len(self._fleet.running))

    def _move_adapters(self) -> None:
        """Load, route and unload adapters whose new places are all up, one after the other."""
        waiting = [
            adapter
            for adapter in sorted(self._unsettled)
            if all(gpu in self._fleet.up for gpu in self._targets.get(adapter, {}))
        ]
        while waiting:
            too_full = []
            for adapter in waiting:
                if self._excess(adapter) > 0:
                    too_full.append(adapter)
                else:
                    self._settle(adapter)
            if len(too_full) == len(waiting):
                self._settle(too_full.pop(0))
            waiting = too_full

    def _excess(self, adapter: str) -> int:
        """Adapters that the fullest of its new places would hold beyond its limit."""
        if self._fleet.is_base(adapter):
            return 0
        holds = self._fleet.holds
        missing = [gpu for gpu in self._targets.get(adapter, {}) if adapter not in holds[gpu]]
        return max((len(holds[gpu]) + 1 - self._limits[gpu] for gpu in missing), default=0)

    def _settle(self, adapter: str) -> None:
        """Bring an adapter to its new places, all of which are up."""
        self._unsettled.discard(adapter)
        target = self._targets.get(adapter, {})
        self._load(adapter, target)
        self._route(adapter, target)
        for gpu in self._fleet.holders(adapter):
            if gpu in self._fleet.up and gpu not in target:
                self._steps.append(Step("unload", gpu, adapter))
                self._fleet.holds[gpu].discard(adapter)

    def _stop_idle(self) -> None:
        """Stop engines that are not needed and answer nothing any more."""
        for gpu in self._fleet.leaving():
            if not self._fleet.served_by(gpu):
                self._stop(gpu)

    def _make_room(self) -> None:
        """Stop an engine although it serves, so that another one can be started."""
        fleet = self._fleet
        leaving = min(
            fleet.leaving(),
            key=lambda gpu: (not fleet.startable(without=gpu), len(fleet.served_by(gpu)), gpu),
        )
        for adapter in fleet.served_by(leaving):
            shares = self._refuge(adapter, leaving)
            if not shares:
                self._interrupted.add(adapter)
            self._load(adapter, shares)
            self._route(adapter, shares)
            self._unsettled.add(adapter)
        self._stop(leaving)

    def _refuge(self, adapter: str, leaving: str) -> Mapping[str, float]:
        """Where an adapter can be served until its new places are up; nothing where nowhere."""
        target = self._targets[adapter]
        up = {gpu: share for gpu, share in target.items() if gpu in self._fleet.up}
        others = {g: s for g, s in self._fleet.routes[adapter].items() if g != leaving}
        shares = up or others
        total = sum(shares.values())
        if shares:
            return {gpu: share / total for gpu, share in shares.items()}
        shelter = self._fleet.shelter(adapter, leaving)
        return {} if shelter is None else {shelter: 1.0}

    def _load(self, adapter: str, gpus: Iterable[str]) -> None:
        if self._fleet.is_base(adapter):
            return
        for gpu in gpus:
            if adapter not in self._fleet.holds[gpu]:
                self._steps.append(Step("load", gpu, adapter))
                self._fleet.holds[gpu].add(adapter)

    def _route(self, adapter: str, shares: Mapping[str, float]) -> None:
        if self._fleet.routes.get(adapter, {}) != shares:
            self._steps.append(Step("route", adapter=adapter, shares=dict(shares)))
            self._fleet.route(adapter, shares)

    def _stop(self, gpu: str) -> None:
        self._steps.append(Step("stop", gpu))
        self._fleet.stop(gpu)
