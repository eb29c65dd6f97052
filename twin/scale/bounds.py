"""What bounds each term of the step time, and so how it changes from one GPU to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from twin.gpu.datasheet import Gpu
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.weights import weight_bytes

__all__ = ["TERM_BOUNDS", "Bound", "GpuRatios", "TermBound", "weight_seconds"]


class Bound(StrEnum):
    """What a kernel, or the host, needs most."""

    BANDWIDTH = "memory bandwidth"
    """Reading weights, KV cache or adapters."""
    COMPUTE = "tensor cores"
    """Products of large matrices."""
    PACE = "multiprocessors and clock"
    """Small kernels, which fill neither the memory bus nor the tensor cores."""
    HOST = "host"
    """Scheduling, launching kernels, copying from host memory: as on the measured machine."""


@dataclass(frozen=True, slots=True)
class GpuRatios:
    """Times on another GPU over those on the measured one, by what bounds them.

    Parameters
    ----------
    bandwidth, compute, pace : float
        Below 1 where the other GPU is faster.
    """

    bandwidth: float
    compute: float
    pace: float

    @classmethod
    def between(cls, measured: Gpu, other: Gpu) -> GpuRatios:
        """Ratios by the datasheets of two GPUs."""
        return cls(
            measured.memory_bandwidth / other.memory_bandwidth,
            measured.bf16_flops / other.bf16_flops,
            measured.num_sms * measured.boost_hz / (other.num_sms * other.boost_hz),
        )

    def of(self, bound: Bound) -> float:
        """Time over the measured one of what is bound like this."""
        if bound is Bound.HOST:
            return 1.0
        return {
            Bound.BANDWIDTH: self.bandwidth,
            Bound.COMPUTE: self.compute,
            Bound.PACE: self.pace,
        }[bound]

    def divided(self, share: float) -> GpuRatios:
        """Times where each of several GPUs reads and multiplies a share; kernels stay as many."""
        return replace(self, bandwidth=self.bandwidth * share, compute=self.compute * share)

    def mix(self, shares: Mapping[Bound, float]) -> float:
        """Time over the measured one of what is bound in parts by several things."""
        return sum(share * self.of(bound) for bound, share in shares.items())


@dataclass(frozen=True, slots=True)
class TermBound:
    """How one term scales.

    Parameters
    ----------
    shares : mapping of Bound to float
        The most plausible parts, which sum to 1.
    plausible : sequence of Bound
        What may bind all of it just as well, as far as the measurements tell.
    group : str
        Terms of a group are alike, so that they are wrong together.
    reason : str
    """

    shares: Mapping[Bound, float]
    plausible: Sequence[Bound]
    group: str
    reason: str


_BANDWIDTH, _COMPUTE, _PACE, _HOST = Bound
_EMPTY_BLOCKS = TermBound(
    {_PACE: 1.0}, (_PACE, _HOST, _BANDWIDTH), "LoRA", "blocks of threads started for empty slots"
)

TERM_BOUNDS: dict[str, TermBound] = {
    "decode": TermBound(
        {_BANDWIDTH: 2 / 3, _HOST: 1 / 3},
        (_BANDWIDTH, _COMPUTE, _HOST),
        "requests",
        "some 350 tokens of context are read for each request, of which the fit gives most to "
        "this term (65 ns a token at full bandwidth, kv_token has 12); the rest is scheduling",
    ),
    "prefill_token": TermBound(
        {_COMPUTE: 1.0}, (_COMPUTE, _PACE), "prompts", "3/4 of the tensor cores' peak is measured"
    ),
    "kv_token": TermBound({_BANDWIDTH: 1.0}, (_BANDWIDTH,), "requests", "KV cache that is read"),
    "eager": TermBound({_HOST: 1.0}, (_HOST, _PACE), "launches", "kernels launched one by one"),
    "scheduler_running": TermBound({_HOST: 1.0}, (_HOST,), "host", "Python on the CPU"),
    "scheduler_waiting": TermBound({_HOST: 1.0}, (_HOST,), "host", "Python on the CPU"),
    "scheduler_skipped": TermBound({_HOST: 1.0}, (_HOST,), "host", "Python on the CPU"),
    "lora": TermBound({_HOST: 1.0}, (_HOST, _PACE), "launches", "more kernels, and their tables"),
    "slot": _EMPTY_BLOCKS,
    "slot_rank": _EMPTY_BLOCKS,
    "decode_slot": _EMPTY_BLOCKS,
    "prefill_token_slot": _EMPTY_BLOCKS,
    "prefill_token_lora": TermBound(
        {_PACE: 1.0},
        (_PACE, _BANDWIDTH, _COMPUTE),
        "LoRA",
        "small products; ten times as slow as reading and writing the activations would be",
    ),
    "prefill_token_slot_rank": TermBound(
        {_PACE: 1.0}, (_PACE, _COMPUTE), "LoRA", "1/40 of the tensor cores' peak is measured"
    ),
    "adapter": TermBound(
        {_PACE: 1.0},
        (_PACE, _HOST, _BANDWIDTH),
        "LoRA",
        "small kernels for the tokens of each adapter, whatever its rank",
    ),
    "adapter_slot_rank": TermBound(
        {_BANDWIDTH: 1.0},
        (_BANDWIDTH, _PACE),
        "LoRA",
        "adapter that is read: 5.2 MB for each unit of the rank take 2.6 µs, 3.5 µs are measured",
    ),
    "adapter_rank": TermBound(
        {_BANDWIDTH: 1.0}, (_BANDWIDTH, _PACE), "LoRA", "adapter that is read"
    ),
    "adapter_prefill_token": TermBound(
        {_PACE: 1.0}, (_PACE, _COMPUTE), "LoRA", "small products for the tokens of each adapter"
    ),
    "eager_adapter": TermBound(
        {_HOST: 1.0}, (_HOST, _PACE), "launches", "kernels launched one by one"
    ),
    "prefill": TermBound(
        {_HOST: 1.0}, (_HOST, _PACE), "launches", "attention outside the graphs, and its tables"
    ),
    "adapter_few": TermBound(
        {_PACE: 1.0}, (_PACE, _BANDWIDTH), "LoRA", "small kernels, their work split otherwise"
    ),
    "adapter_narrow": TermBound(
        {_PACE: 1.0}, (_PACE, _BANDWIDTH), "LoRA", "rows that fill no tile are read one by one"
    ),
    "launch": TermBound({_HOST: 1.0}, (_HOST,), "launches", "kernels launched one by one"),
    "launch_lora": TermBound({_HOST: 1.0}, (_HOST,), "launches", "kernels launched one by one"),
}
"""Every term but ``base``, which `weight_seconds` splits, and those that are numbers of tokens."""


def weight_seconds(architecture: Architecture, gpu: Gpu, efficiency: float) -> float:
    """Seconds that a GPU needs to read the weights once, as every step does.

    The embedding of the input is not among them, as only the rows of the tokens are read.

    Parameters
    ----------
    efficiency : float
        Share of the datasheet's bandwidth that large products of matrix and vector reach.
    """
    embedding = architecture.vocabulary * architecture.hidden_size * architecture.dtype_bytes
    read = weight_bytes(architecture) - (0 if architecture.tied_embeddings else embedding)
    return read / (efficiency * gpu.memory_bandwidth)
