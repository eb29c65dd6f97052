"""What vLLM would refuse to start with."""

from __future__ import annotations

from typing import Any

import pytest

from twin.files.errors import InputError
from twin.gpu.engine_config import EngineConfig


def test_defaults_are_accepted() -> None:
    config = EngineConfig()
    assert (config.max_loras, config.max_lora_rank, config.max_cpu_loras) == (1, 16, None)


def test_without_lora_no_rank_is_needed() -> None:
    assert EngineConfig(max_loras=0, max_lora_rank=0).max_loras == 0


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"max_loras": -1}, "max_loras"),
        ({"max_lora_rank": 12}, "max_lora_rank"),
        ({"max_loras": 4, "max_cpu_loras": 3}, "max_cpu_loras"),
        ({"max_num_seqs": 0}, "max_num_seqs"),
        ({"max_num_batched_tokens": 0}, "max_num_batched_tokens"),
        ({"max_num_batched_tokens": 255, "max_num_seqs": 256}, "max_num_batched_tokens"),
        ({"block_size": 0}, "block_size"),
        ({"max_model_len": 0}, "max_model_len"),
    ],
)
def test_refused(values: dict[str, Any], key: str) -> None:
    with pytest.raises(InputError, match=f"^{key}: ") as error:
        EngineConfig(**values)
    assert str(next(iter(values.values()))) in str(error.value) or "max_cpu_loras" in values


def test_without_lora_it_serves_the_base_model_only() -> None:
    assert EngineConfig(max_loras=2, max_lora_rank=32).largest_rank == 32
    assert EngineConfig(max_loras=0, max_lora_rank=32).largest_rank == 0
