"""Further items on GPUs that are nearly full."""

from __future__ import annotations

import numpy as np

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import items_of
from placer.gpu.packing import Packer
from placer.objectives import GpuCount
from placer.problem.placement import total_shares
from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.search import Search
from placer.search.settling import settle
from placer.search.squeezing import do_with, squeeze_in
from placer.testing import example_problem
from tests.placer.search.one_adapter_each import one_adapter_each

RATES = (4.1, 3.0, 2.3, 1.7, 1.1, 0.9, 0.6)
NUMBER = 42


def dealt(number: int) -> tuple[Search, Packer, list[EvaluatedGpu]]:
    """Adapters that were dealt to so many GPUs in turn, what did not fit on others."""
    problem = example_problem(NUMBER, rates=RATES)
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    search = Search(problem, evaluator, Budget(), np.random.default_rng(0))
    packer, items = Packer(evaluator), search.items()
    contents = [(problem.fleet[0], items[g::number]) for g in range(number)]
    gpus, left = settle(search, packer, contents)
    assert not left
    return search, packer, gpus


def test_as_few_gpus_as_the_bound_hold_everything() -> None:
    search, packer, gpus = dealt(12)
    least = search.least_gpus()
    assert len(gpus) > least
    before = search.evaluator.num_estimates
    found = do_with(search, packer, gpus, least)
    assert found is not None
    assert (len(found), all(gpu.admissible for gpu in found)) == (least, True)
    assert set(total_shares(gpu.plan for gpu in found)) == set(search.evaluator.adapters)
    assert search.evaluator.num_estimates - before < 300


def test_what_has_no_room_is_given_up_without_an_estimate() -> None:
    search, packer, gpus = dealt(12)
    found = do_with(search, packer, gpus, search.least_gpus())
    assert found is not None
    before = search.evaluator.num_estimates
    victim = items_of(search.evaluator, found[0].plan)
    assert squeeze_in(search, packer, found[1:], victim) is None
    assert search.evaluator.num_estimates == before


def test_nothing_holds_items_without_gpus() -> None:
    search = one_adapter_each(1)
    assert squeeze_in(search, Packer(search.evaluator), (), search.items()) is None


def test_as_many_gpus_as_there_are_stay_as_they_are() -> None:
    search = one_adapter_each(3)
    assert do_with(search, Packer(search.evaluator), search.gpus, 3) == list(search.gpus)
