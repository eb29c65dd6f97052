"""Batch limits: how many requests at a time an engine's KV cache is best used with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile
from twin.workload.adapter import Adapter

__all__ = ["batch_limits", "requests_in_memory"]

_PARTS = 0.5, 0.6, 0.7, 0.8, 0.9, 1.0  # of the requests that fill the KV cache in the mean


def requests_in_memory(
    profile: ServingProfile, config: EngineConfig, adapters: Sequence[Adapter]
) -> float:
    """Requests at a time that fill an engine's KV cache in the mean.

    A request takes memory while it is in a batch, which is as many steps as its prompt has parts
    of ``max_num_batched_tokens``, and one for each output token: from nothing up to its prompt in
    the first ones, and on to its whole length in the others. Prompts and outputs are taken as
    independent.

    Parameters
    ----------
    profile : ServingProfile
    config : EngineConfig
    adapters : sequence of Adapter
        Whose requests they are.
    """
    rates: dict[int, float] = defaultdict(float)
    kinds = {id(adapter.lengths): adapter.lengths for adapter in adapters}
    for adapter in adapters:
        rates[id(adapter.lengths)] += adapter.rate
    steps, memory = 0.0, 0.0  # per second: in batches, and tokens kept over all of them
    for kind, lengths in kinds.items():
        prompt, output = lengths.prompt_mean, lengths.output_mean
        parts = prompt / config.max_num_batched_tokens
        square = prompt**2 + lengths.prompt_std**2
        kept = square / config.max_num_batched_tokens / 2 + parts * output  # while prefilling
        kept += prompt * output + (output**2 + lengths.output_std**2) / 2
        steps += rates[kind] * (parts + output)
        memory += rates[kind] * kept
    return profile.kv_tokens(config) * steps / memory


def batch_limits(
    profile: ServingProfile, config: EngineConfig, adapters: Sequence[Adapter]
) -> list[EngineConfig]:
    """An engine, and the same with ``max_num_seqs`` that its KV cache holds.

    An engine admits requests as long as their prompts find room. Where these take most of the
    memory, outputs then grow into memory that is not there, and requests are preempted and begin
    anew: an engine of few requests at a time may serve twice as much. Of prompts that are all
    about equally long it serves most with 0.8 to 1.0 times as many as are held in the mean, of
    prompts of which some are several times as long with half as many. Of short prompts it serves
    most with more requests than are held.

    Parameters
    ----------
    profile : ServingProfile
    config : EngineConfig
    adapters : sequence of Adapter
        Whose requests it gets.

    Returns
    -------
    list of EngineConfig
        The engine itself first; further ones only where they run fewer requests at a time.
    """
    held = requests_in_memory(profile, config, adapters)
    limits = sorted({max(1, round(part * held)) for part in _PARTS})
    return [config, *(replace(config, max_num_seqs=n) for n in limits if n < config.max_num_seqs)]
