"""The paper's workloads."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest

from twin.files.errors import InputError
from twin.sources.paper_workload import HIGH_RATES, LOW_RATES, MIXED_RATES, paper_workload
from twin.workload.arrivals import GammaArrivals, PoissonArrivals


@pytest.mark.parametrize("rates", [LOW_RATES, HIGH_RATES, MIXED_RATES])
def test_counts_of_rates_and_ranks_are_exact(rates: tuple[float, ...]) -> None:
    workload = paper_workload(192, rates)
    assert Counter(a.rate for a in workload.adapters) == dict.fromkeys(rates, 192 // len(rates))
    assert Counter(a.rank for a in workload.adapters) == {8: 64, 16: 64, 32: 64}


def test_rates_are_dealt_in_turn() -> None:
    rates = [a.rate for a in paper_workload(7, LOW_RATES).adapters]
    assert rates == [0.1, 0.05, 0.025, 0.1, 0.05, 0.025, 0.1]


def test_rank_is_independent_of_rate() -> None:
    """Every pair of rate and rank occurs, near a ninth of the time."""
    pairs = Counter((a.rate, a.rank) for a in paper_workload(900, LOW_RATES).adapters)
    assert len(pairs) == 9
    assert all(70 <= count <= 130 for count in pairs.values())


def test_seed_shuffles_the_ranks_only() -> None:
    one, two = paper_workload(30), paper_workload(30, seed=1)
    assert one == paper_workload(30)
    assert [a.rank for a in one.adapters] != [a.rank for a in two.adapters]
    assert [a.rate for a in one.adapters] == [a.rate for a in two.adapters]


def test_options() -> None:
    workload = paper_workload(
        3, [0.5], {64: 1}, rate_scale=2.0, arrival_cv=3.0, model="qwen-2.5-7b"
    )
    assert [a.name for a in workload.adapters] == ["adapter-0", "adapter-1", "adapter-2"]
    for adapter in workload.adapters:
        assert (adapter.rate, adapter.rank) == (1.0, 64)
        assert adapter.arrivals == GammaArrivals(3.0)
        assert adapter.lengths.prompt_mean == pytest.approx(222.8936)


def test_all_adapters_share_one_length_model() -> None:
    workload = paper_workload(50)
    assert len({id(a.lengths) for a in workload.adapters}) == 1
    assert workload.adapters[0].arrivals == PoissonArrivals()


def test_the_default_needs_several_gpus() -> None:
    """One H100 serves about 15,000 tokens/s of this traffic."""
    assert 30_000 < paper_workload().token_rate < 50_000


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"num_adapters": 0}, "num_adapters"),
        ({"rates": []}, "rates"),
        ({"rates": [0.1, 0.0]}, r"rates\[1\]"),
        ({"rates": [0.1, math.nan]}, r"rates\[1\]"),
        ({"rates": [-0.1]}, r"rates\[0\]"),
        ({"rate_scale": 0.0}, "rate_scale"),
        ({"rate_scale": math.inf}, "rate_scale"),
        ({"arrival_cv": 0.0}, "arrival_cv"),
        ({"rank_mix": [513]}, "rank_mix"),
        ({"model": "gpt"}, "model"),
    ],
)
def test_values_out_of_range(values: dict[str, Any], key: str) -> None:
    with pytest.raises(InputError, match=f"^{key}"):
        paper_workload(**values)
