"""Problems to try strategies and objectives on."""

from __future__ import annotations

import pytest

from placer.testing import example_problem


def test_adapters_have_the_rates_in_turn() -> None:
    problem = example_problem(6, rates=(3.0, 2.0), max_gpus=4)
    assert [a.rate for a in problem.workload.adapters] == [3.0] * 3 + [2.0] * 3
    assert problem.max_gpus == 4


def test_there_are_as_many_types_as_counts_each_with_less_memory() -> None:
    problem = example_problem(3, counts=(2, None))
    assert [gpu_type.count for gpu_type in problem.fleet] == [2, None]
    large, small = (gpu_type.profile.kv_capacity(1, 8) for gpu_type in problem.fleet)
    assert 0 < small < large


def test_requests_for_the_base_model_come_beside_them() -> None:
    workload = example_problem(3, base_rate=5.0).workload
    assert [a.is_base for a in workload.adapters] == [False] * 3 + [True]
    assert workload.adapters[-1].rate == 5.0
    assert workload.num_adapters == 3


@pytest.mark.parametrize("number", [1, 24])
def test_the_same_every_time(number: int) -> None:
    assert example_problem(number) == example_problem(number)
