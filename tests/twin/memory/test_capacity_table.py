"""Tables of KV capacity, and the most slots that fit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.files.errors import InputError
from twin.gpu.memory.engines import capacity_model
from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.memory.capacity_table import capacity_table, most_slots

MODEL = capacity_model(
    KNOWN_MODELS["llama31_8b"], round(63.43 * 2**30), 0.9, "0.8.5", "llama31_8b"
)


def test_table_has_what_the_model_says() -> None:
    table = capacity_table(MODEL, (0, 8, 384), (8, 32), max_model_len=131072, max_num_seqs=2048)
    for i, slots in enumerate(table.max_loras):
        for j, rank in enumerate(table.ranks):
            rank_used = rank if slots else 0
            tokens = MODEL.tokens(slots, rank_used, max_num_seqs=2048)
            assert table.tokens[i][j] == tokens
            assert (table.errors[i][j] is None) == (tokens >= 131072)
    assert table.tokens[0][0] == table.tokens[0][1], "without LoRA there is no rank"
    assert table.needed_tokens == 131072


def test_plain_data() -> None:
    table = capacity_table(MODEL, (0, 8), (8, 32), max_model_len=131072, max_num_seqs=256)
    data = table.to_dict()
    slots = [(row["max_loras"], row["max_lora_rank"]) for row in data["capacity"]]
    assert slots == [(0, 0), (8, 8), (8, 32)]
    assert data["most_slots"] == {"8": table.most_slots[0], "32": table.most_slots[1]}


def test_most_slots_of_the_measured_configurations() -> None:
    """Llama-3.1-8B with its full context: 384 slots of rank 8 started (arXiv 2602.24044); of rank
    16, 192 did and 256 did not; of rank 32, 96 did and 128 did not."""
    table = capacity_table(MODEL, (), (8, 16, 32), max_model_len=131072, max_num_seqs=2048)
    rank_8, rank_16, rank_32 = table.most_slots
    assert rank_8 >= 384
    assert 192 <= rank_16 < 256
    assert 96 <= rank_32 < 128


@settings(max_examples=20)
@given(st.sampled_from([8, 16, 32, 64]), st.integers(1000, 400_000))
def test_most_slots_fit_and_one_more_does_not(rank: int, needed: int) -> None:
    slots = most_slots(MODEL, rank, needed_tokens=needed, max_num_seqs=256)
    if slots:
        assert MODEL.tokens(slots, rank, max_num_seqs=256) >= needed
    assert all(
        MODEL.tokens(more, rank, max_num_seqs=256) < needed for more in range(slots + 1, slots + 4)
    )


def test_no_slot_fits() -> None:
    needed = MODEL.tokens(0, 0, max_num_seqs=256)
    assert most_slots(MODEL, 8, needed_tokens=needed, max_num_seqs=256) == 0
    assert most_slots(MODEL, 8, needed_tokens=10 * needed, max_num_seqs=256) == 0


def test_needed_tokens_are_at_least_one_request() -> None:
    def needed(tokens: int | None) -> int:
        return capacity_table(
            MODEL, (), (8,), max_model_len=4096, max_num_seqs=256, needed_tokens=tokens
        ).needed_tokens

    assert (needed(None), needed(100), needed(50_000)) == (4096, 4096, 50_000)
    with pytest.raises(InputError, match="needed KV tokens: 0 is below 1"):
        needed(0)
