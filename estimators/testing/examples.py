"""An imaginary GPU, and adapters, to try estimators on."""

from __future__ import annotations

from dataclasses import replace

from twin.gpu.adapter_load import AdapterLoad
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.kv_capacity import KvCapacityModel
from twin.gpu.profile import ServingProfile
from twin.gpu.step_time import StepTime
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength, LogNormalLength
from twin.workload.rank import BASE

__all__ = ["example_adapters", "example_base", "example_profile"]


def example_profile(name: str = "example", memory_gib: int = 64) -> ServingProfile:
    """An imaginary GPU with a model of the size of Llama-3.1-8B; 256 slots of rank 32 fit."""
    architecture = Architecture(
        num_layers=32,
        hidden_size=4096,
        num_heads=32,
        num_kv_heads=8,
        head_size=128,
        intermediate_size=14336,
        vocabulary=128256,
    )
    return ServingProfile(
        name=name,
        model="example-8b",
        gpu="example-gpu",
        engine_name="vllm",
        engine_version="0.8.5",
        scheduler="v1",
        max_model_len=4096,
        largest_rank=32,
        max_num_seqs=256,
        max_num_batched_tokens=2048,
        block_size=16,
        step_time=StepTime(
            base=0.0105,
            decode=4.4e-5,
            prefill_token=3e-5,
            kv_token=1e-8,
            adapter=1e-4,
            slot=1e-5,
        ),
        adapter_load=AdapterLoad(gpu=0.005, gpu_per_rank=0.0005),
        kv_capacity_model=KvCapacityModel(architecture, memory_gib << 30),
        price_per_hour=2.0,
        idle_watts=100.0,
        busy_watts=600.0,
    )


def example_adapters(
    number: int, rates: tuple[float, ...] = (0.4, 0.1), prefix: str = "adapter"
) -> tuple[Adapter, ...]:
    """Adapters of ranks 8, 16 and 32 with the given rates in turn, and two kinds of lengths."""
    lengths = (
        CopulaLengths(LogNormalLength(220, 250), LogNormalLength(180, 150)),
        CopulaLengths(FixedLength(100), FixedLength(50)),
    )
    return tuple(
        Adapter(
            f"{prefix}-{i:03d}",
            (8, 16, 32)[i % 3],
            rates[i // 3 % len(rates)],
            lengths[i // 2 % 2],
        )
        for i in range(number)
    )


def example_base(rate: float = 2.0, name: str = "base") -> Adapter:
    """Requests for the base model, of lengths that half of the example adapters have."""
    return replace(example_adapters(1, (rate,))[0], name=name, rank=BASE)
