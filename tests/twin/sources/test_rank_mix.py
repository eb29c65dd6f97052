"""Ranks dealt to adapters."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.files.errors import InputError
from twin.sources.rank_mix import deal_ranks


@given(
    num_adapters=st.integers(1, 200),
    shares=st.dictionaries(st.integers(1, 512), st.floats(0.01, 10.0), min_size=1, max_size=6),
)
def test_ranks_are_dealt_by_their_shares(num_adapters: int, shares: dict[int, float]) -> None:
    ranks = deal_ranks(shares, num_adapters, np.random.default_rng(0))
    assert len(ranks) == num_adapters
    counts = Counter(ranks)
    for rank, share in shares.items():
        assert abs(counts[rank] - num_adapters * share / sum(shares.values())) < 1


def test_a_list_means_equal_parts_and_none_the_usual_ranks() -> None:
    rng = np.random.default_rng(0)
    assert Counter(deal_ranks([8, 64], 10, rng)) == {8: 5, 64: 5}
    assert Counter(deal_ranks([8, 8, 16], 9, rng)) == {8: 6, 16: 3}
    assert Counter(deal_ranks(None, 9, rng)) == {8: 3, 16: 3, 32: 3}


def test_ranks_are_shuffled_by_the_seed() -> None:
    one, two, three = (deal_ranks(None, 30, np.random.default_rng(s)) for s in (1, 1, 2))
    assert one == two != three


@pytest.mark.parametrize(
    "mix", [{}, [], {8: 0.0}, {8: -1}, {8: math.nan}, {0: 1}, {8.5: 1}, [513]]
)
def test_wrong_mixes(mix: Any) -> None:
    with pytest.raises(InputError, match=r"^rank_mix"):
        deal_ranks(mix, 5, np.random.default_rng(0))
