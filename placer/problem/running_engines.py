"""Running engines: the previous placement, as far as it matters for the next one."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from placer.problem.placement import GpuPlan, Placement
from twin.gpu.engine_config import EngineConfig

__all__ = ["RunningEngines"]

_OF_BASE = 0.5  # of an adapter, that all base models together are worth


class RunningEngines:
    """Engines of the previous placement, and which of the adapters to be placed they hold.

    Requests for the base model are held by no engine: any can answer them, without a load.

    Parameters
    ----------
    placement : Placement
        What is running now.
    wanted : collection of str
        Names of the adapters that are to be placed.
    left_out : collection of str
        Names of GPUs that must not be used any more.
    min_lora_rank : int
        Engines of a smaller ``max_lora_rank`` do not go on, but for those without LoRA.
    base : collection of str
        Names of the requests for base models that are to be placed.

    Attributes
    ----------
    names : tuple of str
        Names of the GPUs.
    plans : tuple of GpuPlan
        What runs on each.
    homes : dict of str to tuple of int
        Positions of the engines that hold an adapter, for those that any holds.
    sizes : tuple of int
        Number of adapters to be placed on each engine.
    """

    def __init__(
        self,
        placement: Placement,
        wanted: Collection[str],
        left_out: Collection[str] = (),
        min_lora_rank: int = 1,
        base: Collection[str] = (),
    ) -> None:
        wanted = frozenset(wanted)
        self._base = frozenset(base)
        self.names = placement.names
        self.plans: tuple[GpuPlan, ...] = placement.gpus
        self._may_go_on = [
            name not in left_out and plan.config.largest_rank not in range(1, min_lora_rank)
            for name, plan in zip(self.names, self.plans, strict=True)
        ]
        homes: dict[str, list[int]] = {}
        for index, plan in enumerate(self.plans):
            for name, _ in plan.shares:
                if name in wanted:
                    homes.setdefault(name, []).append(index)
        self.homes = {name: tuple(engines) for name, engines in homes.items()}
        self.sizes = tuple(sum(name in wanted for name, _ in plan.shares) for plan in self.plans)

    def engines(self, profile_name: str, config: EngineConfig | None = None) -> list[int]:
        """Positions of the engines that a GPU can go on with without a restart.

        Without a configuration, those that have any.
        """
        return [
            index
            for index, plan in enumerate(self.plans)
            if self._may_go_on[index]
            and plan.profile_name == profile_name
            and config in (None, plan.config)
        ]

    def max_loras(self, profile_name: str) -> set[int]:
        """Slots of the engines of a profile."""
        return {plan.config.max_loras for plan in self.plans if plan.profile_name == profile_name}

    def max_num_seqs(self, profile_name: str) -> set[int]:
        """Requests at a time of the engines of a profile."""
        return {p.config.max_num_seqs for p in self.plans if p.profile_name == profile_name}

    def moves(self, plan: GpuPlan) -> int:
        """Adapters of a GPU that have to be loaded there and are elsewhere now; see `Churn`."""
        names = [name for name, _ in plan.shares if name in self.homes]
        most = 0
        for index in self.engines(plan.profile_name, plan.config):
            kept = self.kept(index, names)
            known = plan.name == self.names[index] if plan.name else 2 * kept > self.sizes[index]
            if known:
                most = max(most, kept)
        return len(names) - most

    def total_moves(self, plans: Iterable[GpuPlan]) -> int:
        """Adapters of all GPUs that have to be loaded there and are elsewhere now."""
        return sum(map(self.moves, plans))

    def common(self, index: int, names: Collection[str]) -> float:
        """How much of some adapters and base models an engine serves now: one for each adapter.

        Less than one for base models, which are worth an engine only where nothing else is.
        """
        served = {name for name, _ in self.plans[index].shares} & self._base
        base = sum(name in served for name in names)
        return self.kept(index, names) + _OF_BASE * base / max(1, len(self._base))

    def kept(self, index: int, names: Iterable[str]) -> int:
        """How many of some adapters an engine holds."""
        return sum(index in self.homes.get(name, ()) for name in names)
