"""How each vLLM version measures what it may give to the KV cache."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from twin.gpu.engine_version import release

__all__ = ["FLASHINFER_BYTES", "SORT_BYTES", "MemoryRules", "memory_rules"]

FLASHINFER_BYTES = 14.0
"""Bytes per logit at the peak of sampling with FlashInfer, or with vLLM's own Triton kernel: 16
and 32 bits, probabilities, and their copy or the noise of the draw."""
SORT_BYTES = 38.0
"""The same where PyTorch sorts the logits: 16 and 32 bits, sorted values (4), their places (8),
and 20 in between."""

# The code has it from 0.6.4 on; but public logs said to be of 0.6.3 grow with the tokens of a
# batch as the peak does (110 kB each for Llama-3.1-8B), and not as the segments do (122 kB).
_PEAK_COUNTS = (0, 6, 3)


@dataclass(frozen=True, slots=True)
class MemoryRules:
    """What an engine counts before it gives the rest to the KV cache.

    Parameters
    ----------
    v1 : bool
        The V1 engine, in which compiling the model takes memory, too.
    reserved : bool
        What PyTorch has *reserved* after the profile run counts, rather than the peak of what was
        *allocated* during it.
    whole_gpu : bool
        Everything else on the GPU counts as well: the context of CUDA, and what segments of
        tensors waste; else only what this engine added outside of PyTorch.
    cuda_graphs : bool
        The memory of CUDA graphs is estimated and counts.
    extra_vocabulary : int
        Rows that each adapter slot may add to the vocabulary (``--lora-extra-vocab-size``).
    expert_slots : bool
        Experts have adapter slots.
    copies_embedding_slots : bool
        A copy of the embeddings' slots stands beside the peak (measured with 0.22.1).
    sliding_cache : bool
        Layers with a sliding window have blocks of their own, and give back what is behind it.
    target_modules : bool
        ``--lora-target-modules`` is known.
    sampler_bytes : float
        Bytes per logit at the peak of sampling.
    sampler_by_image : bool
        They are those of vLLM's container images, which have FlashInfer; pip installs none.
    """

    v1: bool
    reserved: bool
    whole_gpu: bool
    cuda_graphs: bool
    extra_vocabulary: int
    expert_slots: bool
    copies_embedding_slots: bool
    sliding_cache: bool
    target_modules: bool
    sampler_bytes: float
    sampler_by_image: bool


@lru_cache(maxsize=256)
def memory_rules(version: str) -> MemoryRules:
    """Rules of a vLLM version.

    Read in ``Worker.determine_num_available_blocks`` (V0), ``Worker.determine_available_memory``
    (V1), ``vllm/lora/layers`` and ``TopKTopPSampler`` of the versions named in
    `twin.gpu.engine_defaults`.

    Raises
    ------
    InputError
        If the version cannot be read.
    """
    number = release(version)
    v1 = number >= (0, 8, 0)
    sorts = number < (0, 17, 0)
    # The 71 capacities of 0.8.5 in its image say FlashInfer, within 0.31 %; a public log of 0.8.4
    # on a small GPU is 2.6 % high with it and 1.2 % low with PyTorch's.
    in_image = v1 and number < (0, 12, 0)  # from 0.12 to 0.16 it has to be asked for
    return MemoryRules(
        v1=v1,
        reserved=number < _PEAK_COUNTS,
        whole_gpu=_PEAK_COUNTS <= number < (0, 6, 6) or (0, 8, 0) <= number < (0, 9, 1),
        cuda_graphs=number >= (0, 20, 0),
        extra_vocabulary=256 if number < (0, 12, 0) else 0,
        expert_slots=number >= (0, 12, 0),
        copies_embedding_slots=number >= (0, 20, 0),
        sliding_cache=number >= (0, 9, 1),
        target_modules=number >= (0, 19, 0),
        sampler_bytes=SORT_BYTES if sorts and not in_image else FLASHINFER_BYTES,
        sampler_by_image=in_image,
    )
