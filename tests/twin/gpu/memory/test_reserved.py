"""What the profile run and the loaded model take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twin.gpu.memory.allocator import MIB
from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.gpu.memory.reserved import persistent_bytes, v0_engine_bytes, v1_profile_run_bytes

LLAMA = KNOWN_MODELS["llama31_8b"]
LLAMA2 = KNOWN_MODELS["llama2_7b"]


def test_weights_and_slots_and_little_more() -> None:
    tensors = sum(LLAMA.weight_tensors()) + sum(LLAMA.slot_tensors(32, 16))
    held = persistent_bytes(LLAMA, 32, 16)
    assert tensors <= held < 1.03 * tensors
    assert held % (2 * MIB) == 0, "segments are multiples of 2 MiB"


@pytest.mark.parametrize(("slots", "rank"), [(0, 0), (1, 8), (100, 32)])
def test_v0_holds_the_model_and_the_largest_batch(slots: int, rank: int) -> None:
    few = v0_engine_bytes(LLAMA2, slots, rank, 50, 2048)
    many = v0_engine_bytes(LLAMA2, slots, rank, 4096, 2048)
    assert persistent_bytes(LLAMA2, slots, rank) < few < many
    # float32 copies aside, 4,096 rows of logits: values and sorted values, and two sets of places
    logits = 4096 * 32000 * (2 + 2 + 8 + 8)
    assert many - few > 0.9 * logits


def test_v1_peak_is_the_forward_pass_or_the_sampler() -> None:
    def peak(max_num_seqs: int, forward: float) -> float:
        model = replace(LLAMA, max_model_len=16)  # hardly a table of blocks
        return v1_profile_run_bytes(model, 0, max_num_seqs, 2048, forward)

    gib = float(1 << 30)
    assert peak(8, gib) == pytest.approx(gib, rel=1e-6)
    assert peak(8, 2 * gib) == pytest.approx(2 * gib, rel=1e-6)
    assert peak(2048, 0.0) == pytest.approx(2048 * (14 * 128256 + 2 * 4096), rel=1e-4)


def test_v1_forward_pass_is_proportional_to_its_tokens() -> None:
    one, two = (v1_profile_run_bytes(LLAMA, 0, 1, t, 4e9) for t in (2048, 4096))
    assert two - one == pytest.approx(4e9)


def test_v1_block_table() -> None:
    """Four bytes for each block of each request."""
    few, many = (v1_profile_run_bytes(LLAMA, 0, n, 2048, 1e12) for n in (1, 101))
    assert many - few == 100 * 4 * 131072 / 16


def test_v1_added_vocabulary_counts_for_many_slots() -> None:
    with_slots = v1_profile_run_bytes(LLAMA, 2000, 1024, 2048, 0.0)
    assert with_slots > v1_profile_run_bytes(LLAMA, 0, 1024, 2048, 0.0)
