"""A tiny model and engine, with which everything that may run short does within seconds."""

from __future__ import annotations

from dataclasses import replace

from twin.gpu.adapter_load import AdapterLoad
from twin.gpu.engine_config import EngineConfig
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.kv_capacity import KvCapacityModel
from twin.gpu.profile import ServingProfile
from twin.gpu.step_time import StepTime

__all__ = ["CONFIG", "profile"]

ARCHITECTURE = Architecture(
    num_layers=2,
    hidden_size=64,
    num_heads=4,
    num_kv_heads=4,
    head_size=16,
    intermediate_size=128,
    vocabulary=1000,
    max_model_len=256,
)
CONFIG = EngineConfig(
    max_loras=2,
    max_lora_rank=16,
    max_cpu_loras=3,
    max_num_seqs=8,
    max_num_batched_tokens=64,
    max_model_len=256,
)


def profile(kv_tokens: int, scheduler: str = "v1", **values: object) -> ServingProfile:
    """A tiny model whose KV cache holds so many tokens under `CONFIG`."""
    model = KvCapacityModel(ARCHITECTURE, 1 << 30, utilization=1.0)
    left = model.available_bytes(2, 16, max_num_seqs=8, max_num_batched_tokens=64)
    used = model.gpu_memory_bytes - left
    memory = round(used) + kv_tokens * ARCHITECTURE.kv_bytes_per_token
    settings: dict[str, object] = {
        "step_time": StepTime(
            base=0.01, decode=1e-4, prefill_token=1e-4, kv_token=1e-6, adapter=1e-3
        ),
        "adapter_load": AdapterLoad(gpu=0.004, gpu_per_rank=1e-4, disk=0.03),
        "busy_watts": 600.0,
        "idle_watts": 100.0,
        **values,
    }
    return ServingProfile(
        name="tiny",
        model="tiny",
        gpu="tiny",
        engine_name="vllm",
        engine_version="0.8.5",
        scheduler=scheduler,
        max_model_len=256,
        largest_rank=32,
        max_num_seqs=8,
        max_num_batched_tokens=64,
        block_size=16,
        kv_capacity_model=replace(model, gpu_memory_bytes=memory),
        **settings,  # type: ignore[arg-type]
    )
