"""Brute force."""

from __future__ import annotations

from math import comb

import pytest

from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.testing import example_problem
from placer.testing.brute_force import MAX_ADAPTERS, brute_force
from tests.placer.packing_problem import PURE


def optimum(number: int, rates: tuple[float, ...], max_gpus: int | None = None) -> object:
    problem = example_problem(number, rates, max_gpus)
    return brute_force(Evaluator(PURE, GpuCount(), problem))


def test_four_halves_need_two_gpus() -> None:
    assert optimum(2, (12.0,)) == (1.0,)  # of 400 tokens each
    assert optimum(2, (13.0,)) == (2.0,)


def test_there_may_be_no_placement() -> None:
    assert optimum(1, (30.0,)) is None
    assert optimum(2, (13.0,), max_gpus=1) is None


def test_every_partition_is_tried() -> None:
    """Asking for every part once is asking for every subset once."""
    problem = example_problem(5, (3.0, 2.5, 2.0, 1.5, 1.0))
    evaluator = Evaluator(PURE, GpuCount(), problem)
    brute_force(evaluator)
    options = {1: 1, 2: 2, 3: 3, 4: 3, 5: 4}  # slots worth trying for so many adapters
    at_most = sum(comb(5, size) * number for size, number in options.items())
    assert evaluator.num_estimates <= at_most
    assert evaluator.num_estimates >= comb(5, 2)


def test_what_it_cannot_do_is_refused() -> None:
    with pytest.raises(ValueError, match="9 adapters are more than 8"):
        optimum(MAX_ADAPTERS + 1, (1.0,))
    problem = example_problem(2, counts=(1,))
    with pytest.raises(ValueError, match="Counts"):
        brute_force(Evaluator(PURE, GpuCount(), problem))
