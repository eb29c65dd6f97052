"""Defaults as vLLM's own code has them, by version and GPU."""

from __future__ import annotations

import pytest

from twin.gpu.datasheet import gpu
from twin.gpu.engine_defaults import EngineDefaults, engine_defaults, takes_whole_prompts


@pytest.mark.parametrize(
    ("version", "name", "utilization", "max_num_seqs", "max_num_batched_tokens"),
    [
        ("0.8.4", "H100-80GB", 0.9, 1024, 8192),
        ("0.8.4", "A100-80GB", 0.9, 256, 2048),
        ("0.9.0", "H200", 0.9, 1024, 8192),
        ("0.15.1", "A100-80GB", 0.9, 256, 2048),
        ("0.15.1", "L40S", 0.9, 256, 2048),
        ("0.19.0", "H100-80GB", 0.9, 1024, 8192),
        ("0.20.0", "H100-80GB", 0.92, 1024, 8192),
        ("0.22.1", "B200", 0.92, 1024, 8192),
        ("0.33.0", "B200", 0.92, 1024, 16384),
        ("0.33.0", "RTX-4090", 0.92, 256, 2048),
    ],
)
def test_servers(
    version: str, name: str, utilization: float, max_num_seqs: int, max_num_batched_tokens: int
) -> None:
    defaults = engine_defaults(version, gpu(name).memory_gib, 131072, gpu_name=name)
    assert defaults == EngineDefaults(utilization, max_num_seqs, max_num_batched_tokens)


def test_offline_engines_have_larger_batches() -> None:
    for name, tokens in (("H100-80GB", 16384), ("L40S", 8192)):
        memory = gpu(name).memory_gib
        defaults = engine_defaults("0.15.1", memory, 8192, gpu_name=name, offline=True)
        assert defaults.max_num_batched_tokens == tokens


@pytest.mark.parametrize(
    ("version", "length", "lora", "tokens"),
    [
        ("0.7.3", 1024, False, 2048),
        ("0.7.3", 32768, False, 32768),
        ("0.7.3", 131072, False, 2048),
        ("0.7.3", 131072, True, 131072),
        ("0.6.4", 131072, False, 512),
        ("0.5.0", 131072, False, 131072),
    ],
)
def test_v0_takes_whole_prompts_of_short_models(
    version: str, length: int, lora: bool, tokens: int
) -> None:
    defaults = engine_defaults(version, 79.1, length, gpu_name="H100-80GB", lora=lora)
    assert defaults == EngineDefaults(0.9, 256, tokens)
    assert takes_whole_prompts(version, length, lora=lora) == (tokens >= length)


def test_v1_cuts_prompts() -> None:
    assert not takes_whole_prompts("0.8.0", 4096, lora=True)
