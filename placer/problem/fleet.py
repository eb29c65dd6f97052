"""Fleet: the GPU types that may be used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from placer.problem.placement import check_gpu_name
from twin.files.errors import InputError
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile
from twin.workload.adapter import Adapter
from twin.workload.rank import BASE, slot_rank

__all__ = ["GpuType"]


@dataclass(frozen=True, slots=True)
class GpuType:
    """One GPU type, and how many of it there are.

    Parameters
    ----------
    profile : ServingProfile
        Costs of the model on this GPU.
    count : int or None
        How many GPUs there may be; None for as many as needed, or as many as the names say.
    pool : str
        GPUs that several types share: the same GPUs with another base model are another type of
        the same pool. Types of a pool have the same count and names. Empty for GPUs that are this
        type's alone.
    names : tuple of str
        Names of the GPUs, as many as the count says; empty for ``gpu-00``, ``gpu-01`` and so on.
        Where an engine takes several GPUs, a name is that of all of them.
    max_num_seqs : int or None
        Requests that engines run at a time; None for as many as the profile was measured with.

    Raises
    ------
    InputError
        If the count is below the GPUs of an engine, or not the number of names, or a name appears
        twice or is no file name; or if vLLM refuses so many requests at a time.
    """

    profile: ServingProfile
    count: int | None = None
    pool: str = ""
    names: tuple[str, ...] = ()
    max_num_seqs: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))
        for name in self.names:
            check_gpu_name(name, f"names of GPU type {self.profile.name}")
        if self.names:
            if self.count not in (None, len(self.names) * self.profile.gpus_per_engine):
                raise InputError(
                    f"count of GPU type {self.profile.name}",
                    f"{self.count} is not the number of names ({len(self.names)})"
                    + self._times_gpus(),
                )
            if len(set(self.names)) < len(self.names):
                raise InputError(
                    f"names of GPU type {self.profile.name}", "one of them appears twice"
                )
            object.__setattr__(self, "count", len(self.names) * self.profile.gpus_per_engine)
        if self.max_num_seqs is not None:
            _with_limit(self.engine_alone(BASE), self.max_num_seqs)  # refuses what vLLM does
        least = self.profile.gpus_per_engine
        if self.count is not None and self.count < least:
            raise InputError(
                f"count of GPU type {self.profile.name}",
                f"{self.count} is below {least}",
                f"{least} or more" + (", for one engine" if least > 1 else ""),
            )

    @property
    def engines(self) -> int | None:
        """Engines that the GPUs are enough for; None for as many as needed."""
        return None if self.count is None else self.count // self.profile.gpus_per_engine

    def _times_gpus(self) -> str:
        number = self.profile.gpus_per_engine
        return f" times the GPUs of an engine ({number})" if number > 1 else ""

    def engine_config(self, max_loras: int, max_lora_rank: int) -> EngineConfig:
        """How an engine with these slots is started.

        Raises
        ------
        InputError
            If vLLM refuses the combination.
        """
        config = self.profile.engine_config(max_loras, max_lora_rank)
        return config if self.max_num_seqs is None else _with_limit(config, self.max_num_seqs)

    def engine_alone(self, rank: int) -> EngineConfig:
        """Engine with one slot for an adapter of some rank; without LoRA for the base model."""
        return self.engine_config(int(rank != BASE), slot_rank(rank))

    def refusal(self, adapter: Adapter) -> str | None:
        """Why no engine of this type can serve an adapter at all, or None where one can."""
        profile = self.profile
        if adapter.base_model and adapter.base_model != profile.model:
            return f"{profile.name} serves {profile.model}, not {adapter.base_model}"
        return None


@lru_cache(maxsize=1 << 12, typed=True)
def _with_limit(config: EngineConfig, max_num_seqs: int) -> EngineConfig:
    """The engine with another limit: a search asks for the same ones again and again."""
    most = config.max_num_batched_tokens
    if max_num_seqs > most:
        problem = f"{max_num_seqs} is above the max_num_batched_tokens of the profile ({most})"
        raise InputError("max_num_seqs", problem, f"up to {most}")
    return replace(config, max_num_seqs=max_num_seqs)
