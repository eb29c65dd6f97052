"""Change: the way from the placement that runs to a new one, in waves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from placer.deploy.deployment import Deployment, describe_deployment, merge_routes
from placer.problem.problem import Problem
from placer.problem.routing_table import served_models
from placer.replanning.migration import Migration, Step

__all__ = ["Change", "Wave", "describe_change"]


@dataclass(frozen=True, slots=True)
class Wave:
    """Steps of a migration that can be taken together, in this order.

    Parameters
    ----------
    start : tuple of str
        Groups that are started, with all their adapters.
    grow : tuple of str
        Groups that go on with more engines.
    load : tuple of (str, str)
        Group and adapter.
    routes : mapping of str to mapping of str to float
        From then on, by what requests name as their model, the share of each group.
    unload : tuple of (str, str)
        Group and adapter.
    stop : tuple of str
        Groups that end.
    shrink : tuple of str
        Groups that go on with fewer engines.
    held : mapping of str to tuple of str
        Groups that have an adapter loaded when the wave is over, by adapter.
    """

    start: tuple[str, ...]
    grow: tuple[str, ...]
    load: tuple[tuple[str, str], ...]
    routes: Mapping[str, Mapping[str, float]]
    unload: tuple[tuple[str, str], ...]
    stop: tuple[str, ...]
    shrink: tuple[str, ...]
    held: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Change:
    """The way from the placement that runs to a new one.

    Parameters
    ----------
    before : Deployment
        What runs; its groups are those whose profiles the fleet still has.
    migration : Migration
        The steps by GPU, with what requests name in place of names of base models.
    """

    before: Deployment
    migration: Migration

    def waves(self, after: Deployment) -> tuple[Wave, ...]:
        """The steps by engine, as few waves of them as keep every adapter served."""
        return _Waves(self.before, after, self.migration).run()

    def grouped_waves(self, after: Deployment) -> tuple[Wave, ...]:
        """The same by `Deployment.grouped`, before and after.

        A group that a change divides or puts together is started as a new one.
        """
        return _Waves(self.before.grouped(), after.grouped(), self.migration).run()


def describe_change(problem: Problem, migration: Migration) -> Change:
    """The way from the previous placement of a problem, for a deployment target."""
    assert problem.previous is not None
    models = served_models(problem)
    steps = tuple(replace(s, adapter=models.get(s.adapter, s.adapter)) for s in migration.steps)
    return Change(describe_deployment(problem, problem.previous), replace(migration, steps=steps))


class _Waves:
    """A migration while its steps are put together."""

    def __init__(self, before: Deployment, after: Deployment, migration: Migration) -> None:
        self._steps = migration.steps
        self._old = _groups(before)
        self._new = _groups(after)
        self._sizes = tuple(Counter(names.values()) for names in (self._old, self._new))
        restarted = {self._new[gpu] for gpu in migration.restarted}
        self._kept = (self._sizes[0].keys() & self._sizes[1].keys()) - restarted
        self._up = set(self._kept)
        self._going_on = set(migration.kept)
        self._moved = {gpu for gpu in migration.kept if self._new[gpu] in self._kept}
        self._after = after
        self._final = {g.name: {a.name for a in g.adapters} for g in after.groups}
        self._routes: dict[str, Mapping[str, float]] = dict(before.routes)
        self._held = {
            name: set(to) for name, to in before.routes.items() if name not in before.base
        }
        running = {gpu for shares in before.routes.values() for gpu in shares}
        self._left = Counter(self._old.get(gpu, gpu) for gpu in self._old.keys() | running)
        self._waves: list[Wave] = []

    def run(self) -> tuple[Wave, ...]:
        regrouped = self._divided(), self._larger()
        parts = _cut(self._steps) or [[]] * any(regrouped)
        for number, steps in enumerate(parts):
            first, last = number == 0, number == len(parts) - 1
            self._add_wave(steps, *(regrouped if first else ((), ())), last)
        return tuple(self._waves)

    def _divided(self) -> tuple[str, ...]:
        """New groups of engines that all go on: no step starts them."""
        started = {self._new[step.gpu] for step in self._steps if step.action == "start"}
        return tuple(
            name for name in dict.fromkeys(self._new.values()) if name not in started | self._kept
        )

    def _add_wave(
        self, steps: Sequence[Step], divided: Sequence[str], grow: tuple[str, ...], last: bool
    ) -> None:
        starts = [self._new[step.gpu] for step in steps if step.action == "start"]
        start = tuple(n for n in dict.fromkeys((*divided, *starts)) if n not in self._up)
        self._up.update(start)
        self._moved |= self._going_on | {step.gpu for step in steps if step.action == "start"}
        for group in start:
            self._hold((group, name) for name in self._final[group])
        load = self._changes(steps, "load")
        self._hold(load)
        for step in steps:
            if step.action == "route":
                self._routes |= self._by_group({step.adapter: step.shares})
        if last:
            self._routes = dict(self._after.routes)
        unload = self._changes(steps, "unload")
        stop = self._stopped(steps, last)
        for group, name in unload:
            self._held[name].discard(group)
        for groups in self._held.values():
            groups.difference_update(stop)
        self._waves.append(
            Wave(
                start=start,
                grow=grow,
                load=load,
                routes={name: to for name, to in sorted(self._routes.items()) if to},
                unload=unload,
                stop=stop,
                shrink=self._smaller() if last else (),
                held={name: tuple(sorted(to)) for name, to in sorted(self._held.items()) if to},
            )
        )

    def _hold(self, pairs: Iterable[tuple[str, str]]) -> None:
        for group, name in pairs:
            self._held.setdefault(name, set()).add(group)

    def _by_group(
        self, routes: Mapping[str, Mapping[str, float]]
    ) -> dict[str, Mapping[str, float]]:
        return dict(merge_routes(routes, {gpu: self._group(gpu) for gpu in self._gpus()}))

    def _gpus(self) -> set[str]:
        return self._old.keys() | self._new.keys()

    def _group(self, gpu: str) -> str:
        """Group that a GPU is in now."""
        return self._new[gpu] if gpu in self._moved else self._old.get(gpu, gpu)

    def _changes(self, steps: Sequence[Step], action: str) -> tuple[tuple[str, str], ...]:
        """Groups and adapters for which loading or unloading changes something."""
        pairs = dict.fromkeys(
            (self._group(step.gpu), step.adapter) for step in steps if step.action == action
        )
        held = action == "unload"
        return tuple(
            (group, name)
            for group, name in pairs
            if (group in self._held.get(name, ())) == held
            and not (held and name in self._final.get(group, ()))
        )

    def _stopped(self, steps: Sequence[Step], last: bool) -> tuple[str, ...]:
        """Groups of which no engine is left."""
        for step in steps:
            if step.action == "stop":
                self._left[self._old.get(step.gpu, step.gpu)] -= 1
        gone = {group for group, left in self._left.items() if left == 0}
        if last:
            gone |= self._left.keys() - self._kept - self._final.keys()
        for group in gone:
            del self._left[group]
        return tuple(sorted(gone))

    def _smaller(self) -> tuple[str, ...]:
        """Groups that go on with fewer engines than before."""
        before, after = self._sizes
        return tuple(sorted(name for name in self._kept if after[name] < before[name]))

    def _larger(self) -> tuple[str, ...]:
        """Groups that go on with more engines than before."""
        before, after = self._sizes
        return tuple(sorted(name for name in self._kept if after[name] > before[name]))


def _groups(deployment: Deployment) -> dict[str, str]:
    """Name of its group by GPU."""
    return {gpu: group.name for group in deployment.groups for gpu in group.gpus}


def _cut(steps: Sequence[Step]) -> list[list[Step]]:
    """Steps in waves: within one nothing is lost if all loads come first and all stops last."""
    waves: list[list[Step]] = []
    unloaded: set[tuple[str, str]] = set()
    for step in steps:
        again = step.action == "load" and (step.gpu, step.adapter) in unloaded
        late = step.action == "start" and waves and waves[-1][-1].action != "start"
        if not waves or again or late:
            waves.append([])
            unloaded = set()
        waves[-1].append(step)
        if step.action == "unload":
            unloaded.add((step.gpu, step.adapter))
    return waves
