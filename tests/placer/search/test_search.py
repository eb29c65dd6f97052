"""Search: the incumbent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placer.testing import example_problem
from tests.placer.search.small_search import NAMES, evaluated, search_of


def test_more_load_then_value_then_less_risk_is_better() -> None:
    search = search_of()
    assert search.unplaced == tuple(NAMES)
    assert search.offer(evaluated(search, NAMES[:2]))
    assert search.unplaced == tuple(NAMES[2:])
    assert not search.offer(evaluated(search, NAMES[:1]))
    assert search.offer(evaluated(search, NAMES[:2], NAMES[2:]))
    assert search.unplaced == ()
    assert not search.proven()
    assert not search.offer(evaluated(search, NAMES[:3], NAMES[3:]))  # no better
    assert search.offer(evaluated(search, NAMES))
    assert search.value() == (1.0,)
    assert search.proven()


def test_of_equal_values_what_answers_sooner_is_better() -> None:
    search = search_of()
    pairs = [evaluated(search, NAMES[:n], NAMES[n:]) for n in (1, 2, 3)]
    pairs.sort(key=lambda gpus: sum(gpu.candidate.rate * gpu.response_time for gpu in gpus))
    soonest, _, last = pairs
    assert search.offer(last)
    assert search.offer(soonest)
    assert not search.offer(last)
    assert search.gpus == tuple(soonest)


def test_packing_that_needs_as_many_gpus_is_in_vain() -> None:
    search = search_of()
    assert not search.in_vain(evaluated(search, NAMES[:1]))  # nothing is complete yet
    search.offer(evaluated(search, NAMES[:2], NAMES[2:]))
    assert search.in_vain(evaluated(search, NAMES[:1]))
    assert not search.in_vain(())


def test_packing_that_costs_as_much_is_in_vain() -> None:
    search = search_of(example_problem(4, (2.0,), counts=(None, None)))
    search.offer(evaluated(search, NAMES[:2], NAMES[2:]))
    assert not search.in_vain(evaluated(search, NAMES[:1]))  # the next may cost less
    assert search.in_vain(evaluated(search, NAMES[:1], NAMES[1:2]))


def test_bounds_count_what_all_measurements_of_capacity_say() -> None:
    """Few adapters of one kind, whose mix is not better known than their traffic as one."""
    problem = example_problem(24, (8.0,))
    lengths = problem.workload.adapters[0].lengths
    adapters = [replace(adapter, lengths=lengths) for adapter in problem.workload.adapters]
    search = search_of(replace(problem, workload=problem.workload.of(adapters)))
    assert [each.name for each in search.relaxations()] == ["rules", "pooled capacity"]
    search.envelope.probe_edges()
    rules, pooled, mix = search.relaxations()
    assert (pooled.name, mix.name) == ("pooled capacity", "engine mix")
    assert search.least_gpus() == max(rules.min_gpus, pooled.min_gpus, mix.min_gpus) > 1
    assert search.lower_bound().value == (max(pooled.min_gpus, mix.min_gpus),)


def test_a_gpu_that_starves_is_not_taken() -> None:
    search = search_of(example_problem(24, (8.0,)))
    gpus = evaluated(search, sorted(search.evaluator.adapters))
    assert not gpus[0].admissible
    with pytest.raises(ValueError, match="not admissible"):
        search.offer(gpus)


def test_items_are_made_once() -> None:
    search = search_of()
    assert search.items() is search.items()
    assert search.items(even=True) is not search.items()
    assert [item.name for item in search.items()] == NAMES
