"""Deployment: engines with their options and adapters, and who answers for a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from placer.deploy.vllm_command import memory_options, serve_arguments
from placer.problem.placement import Placement
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.problem.routing_table import route_adapters, served_models
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile
from twin.workload.adapter_name import adapter_folder, check_adapter_name, check_adapter_path

__all__ = ["Deployment", "EngineGroup", "ServedAdapter", "describe_deployment", "doubts"]


@dataclass(frozen=True, slots=True)
class ServedAdapter:
    """An adapter as engines load it.

    Parameters
    ----------
    name : str
        What requests name as their model.
    path : str
        Folder or repository; empty for the folder of its name where all adapters are.
    rank : int

    Raises
    ------
    InputError
        If the name or the path is one that vLLM cannot take.
    """

    name: str
    path: str = ""
    rank: int = 0

    def __post_init__(self) -> None:
        check_adapter_name(self.name)
        check_adapter_path(self.path)

    def below(self, place: str) -> str:
        """Where it is if adapters without a path are below a folder or an address."""
        return self.path or f"{place.rstrip('/')}/{adapter_folder(self.name)}"


@dataclass(frozen=True, slots=True)
class EngineGroup:
    """Equal engines: the same model, options, adapters and shares of their traffic.

    Parameters
    ----------
    name : str
        Of the group.
    gpus : tuple of str
        Names of their GPUs in the placement, one for each engine.
    profile : ServingProfile
    config : EngineConfig
    adapters : tuple of ServedAdapter
        Sorted by name.
    base : str
        What requests for the base model name that come here; empty where none do.
    """

    name: str
    gpus: tuple[str, ...]
    profile: ServingProfile
    config: EngineConfig
    adapters: tuple[ServedAdapter, ...]
    base: str = ""

    @property
    def model(self) -> str:
        """Path or repository of the base model."""
        return self.profile.model_id or self.profile.model

    @property
    def image(self) -> str:
        """vLLM's own image of the version that was simulated."""
        return f"vllm/vllm-openai:v{self.profile.engine_version}"

    @property
    def options(self) -> list[str]:
        """Options of ``vllm serve`` as simulated, without model, port and adapters."""
        memory = self.profile.kv_capacity_model
        return serve_arguments(
            self.config,
            [adapter.name for adapter in self.adapters],
            self.profile.max_model_len,
            memory.utilization,
        ) + memory_options(memory, self.config.max_loras > 0)

    @property
    def title(self) -> str:
        """Its GPUs and what they serve, in words."""
        size, number = self.profile.gpus_per_engine, len(self.adapters)
        gpu = self.profile.gpu if size == 1 else f"{size} x {self.profile.gpu}"
        several = "s" * (number != 1)
        adapters = [f"{number} adapter{several}"] if number or not self.base else []
        served = " and ".join([*adapters, *(["the base model"] if self.base else [])])
        return f"{', '.join(self.gpus)}: {gpu}, {served}"


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment target is given of a placement.

    Parameters
    ----------
    groups : tuple of EngineGroup
        In order of the placement; of one engine each unless they were `grouped`.
    routes : mapping of str to mapping of str to float
        By what requests name as their model, sorted, the share that each group answers.
    base : tuple of str
        Those of these names that are base models' and not adapters'.
    warnings : tuple of str
        What its user has to know first, in words; nothing where the placement is verified.
    """

    groups: tuple[EngineGroup, ...]
    routes: Mapping[str, Mapping[str, float]]
    base: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def adapters(self) -> dict[str, ServedAdapter]:
        """All adapters by name, sorted."""
        found = {adapter.name: adapter for group in self.groups for adapter in group.adapters}
        return dict(sorted(found.items()))

    def grouped(self) -> Deployment:
        """The same with equal engines in one group, which divides its traffic evenly.

        Engines are equal if profile, configuration, adapters and shares are. A group is named by
        its first GPU and its engine, so that groups of one name have the same engine.
        """
        equal: dict[object, list[EngineGroup]] = {}
        for group in sorted(self.groups, key=lambda group: group.name):
            equal.setdefault(self._key(group), []).append(group)
        groups = [
            replace(
                members[0],
                name=f"{members[0].name}-{_engine_id(members[0])}",
                gpus=tuple(member.name for member in members),
            )
            for members in equal.values()
        ]
        names = {gpu: group.name for group in groups for gpu in group.gpus}
        return replace(self, groups=tuple(groups), routes=merge_routes(self.routes, names))

    def _key(self, group: EngineGroup) -> object:
        """What has to be equal of equal engines."""
        shares = [(name, to[group.name]) for name, to in self.routes.items() if group.name in to]
        return group.profile.name, group.config, tuple(shares)


def _engine_id(group: EngineGroup) -> str:
    """What tells an engine from those of other configurations, in six letters."""
    return sha256(f"{group.profile.name} {group.config}".encode()).hexdigest()[:6]


def merge_routes(
    routes: Mapping[str, Mapping[str, float]], names: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    """Routes to GPUs as routes to their groups, by the GPUs' names; others stay as they are."""
    merged: dict[str, dict[str, float]] = {}
    for model, shares in routes.items():
        to = merged.setdefault(model, {})
        for gpu, share in shares.items():
            group = names.get(gpu, gpu)
            to[group] = to.get(group, 0.0) + share
    return merged


def describe_deployment(
    problem: Problem, placement: Placement, warnings: Sequence[str] = ()
) -> Deployment:
    """What a deployment target is given of a placement.

    Parameters
    ----------
    problem : Problem
        Has the profiles of the GPUs, and where adapters are.
    placement : Placement
        GPUs of profiles that the fleet does not have, as a previous one may have, are left out of
        the groups.
    warnings : sequence of str
        As `doubts` gives them.

    Raises
    ------
    InputError
        If an adapter has a name or a path that vLLM cannot take.
    """
    models, adapters = served_models(problem), problem.workload.by_name
    profiles = {gpu_type.profile.name: gpu_type.profile for gpu_type in problem.fleet}

    def served(name: str) -> ServedAdapter:
        adapter = adapters.get(name)
        return ServedAdapter(name, adapter.path, adapter.rank) if adapter else ServedAdapter(name)

    groups = []
    for gpu, plan in zip(placement.names, placement.gpus, strict=True):
        if plan.profile_name not in profiles:
            continue
        names = [name for name, _ in plan.shares]
        groups.append(
            EngineGroup(
                gpu,
                (gpu,),
                profiles[plan.profile_name],
                plan.config,
                tuple(served(n) for n in names if n not in models and n not in placement.base),
                next((models[name] for name in names if name in models), ""),
            )
        )
    routes = {models.get(name, name): to for name, to in route_adapters(placement).items()}
    base = {models.get(name, name) for name in (*placement.base, *models)} & routes.keys()
    return Deployment(
        tuple(groups), dict(sorted(routes.items())), tuple(sorted(base)), tuple(warnings)
    )


def doubts(result: Result) -> list[str]:
    """Why nobody should rely on a placement yet, in words; nothing where it is verified."""
    if result.verified:
        return []
    names, checked = result.placement.names, result.verification
    if checked is None:
        return ["NOT verified: no simulation with other seeds has checked this placement."]
    untested = ", ".join(names[i] for i in checked.untested)
    if checked.passed and untested:
        return [f"NOT verified in full: too few requests arrive to tell at {untested}."]
    return ["NOT verified: the simulation with other seeds found GPUs that do not serve."]
