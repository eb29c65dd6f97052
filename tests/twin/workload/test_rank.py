"""Ranks that vLLM accepts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.files.errors import InputError
from twin.workload.rank import BASE, LEGAL_RANKS, legal_rank, slot_rank, to_rank


@given(st.integers(1, 512))
def test_legal_rank_is_the_smallest_that_holds(rank: int) -> None:
    legal = legal_rank(rank)
    assert legal in LEGAL_RANKS
    assert legal >= rank
    assert all(other < rank for other in LEGAL_RANKS if other < legal)


def test_numpy_ranks_are_accepted() -> None:
    assert legal_rank(np.int64(9)) == 16


@pytest.mark.parametrize("value", [8, 8.0, "8", " 8.0 "])
def test_ranks_of_files(value: object) -> None:
    assert to_rank("row 2, rank", value) == 8


@pytest.mark.parametrize("value", [0, 513, 8.5, "x", True, None])
def test_what_is_no_rank(value: object) -> None:
    with pytest.raises(InputError, match=r"^row 2, rank: .*a whole number from 1 to 512"):
        to_rank("row 2, rank", value)


def test_only_where_it_is_asked_for_there_may_be_no_adapter() -> None:
    assert to_rank("row 2, rank", "0", least=BASE) == BASE
    with pytest.raises(InputError, match=r"^row 2, rank: .*a whole number from 0 to 512"):
        to_rank("row 2, rank", -1, least=BASE)


def test_the_base_model_needs_no_slot() -> None:
    assert [slot_rank(rank) for rank in (BASE, 1, 9, 512)] == [0, 1, 16, 512]


@pytest.mark.parametrize("rank", [-8, 513, 0.0, False, "0"])
def test_what_needs_no_slot_that_there_is(rank: object) -> None:
    with pytest.raises(InputError, match=r"^rank: .* is not accepted by vLLM"):
        slot_rank(rank)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("rank", [0, -8, 513, 8.0, True, "8"])
def test_what_is_no_legal_rank(rank: object) -> None:
    with pytest.raises(InputError, match=r"^rank: .* is not accepted by vLLM"):
        legal_rank(rank)  # type: ignore[arg-type]  # wrong on purpose
