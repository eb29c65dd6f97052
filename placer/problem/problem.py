"""Problem: what is to be placed, on what, and what counts as served."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from estimators.starvation import USUAL_RULE, StarvationRule
from placer.problem.fleet import GpuType
from placer.problem.gpu_pools import GpuPools
from placer.problem.latency_limits import USUAL_LIMITS, LatencyLimits
from placer.problem.placement import Placement
from placer.problem.problem_checks import check_problem
from placer.problem.rules import Rules
from placer.problem.running_engines import RunningEngines
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import read_profile
from twin.sources.adapter_file import read_adapters
from twin.sources.rate_sanity import RateUnit
from twin.sources.sharegpt import sharegpt_model
from twin.workload.adapter import Adapter
from twin.workload.adapter_name import check_adapter_name
from twin.workload.workload import Workload

__all__ = ["Problem"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A workload to be placed on a fleet.

    Parameters
    ----------
    workload : Workload
        Adapters with their traffic.
    fleet : tuple of GpuType
        GPU types that may be used, with distinct profile names.
    max_gpus : int or None
        Largest number of GPUs of all types together, of those with several GPUs to an engine each
        of them; None for no limit beside the types' counts.
    starvation : StarvationRule
        When a GPU starves; what the estimator is asked with.
    max_starvation_probability : float
        Largest probability of starving that a GPU may have, in [0, 1].
    rules : Rules
        What a placement has to keep to beside that.
    latency_limits : LatencyLimits
        What reports hold every GPU against, whatever the objective.
    previous : Placement or None
        What is running now, where a placement is to be replaced; `placer.solve.solve` keeps of it
        what it can.
    move_cost : float or None
        What an adapter costs that has to be loaded on a GPU on which it is not now, in the unit of
        the objective's first component: 0.02 means that 50 moves are worth a GPU. None: nothing
        where that is a number of GPUs or their rent, or where ``max_moves`` is given, and else as
        `placer.replanning.price.price_moves` says. In any case the one with the fewest moves is
        best of the placements with the same first component.
    max_moves : int or None
        Largest number of such adapters; None for any.
    migration_gpus : int or None
        Largest number of GPUs that run at once while the previous placement is replaced; None for
        as many as there may be.

    Attributes
    ----------
    running : RunningEngines or None
        The engines of the previous placement.

    Raises
    ------
    InputError
        If a value is out of range, an adapter fits on no GPU type even alone, or a rule names
        something that does not exist.
    """

    workload: Workload
    fleet: tuple[GpuType, ...]
    max_gpus: int | None = None
    starvation: StarvationRule = USUAL_RULE
    max_starvation_probability: float = 0.05
    rules: Rules = field(default_factory=Rules)
    latency_limits: LatencyLimits = USUAL_LIMITS
    previous: Placement | None = None
    move_cost: float | None = None
    max_moves: int | None = None
    migration_gpus: int | None = None
    running: RunningEngines | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if self.previous is not None:
            for name in self.previous.total_shares():
                check_adapter_name(name, "previous placement, adapter name")
            adapters = self.workload.adapters
            running = RunningEngines(
                self.previous,
                [adapter.name for adapter in adapters if not adapter.is_base],
                self.rules.leave_out,
                self.rules.max_lora_rank,
                [adapter.name for adapter in adapters if adapter.is_base],
            )
            object.__setattr__(self, "running", running)
        check_problem(self)

    @classmethod
    def from_adapters_csv(
        cls,
        path: Path | str,
        profile: str | Path | ServingProfile,
        *,
        max_gpus: int | None = None,
        starvation_threshold: float = USUAL_RULE.threshold,
        adapters_starve: bool = USUAL_RULE.adapters_starve,
        sustained: bool = USUAL_RULE.sustained,
        max_starvation_probability: float = 0.05,
        rate_unit: RateUnit | None = None,
    ) -> Problem:
        """Place the adapters of a file on any number of GPUs of one type.

        Parameters
        ----------
        path : Path or str
            File as `twin.sources.adapter_file.read_adapters` takes it, with its defaults;
            ShareGPT's lengths are in the tokens of the profile's model.
        profile : str, Path or ServingProfile
            Name of a profile that comes with the product, a profile's YAML file, or a profile.
        max_gpus, max_starvation_probability
            As for the class.
        starvation_threshold, adapters_starve, sustained
            The `StarvationRule`.
        rate_unit : {"s", "min", "h"} or None
            Time in which the file counts requests; None for seconds, if the rates can be that.

        Raises
        ------
        InputError
            If the file, the profile or a value cannot be accepted.
        """
        if not isinstance(profile, ServingProfile):
            profile = read_profile(profile)
        return cls(
            read_adapters(path, rate_unit=rate_unit, model=sharegpt_model(profile.model)),
            (GpuType(profile),),
            max_gpus,
            StarvationRule(starvation_threshold, adapters_starve, sustained),
            max_starvation_probability,
        )

    def refusal(self, gpu_type: GpuType, adapter: Adapter) -> str | None:
        """Why no GPU of a type may serve an adapter at all, or None where one may."""
        profile, rules = gpu_type.profile, self.rules
        reason = gpu_type.refusal(adapter)
        if reason is not None or not rules:
            return reason
        wanted = rules.profile(adapter.name)
        if wanted is not None and wanted != profile.name:
            return f"{adapter.name} has to be on {wanted}"
        gpu = rules.pinned.get(adapter.name)
        if gpu is not None and gpu not in (self.pools.names_of(gpu_type) or (gpu,)):
            return f"{adapter.name} has to be on {gpu}, which is no {profile.name}"
        return None

    def refusals(self, gpu_type: GpuType, adapters: Iterable[Adapter]) -> list[str]:
        """Why no GPU of a type may serve some adapters together."""
        reasons = (self.refusal(gpu_type, adapter) for adapter in adapters)
        return [reason for reason in reasons if reason is not None]

    @property
    def pools(self) -> GpuPools:
        """The GPUs that may be used."""
        return GpuPools(self.fleet, frozenset(self.rules.leave_out))

    def num_gpus(self, profiles: Iterable[str]) -> int:
        """GPUs that engines of these profiles take."""
        sizes = {t.profile.name: t.profile.gpus_per_engine for t in self.fleet}
        return sum(sizes[name] for name in profiles)

    @property
    def max_engines(self) -> int | None:
        """Engines that `max_gpus` is enough for; None where there is no limit."""
        return self._engines(self.max_gpus)

    def _engines(self, gpus: int | None) -> int | None:
        return None if gpus is None else gpus // self.fleet[0].profile.gpus_per_engine

    @property
    def gpu_limit(self) -> int | None:
        """Largest number of engines, from all limits and the counts; None where there is none."""
        limits = (self.max_engines, self._engines(self.migration_gpus), self.pools.total)
        return min((limit for limit in limits if limit is not None), default=None)

    def available(self, used: Sequence[str]) -> tuple[GpuType, ...]:
        """GPU types of which there is one more beside GPUs in use.

        Parameters
        ----------
        used : sequence of str
            Profile of each GPU in use.
        """
        for limit in (self.max_engines, self._engines(self.migration_gpus)):
            if limit is not None and len(used) >= limit:
                return ()
        return self.pools.available(used)

    def gpu_type(self, profile_name: str) -> GpuType:
        """GPU type by the name of its profile.

        Raises
        ------
        InputError
            If the fleet has none of this name.
        """
        for gpu_type in self.fleet:
            if gpu_type.profile.name == profile_name:
                return gpu_type
        known = ", ".join(gpu_type.profile.name for gpu_type in self.fleet)
        raise InputError("profile", f"{profile_name!r} is not in the fleet", f"accepted: {known}")
