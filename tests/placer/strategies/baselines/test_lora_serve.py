"""LoraServe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placer.strategies.baselines import LoraServe
from placer.strategies.baselines.lora_serve import divide
from tests.placer.strategies.baselines.settings import holdings, place, problem_of


@given(
    st.dictionaries(st.sampled_from([8, 16, 32, 64]), st.floats(0.01, 50.0), min_size=1),
    st.integers(1, 40),
)
def test_gpus_are_divided_by_largest_remainders(demand: dict[int, float], number: int) -> None:
    given_gpus = divide(demand, number)
    total = sum(demand.values())
    assert sum(given_gpus.values()) == number
    assert list(given_gpus) == sorted(demand)
    for rank, count in given_gpus.items():
        assert abs(count - number * demand[rank] / total) < 1


def test_ranks_are_on_gpus_of_their_own_and_loads_are_equal() -> None:
    result = place(problem_of([8.0] * 60, ranks=(8, 32)), LoraServe())
    assert result.is_feasible()
    ranks = [plan.config.max_lora_rank for plan in result.placement.gpus]
    assert sorted(set(ranks)) == [8, 32]
    gpus = [gpu.estimate.offered_throughput for gpu in result.gpus]
    assert max(gpus) / min(gpus) < 1.3


def test_adapters_are_cut_at_the_mean_utilization() -> None:
    contents = holdings(place(problem_of([70.0, 50.0, 50.0]), LoraServe()))
    assert len(contents) == 2
    cut = [name for name in ("a00", "a01", "a02") if sum(name in c for c in contents) == 2]
    assert cut
    totals = {name: sum(c.get(name, 0.0) for c in contents) for name in ("a00", "a01", "a02")}
    assert totals == pytest.approx(dict.fromkeys(totals, 1.0))


@pytest.mark.parametrize("rates", [[70.04, 69.96], [70.0005, 69.9995]])
def test_nothing_of_an_adapter_is_left_where_hardly_any_of_it_does_not_fit(
    rates: list[float],
) -> None:
    contents = holdings(place(problem_of(rates), LoraServe()))
    assert len(contents) == 2
    for name in ("a00", "a01"):
        assert sum(c.get(name, 0.0) for c in contents) == pytest.approx(1, abs=1e-12)


def test_as_published_it_takes_as_many_gpus_as_the_utilization_says() -> None:
    result = place(problem_of([5.0] * 60), LoraServe(admissible=False))
    assert len(result.placement.gpus) == 3  # 30,000 tokens/s at 11,000 each
    assert not result.is_feasible()
