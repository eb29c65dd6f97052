"""Problem: what is to be placed, on what, and what counts as served."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from estimators.starvation import USUAL_RULE, StarvationRule
from placer.problem.fleet import GpuType
from placer.problem.gpu_pools import GpuPools
from placer.problem.latency_limits import USUAL_LIMITS, LatencyLimits
from placer.problem.placement import Placement
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
        if not self.fleet:
            raise InputError("fleet", "it has no GPU type", "give at least one")
        names = [gpu_type.profile.name for gpu_type in self.fleet]
        for name in names:
            if names.count(name) > 1:
                raise InputError("fleet", f"profile {name!r} appears twice", "add up the counts")
        self.pools.check()
        self._check_rules()
        if self.max_gpus is not None and self.max_gpus < 1:
            raise InputError("max_gpus", f"{self.max_gpus} is below 1", "1 or more, or null")
        self._check_engine_limits()
        self._check_changes()
        if not 0 <= self.max_starvation_probability <= 1:
            raise InputError(
                "max_starvation_probability",
                f"{self.max_starvation_probability!r} is not inside [0, 1]",
            )
        self._check_adapters()
        self._check_base()

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

    def _check_engine_limits(self) -> None:
        """Refuse limits on GPUs that no engine fits in, or that engines of unequal size share."""
        sizes = sorted({gpu_type.profile.gpus_per_engine for gpu_type in self.fleet})
        for key in ("max_gpus", "migration_gpus"):
            limit = getattr(self, key)
            if limit is None or not sizes:
                continue
            if len(sizes) > 1:
                raise InputError(
                    key,
                    f"engines of {' and '.join(map(str, sizes))} GPUs cannot share a limit",
                    "give each GPU type of the fleet a count",
                )
            if 1 <= limit < sizes[0]:
                problem = f"{limit} is too few for an engine of {sizes[0]} GPUs"
                raise InputError(key, problem, f"{sizes[0]} or more")

    def _check_changes(self) -> None:
        """Refuse limits of changes that are out of range, or without anything to change."""
        for key, least in (("move_cost", 0), ("max_moves", 0), ("migration_gpus", 1)):
            value = getattr(self, key)
            if value is None:
                continue
            if self.previous is None:
                raise InputError(key, "there is no previous placement", "give previous=FILE")
            if not (math.isfinite(value) and value >= least):
                raise InputError(key, f"{value!r} is not a number >= {least}")
        if self.previous is not None and self.migration_gpus is not None:
            number = len(self.previous.gpus)
            if self.migration_gpus < number:
                raise InputError(
                    "migration_gpus", f"{self.migration_gpus} is below the {number} that run now"
                )

    def _check_rules(self) -> None:
        rules = self.rules
        if not rules:
            return
        adapters = {adapter.name: adapter for adapter in self.workload.adapters}
        for name in rules.names:
            if name not in adapters:
                raise InputError("rules", f"there is no adapter {name!r} in the workload")
        for profile in rules.profiles.values():
            self.gpu_type(profile)
        known = self.pools.names
        for key, gpus in (("pinned", rules.pinned.values()), ("leave_out", rules.leave_out)):
            for gpu in gpus:
                if known is not None and gpu not in known:
                    raise InputError(
                        f"rules.{key}", f"there is no GPU {gpu!r}", f"accepted: {', '.join(known)}"
                    )
        if self.gpu_limit == 0:
            raise InputError("rules.leave_out", "no GPU is left")
        for names in rules.bundles:
            members = [adapters[name] for name in names]
            if all(self.refusals(gpu_type, members) for gpu_type in self.fleet):
                raise InputError("rules", f"no GPU type takes all of {', '.join(names)}")

    def _check_adapters(self) -> None:
        answers: dict[tuple[int, str, str | None, str | None], list[str]] = {}
        for adapter in self.workload.adapters:
            profile, gpu = self.rules.profile(adapter.name), self.rules.pinned.get(adapter.name)
            key = (adapter.rank, adapter.base_model, profile, gpu)
            if key not in answers:
                answers[key] = self._reasons(adapter)
            if len(answers[key]) == len(self.fleet):
                raise InputError(
                    f"adapter {adapter.name}",
                    "it fits on no GPU, even alone: " + "; ".join(answers[key]),
                    self._remedy(adapter),
                )

    def _check_base(self) -> None:
        """Refuse requests for base models that a router could not tell apart."""
        models = sorted({gpu_type.profile.model for gpu_type in self.fleet})
        known: dict[str, str] = {}
        for adapter in self.workload.adapters:
            if not adapter.is_base:
                continue
            if not adapter.base_model and len(models) > 1:
                raise InputError(
                    f"base model of {adapter.name}",
                    "which model its requests are for is not said",
                    f"base_model: {' or '.join(models)}",
                )
            model = adapter.base_model or models[0]
            if model in known:
                raise InputError(
                    "workload",
                    f"{known[model]!r} and {adapter.name!r} are both requests for {model}, which "
                    "no router tells apart",
                    "add them up",
                )
            known[model] = adapter.name

    def _remedy(self, adapter: Adapter) -> str:
        """What makes an adapter fit that fits on no GPU."""
        rank = self.rules.engine_rank(adapter.rank)
        text = "use another GPU type, or an adapter of smaller rank"
        for gpu_type in self.fleet:
            profile = gpu_type.profile
            if rank <= profile.largest_rank or profile.memory_error(gpu_type.engine_alone(rank)):
                continue
            wider = replace(gpu_type, profile=replace(profile, largest_rank=rank))
            if self.refusal(wider, adapter) is None:
                return (
                    f"{text}; or set largest_rank to {rank} in the profile (profile.largest_rank="
                    f"{rank}), which takes its costs beyond what was measured"
                )
        return text

    def _reasons(self, adapter: Adapter) -> list[str]:
        """Why GPU types cannot serve an adapter even alone, one reason for each that cannot."""
        reasons = []
        for gpu_type in self.fleet:
            profile = gpu_type.profile
            reason = self.refusal(gpu_type, adapter)
            if reason is None:
                rank = self.rules.engine_rank(adapter.rank)
                reason = profile.memory_error(gpu_type.engine_alone(rank))
            if reason is not None:
                reasons.append(reason)
        return reasons

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
        if rules.engine_rank(adapter.rank) > profile.largest_rank:
            return (
                f"max_lora_rank {rules.max_lora_rank} is above {profile.name}'s largest "
                f"({profile.largest_rank})"
            )
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
