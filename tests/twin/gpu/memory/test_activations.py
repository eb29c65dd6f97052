"""The largest batch: forward pass, sampler and graphs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twin.gpu.memory.activations import forward_bytes, graph_bytes, sampler_bytes
from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.gpu.memory.rules import FLASHINFER_BYTES, SORT_BYTES

LLAMA = KNOWN_MODELS["llama31_8b"]


def test_forward_pass_is_proportional_to_its_tokens() -> None:
    one, four = (forward_bytes(LLAMA, tokens, streams=1) for tokens in (2048, 8192))
    assert four == 4 * one
    assert one == 2048 * 2 * (4096 + 3 * 14336)


def test_input_and_output_of_a_layer_stay_where_nothing_is_compiled() -> None:
    """Public logs of vLLM 0.6.3 grew by 110 kB with each token."""
    assert forward_bytes(LLAMA, 1, streams=3) == 2 * 3 * (4096 + 14336) == 110592


def test_each_of_two_gpus_has_half_of_the_mlp() -> None:
    whole, half = (forward_bytes(LLAMA.shard(n), 1, streams=1) for n in (1, 2))
    assert whole - half == 2 * 3 * 7168


def test_experts_work_on_a_copy_for_each_that_a_token_has() -> None:
    model = KNOWN_MODELS["qwen3_30b_a3b"]
    per_token = 2048 + 2048 + 8 * (2048 + 768)
    assert forward_bytes(model, 1, streams=1) == 2 * per_token
    wide = replace(model, shared_expert_size=20480)
    assert forward_bytes(wide, 1, streams=1) == 2 * (2048 + 3 * 20480)


def test_sampler_by_its_kind() -> None:
    few = sampler_bytes(LLAMA, 256, FLASHINFER_BYTES)
    assert few == 256 * (14 * 128256 + 2 * 4096)
    assert sampler_bytes(LLAMA, 512, FLASHINFER_BYTES) == 2 * few
    assert sampler_bytes(LLAMA, 256, SORT_BYTES) > few, "sorting keeps more copies"


def test_logits_of_added_vocabulary_count_for_many_slots() -> None:
    with_slots = sampler_bytes(LLAMA, 1024, FLASHINFER_BYTES, added_logits=2 * 2001 * 256)
    assert with_slots > sampler_bytes(LLAMA, 1024, FLASHINFER_BYTES)


def test_graphs() -> None:
    """Our own start-ups of vLLM 0.22.1 with LoRA and 512 requests print 1.04 GiB."""
    with_lora = graph_bytes(LLAMA, 512, 8192, 8)
    assert with_lora == pytest.approx(1.04 * 2**30, rel=0.01)
    assert graph_bytes(LLAMA, 512, 8192, 0) == with_lora / 2
    assert graph_bytes(LLAMA, 1024, 8192, 8) == with_lora
    assert 0 < graph_bytes(LLAMA, 1, 8192, 8) < with_lora / 10


def test_graphs_of_active_adapters_are_captured_for_each_power_of_two() -> None:
    def cases(slots: int) -> float:
        each = graph_bytes(LLAMA, 512, 8192, 0)
        return graph_bytes(LLAMA, 512, 8192, slots, specialize_active_lora=True) / each

    assert cases(0) == 1
    assert cases(1) == pytest.approx(3), "none, 1, 2"
    assert cases(2) == pytest.approx(4), "none, 1, 2, 3"
    assert cases(8) == pytest.approx(6), "none, 1, 2, 4, 8, 9"
