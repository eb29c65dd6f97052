"""What adapter slots hold, on one GPU and on several."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twin.files.errors import InputError
from twin.gpu.memory.adapter_slots import (
    SlotLayout,
    adapter_bytes,
    check_modules,
    slot_bytes,
    slot_tensors,
)
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.known_models import KNOWN_MODELS

LLAMA = KNOWN_MODELS["llama31_8b"]
QWEN = KNOWN_MODELS["qwen25_7b"]
PLAIN = SlotLayout()


@pytest.mark.parametrize(
    ("model", "parameters"), [(LLAMA, 20_971_520), (QWEN, 20_185_088)], ids=["llama", "qwen"]
)
def test_slot_holds_an_adapter_of_all_linear_layers(model: Architecture, parameters: int) -> None:
    """Parameters that PEFT prints for an adapter of rank 8 on all linear layers."""
    assert slot_bytes(model, 8, PLAIN) == 2 * parameters
    assert adapter_bytes(model, 8) == 2 * parameters


def test_slots_of_the_embeddings_come_on_top() -> None:
    """256 added rows at both ends, and matrices for embeddings and output layer."""
    layout = SlotLayout(embeddings=True, extra_vocabulary=256)
    extra = slot_bytes(LLAMA, 8, layout) - slot_bytes(LLAMA, 8, PLAIN)
    rows = 2 * 256 * 4096 + 256 * 4096  # embeddings twice, output layer once
    matrices = 8 * (128256 + 256 + 4096 + 4096 + 128256)
    assert extra == 2 * (rows + matrices)


def test_model_loading_of_vllm_0_22_grew_by_the_slots() -> None:
    """Our own start-ups: 15.36 GiB with 8 slots of rank 8, 26.02 with 32 of rank 64."""
    layout = SlotLayout(embeddings=True)
    grown = sum(slot_tensors(LLAMA, 32, 64, layout)) - sum(slot_tensors(LLAMA, 8, 8, layout))
    assert grown / 2**30 == pytest.approx(26.02 - 15.36, abs=0.03)


def test_slot_bytes_grow_with_the_rank() -> None:
    assert slot_bytes(QWEN, 32, PLAIN) == 4 * slot_bytes(QWEN, 8, PLAIN)
    assert slot_bytes(QWEN, 512, PLAIN) == 64 * slot_bytes(QWEN, 8, PLAIN)


def test_no_slots_no_tensors() -> None:
    assert slot_tensors(LLAMA, 0, 0, PLAIN) == []
    assert len(slot_tensors(QWEN, 4, 8, PLAIN)) == 28 * 14


def test_fused_projections_share_a_matrix() -> None:
    """Phi-3 has one A for q, k and v, and one for gate and up."""
    phi = KNOWN_MODELS["phi4"]
    apart = replace(phi, fused_projections=False)
    saved = slot_bytes(apart, 8, PLAIN) - slot_bytes(phi, 8, PLAIN)
    assert saved == 2 * 8 * 40 * (2 + 1) * 5120


def test_every_expert_has_slots() -> None:
    model = KNOWN_MODELS["qwen3_30b_a3b"]
    without = slot_bytes(model, 8, SlotLayout(experts=False))
    experts = slot_bytes(model, 8, PLAIN) - without
    assert experts == 2 * 8 * 48 * 128 * 3 * (2048 + 768)


def test_two_gpus_divide_only_the_side_that_the_model_divides() -> None:
    """A of q, k, v, gate, up and B of o, down are on both, unless they are sharded fully."""
    whole = slot_bytes(LLAMA, 16, PLAIN)
    half = slot_bytes(LLAMA, 16, SlotLayout(2))
    shared = 2 * 16 * 32 * (5 * 4096 + 2 * 4096)
    assert half == (whole - shared) / 2 + shared
    assert slot_bytes(LLAMA, 16, SlotLayout(2, fully_sharded=True)) == whole / 2


def test_embedding_slots_are_whole_on_every_gpu() -> None:
    whole, half = (SlotLayout(gpus, embeddings=True) for gpus in (1, 2))
    one = slot_bytes(LLAMA, 16, whole) - slot_bytes(LLAMA, 16, SlotLayout(1))
    assert slot_bytes(LLAMA, 16, half) - slot_bytes(LLAMA, 16, SlotLayout(2)) == one


def test_some_modules_only() -> None:
    attention = SlotLayout(target_modules=("q_proj", "v_proj"))
    # q, k and v are one layer of the engine, so k has slots with them.
    assert slot_bytes(LLAMA, 8, attention) == 2 * 8 * 32 * (3 * 4096 + 4096 + 2 * 1024)
    mlp = SlotLayout(target_modules=("gate_proj", "up_proj", "down_proj"))
    assert slot_bytes(LLAMA, 8, mlp) == 2 * 8 * 32 * 3 * (4096 + 14336)


def test_unknown_modules() -> None:
    check_modules(LLAMA, ("o_proj", "lm_head"))
    with pytest.raises(InputError, match="lora_target_modules: the model has no 'c_attn'; accept"):
        adapter_bytes(LLAMA, 8, ("c_attn",))
