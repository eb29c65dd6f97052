"""What the profile run and the loaded model take."""

from __future__ import annotations

import pytest

from twin.gpu.memory.adapter_slots import SlotLayout, slot_tensors
from twin.gpu.memory.allocator import MIB
from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.gpu.memory.reserved import allocated_bytes, persistent_bytes, v0_engine_bytes
from twin.gpu.memory.weights import weight_tensors

LLAMA = KNOWN_MODELS["llama31_8b"]
LLAMA2 = KNOWN_MODELS["llama2_7b"]
LAYOUT = SlotLayout(embeddings=True, extra_vocabulary=256)


def test_weights_and_slots_and_little_more() -> None:
    tensors = sum(weight_tensors(LLAMA)) + sum(slot_tensors(LLAMA, 32, 16, LAYOUT))
    held = persistent_bytes(LLAMA, 32, 16, LAYOUT)
    assert allocated_bytes(LLAMA, 32, 16, LAYOUT) == tensors
    assert tensors <= held < 1.03 * tensors
    assert held % (2 * MIB) == 0, "segments are multiples of 2 MiB"


@pytest.mark.parametrize(("slots", "rank"), [(0, 0), (1, 8), (100, 32)])
def test_v0_holds_the_model_and_the_largest_batch(slots: int, rank: int) -> None:
    few = v0_engine_bytes(LLAMA2, slots, rank, LAYOUT, 50, 4096)
    many = v0_engine_bytes(LLAMA2, slots, rank, LAYOUT, 4096, 4096)
    assert persistent_bytes(LLAMA2, slots, rank, LAYOUT) < few < many
    # float32 copies aside, 4,096 rows of logits: values and sorted values, and two sets of places
    logits = 4096 * 32000 * (2 + 2 + 8 + 8)
    assert many - few > 0.9 * logits


def test_each_of_two_gpus_holds_half_of_the_model() -> None:
    whole, half = (allocated_bytes(LLAMA, 0, 0, SlotLayout(gpus)) for gpus in (1, 2))
    rotary_and_norms = 131072 * 128 * 2 + 65 * 4096 * 2
    assert half == (whole - rotary_and_norms) / 2 + rotary_and_norms
