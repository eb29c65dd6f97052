"""How vLLM's scheduler and LoRA kernels work, by version."""

from __future__ import annotations

from dataclasses import dataclass

from twin.gpu.engine_version import release

__all__ = ["EngineSemantics", "engine_semantics"]

_V1 = (0, 8, 0)
_GRAPHS_WITHOUT_LORA = (0, 11, 1)
_PLANS_AHEAD = (0, 14, 0)
_READ = (0, 33, 0)


@dataclass(frozen=True, slots=True)
class EngineSemantics:
    """What a profile says of an engine beside its costs.

    Parameters
    ----------
    scheduler : str
        ``"v1"`` or ``"v0"``.
    async_scheduling, hold_slots, reserve_prompts : bool
        As `twin.gpu.profile.ServingProfile` has them.
    lora_always : bool
        As `twin.gpu.step_time.StepTime` has it.
    """

    scheduler: str
    async_scheduling: bool
    hold_slots: bool
    reserve_prompts: bool
    lora_always: bool


def engine_semantics(version: str) -> EngineSemantics:
    """What a vLLM version does.

    From 0.8 on the V1 scheduler is the default, from 0.11.1 on CUDA graphs are captured without
    LoRA too, from 0.14 on steps are planned ahead. That running requests hold their slots and that
    whole prompts are reserved was read in the code of 0.33.0; 0.22.1 was measured and does not
    hold slots, and versions between them count as it does.

    Parameters
    ----------
    version : str
        vLLM version.

    Raises
    ------
    InputError
        If the version cannot be read.
    """
    number = release(version)
    return EngineSemantics(
        scheduler="v1" if number >= _V1 else "v0",
        async_scheduling=number >= _PLANS_AHEAD,
        hold_slots=number >= _READ,
        reserve_prompts=number >= _READ,
        lora_always=number < _GRAPHS_WITHOUT_LORA,
    )
