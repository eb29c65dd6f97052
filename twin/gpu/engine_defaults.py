"""What vLLM takes where an option is not given: by its version, and by the GPU's memory and name.

Source: ``vllm/engine/arg_utils.py`` and ``vllm/config`` of 0.6.3, 0.6.6, 0.7.3, 0.8.4, 0.9 to
0.13, 0.15.1 to 0.22.1, 0.27 to 0.30 and 0.33; versions between have what those before them have.
"""

from __future__ import annotations

from dataclasses import dataclass

from twin.gpu.engine_version import release

__all__ = ["EngineDefaults", "engine_defaults", "takes_whole_prompts"]

_V1 = (0, 8, 0)
_BY_MEMORY = (0, 9, 0)
_LARGER_UTILIZATION = (0, 20, 0)
_LARGEST_TIER = (0, 28, 0)
_CHUNKS_LONG_MODELS = (0, 5, 4)
_LARGER_CHUNKS = (0, 6, 5)
_LONG = 32768  # tokens of max_model_len, beyond which V0 cuts prompts
_LARGE_GIB, _LARGEST_GIB = 70, 160


@dataclass(frozen=True, slots=True)
class EngineDefaults:
    """Options of an engine that was given none.

    Parameters
    ----------
    gpu_memory_utilization : float
        Share of the GPU's memory that the engine may take.
    max_num_seqs, max_num_batched_tokens : int
        Requests and tokens of the largest batch.
    """

    gpu_memory_utilization: float
    max_num_seqs: int
    max_num_batched_tokens: int


def engine_defaults(
    version: str,
    gpu_memory_gib: float,
    max_model_len: int,
    *,
    gpu_name: str = "",
    lora: bool = False,
    offline: bool = False,
) -> EngineDefaults:
    """Options that vLLM chooses.

    Parameters
    ----------
    version : str
        vLLM version.
    gpu_memory_gib : float
        Memory of the GPU that CUDA reports, in GiB.
    max_model_len : int
        Longest request in tokens; V0 takes whole prompts into a batch.
    gpu_name : str
        Name of the GPU: an A100 has the smaller batches, and 0.8 knows H100 and H200 by name only.
    lora : bool
        Whether LoRA is enabled: V0 then does not cut the prompts of long models.
    offline : bool
        ``vllm.LLM`` in place of the server.

    Raises
    ------
    InputError
        If the version cannot be read.
    """
    number, name = release(version), gpu_name.lower()
    utilization = 0.92 if number >= _LARGER_UTILIZATION else 0.9
    if number < _V1:
        tokens = 2048 if number >= _LARGER_CHUNKS else 512
        if takes_whole_prompts(version, max_model_len, lora=lora):
            tokens = max(max_model_len, 2048)
        return EngineDefaults(utilization, 256, tokens)
    if number < _BY_MEMORY:
        large = "h100" in name or "h200" in name or (not name and gpu_memory_gib >= _LARGE_GIB)
    else:
        large = gpu_memory_gib >= _LARGE_GIB and "a100" not in name
    if number >= _LARGEST_TIER and gpu_memory_gib >= _LARGEST_GIB:
        return EngineDefaults(utilization, 1024, 16384)
    if large:
        return EngineDefaults(utilization, 1024, 16384 if offline else 8192)
    return EngineDefaults(utilization, 256, 8192 if offline else 2048)


def takes_whole_prompts(version: str, max_model_len: int, *, lora: bool) -> bool:
    """Whether every prompt has to fit into a batch: V0 does not cut prompts of models up to 32k.

    Parameters
    ----------
    version : str
        vLLM version.
    max_model_len : int
        Longest request in tokens.
    lora : bool
        Whether LoRA is enabled.
    """
    number = release(version)
    cuts = max_model_len > _LONG and not lora and number >= _CHUNKS_LONG_MODELS
    return number < _V1 and not cuts
