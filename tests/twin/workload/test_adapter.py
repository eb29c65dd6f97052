"""Adapters: their traffic, and what is refused."""

from __future__ import annotations

import math

import pytest

from twin.files.errors import InputError
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength

LENGTHS = CopulaLengths(FixedLength(100), FixedLength(20))


@pytest.mark.parametrize("rank", [-8, 513, 8.5, 8.0, 0.0, True, False, "8", None])
def test_other_ranks_are_refused(rank: object) -> None:
    with pytest.raises(InputError, match=r"rank of adapter a: .* not accepted.*1 to 512"):
        Adapter("a", rank, 1.0, LENGTHS)  # type: ignore[arg-type]  # wrong on purpose


def test_a_rank_of_0_is_traffic_of_the_base_model() -> None:
    base, adapter = Adapter("base", 0, 1.0, LENGTHS), Adapter("a", 8, 1.0, LENGTHS)
    assert base.is_base
    assert not adapter.is_base
    assert base.token_rate == adapter.token_rate


@pytest.mark.parametrize("rate", [0.0, -1.0, math.nan, math.inf, 1e-16, 1e7, 1e308])
def test_rates_must_be_plausible(rate: float) -> None:
    with pytest.raises(
        InputError, match=r"rate of adapter a: .* is no rate of requests; .* from 1e-15 to 1e\+06"
    ):
        Adapter("a", 8, rate, LENGTHS)


def test_name_must_not_be_empty() -> None:
    with pytest.raises(InputError, match="adapter name"):
        Adapter("", 8, 1.0, LENGTHS)


def test_token_rate_counts_prompt_and_output() -> None:
    assert Adapter("a", 8, 0.5, LENGTHS).token_rate == pytest.approx(0.5 * 120)
