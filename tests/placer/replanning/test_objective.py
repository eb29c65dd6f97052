"""Objectives that count moves."""

from __future__ import annotations

import pytest

from placer.objectives import Churn, GpuCount, Latency, Lexicographic, Weighted
from placer.replanning.objective import with_moves
from twin.files.errors import InputError


def test_moves_break_ties_or_have_a_price() -> None:
    assert with_moves(Latency()) == Lexicographic((Latency(), Churn()))
    assert with_moves(GpuCount(), 0.5) == Weighted((GpuCount(), Churn()), (1.0, 0.5))


def test_a_price_is_not_negative() -> None:
    with pytest.raises(InputError, match="-1"):
        with_moves(GpuCount(), -1.0)
