"""The running fleet while it migrates: engines, what they hold, and who is served where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.problem.routing_table import route_adapters

__all__ = ["RunningFleet"]


class RunningFleet:
    """What runs at a moment between two placements.

    Parameters
    ----------
    problem : Problem
        Says how many GPUs there are, and which adapters a GPU may hold.
    before, after : Placement

    Attributes
    ----------
    kept : tuple of str
        GPUs that have the same profile and engine configuration in both placements.
    running : dict of str to GpuPlan
        Engine of each GPU that runs; of its plan only the engine counts.
    up : set of str
        GPUs whose engine is that of the new placement.
    holds : dict of str to set of str
        Adapters that each engine has loaded. Requests for the base model are none of them: every
        engine of that model answers them.
    routes : dict of str to dict of str to float
        Share of its requests by GPU, for each adapter that is served.
    """

    def __init__(self, problem: Problem, before: Placement, after: Placement) -> None:
        self._problem = problem
        self._adapters = problem.workload.by_name
        self._base = {name for name, adapter in self._adapters.items() if adapter.is_base}
        self._base |= set(before.base) - self._adapters.keys()  # what is served no more
        self._new = dict(zip(after.names, after.gpus, strict=True))
        self.running: dict[str, GpuPlan] = dict(zip(before.names, before.gpus, strict=True))
        self.kept = tuple(
            gpu
            for gpu, plan in self._new.items()
            if gpu in self.running and _engine(self.running[gpu]) == _engine(plan)
        )
        self.up = set(self.kept)
        self.holds = {gpu: self.adapters([plan]) for gpu, plan in self.running.items()}
        self.routes = {name: dict(shares) for name, shares in route_adapters(before).items()}
        self._served: dict[str, set[str]] = {gpu: set() for gpu in self.running}
        for name, shares in self.routes.items():
            for gpu in shares:
                self._served[gpu].add(name)

    def is_base(self, name: str) -> bool:
        """Whether a name stands for requests for a base model."""
        return name in self._base

    def adapters(self, plans: Iterable[GpuPlan]) -> set[str]:
        """Names of the adapters that some GPUs have to have loaded."""
        return {name for p in plans for name, _ in p.shares if not self.is_base(name)}

    def startable(self, without: str | None = None) -> list[str]:
        """New engines that can be started now, or could if one of those that run were stopped."""
        left_out = self._problem.rules.leave_out
        running = {gpu: plan for gpu, plan in self.running.items() if gpu != without}
        most = self._problem.migration_gpus
        if most is not None and len(running) >= most:
            return []
        used = [plan.profile_name for gpu, plan in running.items() if gpu not in left_out]
        free = {gpu_type.profile.name for gpu_type in self._problem.available(used)}
        return [
            gpu
            for gpu, plan in self._new.items()
            if gpu not in running and plan.profile_name in free
        ]

    def leaving(self) -> list[str]:
        """GPUs whose engine is not part of the new placement."""
        return [gpu for gpu in self.running if gpu not in self.up]

    def served_by(self, gpu: str) -> list[str]:
        """Adapters whose requests go to a GPU, sorted."""
        return sorted(self._served[gpu])

    def holders(self, adapter: str) -> list[str]:
        """GPUs that have an adapter loaded."""
        return [gpu for gpu, names in self.holds.items() if adapter in names]

    def shelter(self, adapter: str, leaving: str) -> str | None:
        """A GPU that can hold an adapter for a while when one is stopped, or None.

        The engine has to be made for its rank and base model, and the rules must not keep it from
        what the GPU holds. Those that go on come first, then those with few adapters.
        """
        ordered = sorted(
            self.running, key=lambda gpu: (gpu not in self.up, len(self.holds[gpu]), gpu)
        )
        possible = (gpu for gpu in ordered if gpu != leaving and self._can_hold(gpu, adapter))
        return next(possible, None)

    def _can_hold(self, gpu: str, name: str) -> bool:
        rules, adapter, plan = self._problem.rules, self._adapters[name], self.running[gpu]
        types = [t for t in self._problem.fleet if t.profile.name == plan.profile_name]
        return (
            bool(types)
            and gpu not in rules.leave_out
            and types[0].refusal(adapter) is None
            and adapter.rank <= plan.config.largest_rank
            and not (rules and any(rules.conflict(name, other) for other in self.holds[gpu]))
        )

    def start(self, gpu: str) -> None:
        """Start the new engine of a GPU, with all its adapters."""
        plan = self._new[gpu]
        self.running[gpu] = plan
        self.holds[gpu] = self.adapters([plan])
        self._served[gpu] = set()
        self.up.add(gpu)

    def stop(self, gpu: str) -> None:
        """Stop an engine to which no requests go."""
        del self.running[gpu], self.holds[gpu], self._served[gpu]

    def route(self, adapter: str, shares: Mapping[str, float]) -> None:
        """Send an adapter's requests elsewhere, or nowhere."""
        for gpu in self.routes.pop(adapter, {}):
            self._served[gpu].discard(adapter)
        if shares:
            self.routes[adapter] = dict(shares)
        for gpu in shares:
            self._served[gpu].add(adapter)


def _engine(plan: GpuPlan) -> object:
    """What has to be the same for an engine to go on."""
    return plan.profile_name, plan.config
