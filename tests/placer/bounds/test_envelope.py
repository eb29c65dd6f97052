"""Envelope of what engines can serve."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators.closed_form import ClosedFormEstimator
from estimators.testing import example_profile
from placer.bounds.envelope import Envelope
from placer.gpu.budget import Budget, BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from placer.testing import example_problem

PROBLEM = example_problem(60, rates=(8.0, 2.0, 0.5, 0.1))


def evaluator_of(problem: Problem = PROBLEM, budget: Budget | None = None) -> Evaluator:
    return Evaluator(ClosedFormEstimator(), GpuCount(), problem, budget)


def load_of(evaluator: Evaluator, names: list[str]) -> EvaluatedGpu:
    plan = evaluator.plan(evaluator.problem.fleet[0], len(names), dict.fromkeys(names, 1.0))
    return evaluator.evaluate([plan])[0]


EVALUATOR = evaluator_of()
ENVELOPE = Envelope(EVALUATOR)


class Scattering(ClosedFormEstimator):
    """As if it were asked for requests at random."""

    scatters = True


def test_there_is_an_engine_for_each_type_and_rank() -> None:
    assert ENVELOPE.engines == (("example-0", 8), ("example-0", 16), ("example-0", 32))


def test_adapters_are_heavier_on_engines_of_larger_rank_and_not_allowed_on_smaller() -> None:
    ranks = np.array([adapter.rank for adapter in PROBLEM.workload.adapters])
    small, middle, large = ENVELOPE.weights.values()
    assert np.isinf(small[ranks > 8]).all()
    assert np.isinf(middle[ranks > 16]).all()
    assert np.isfinite(large).all()
    assert np.all(large[ranks == 8] > small[ranks == 8])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 59), min_size=1, max_size=40, unique=True))
def test_no_admissible_load_exceeds_it(numbers: list[int]) -> None:
    gpu = load_of(EVALUATOR, [PROBLEM.workload.adapters[i].name for i in numbers])
    if gpu.admissible:
        assert ENVELOPE.utilization(gpu) <= 1.0


def test_equal_adapters_fill_an_engine_at_a_weight_of_one() -> None:
    like = PROBLEM.workload.adapters[0]
    adapters = tuple(replace(like, name=f"a{i:02d}", rate=1.0) for i in range(60))
    evaluator = evaluator_of(replace(PROBLEM, workload=PROBLEM.workload.of(adapters)))
    envelope = Envelope(evaluator)
    names = [adapter.name for adapter in adapters]
    fitting = max(n for n in range(1, 60) if load_of(evaluator, names[:n]).admissible)
    (weights,) = envelope.weights.values()
    assert fitting * weights[0] <= 1.0 < (fitting + 1.5) * weights[0]


def test_shares_weigh_less_but_more_than_in_proportion() -> None:
    engine, half = ("example-0", 32), np.array([0.5])
    position = np.array([3])
    whole = ENVELOPE.figures(engine, position, np.ones(1))
    part = ENVELOPE.figures(engine, position, half)
    assert part[0] == pytest.approx(whole[0] / 2)
    assert whole[1] / 2 <= part[1] < whole[1]


def test_utilizations_are_sums_of_weights_whatever_the_engines() -> None:
    names = [adapter.name for adapter in PROBLEM.workload.adapters]
    halves = EVALUATOR.plan(PROBLEM.fleet[0], 4, dict.fromkeys(names[:5], 0.5))
    gpus = [*(load_of(EVALUATOR, names[k : k + 2]) for k in range(0, 58, 3))]
    gpus.insert(7, EVALUATOR.evaluate([halves])[0])
    assert len({gpu.plan.config.max_lora_rank for gpu in gpus}) > 1
    expected = []
    for gpu in gpus:
        content, shares = zip(*gpu.plan.shares, strict=True)
        engine = gpu.plan.profile_name, gpu.plan.config.max_lora_rank
        positions = np.array([ENVELOPE.position[name] for name in content])
        expected.append(ENVELOPE.figures(engine, positions, np.array(shares))[1].sum())
    assert ENVELOPE.utilizations(gpus).tolist() == expected
    assert ENVELOPE.utilization(gpus[3]) == expected[3]
    assert ENVELOPE.utilizations([]).size == 0


def test_the_reserve_is_larger_where_answers_scatter() -> None:
    envelope = Envelope(Evaluator(Scattering(), GpuCount(), PROBLEM))
    for probed, least in ((False, 1.05), (True, 1.005)):
        if probed:
            envelope.probe_edges()
        for engine in envelope.engines:
            assert least - 1e-9 <= envelope.fullest(engine) <= least + 0.015


def test_loads_beyond_it_make_it_larger() -> None:
    evaluator = evaluator_of()
    envelope = Envelope(evaluator)
    engine = envelope.engines[2]
    assert envelope.fullest(engine) == pytest.approx(1.05)
    assert envelope.fullest_if_probed(engine) == pytest.approx(1.002)
    heavy = load_of(evaluator, [adapter.name for adapter in PROBLEM.workload.adapters])
    evaluator.admissible_gpus.append(replace(heavy, admissible=True))
    assert envelope.fullest(engine) == pytest.approx(envelope.utilization(heavy) + 0.05)
    assert envelope.fullest(envelope.engines[0]) == pytest.approx(1.05)


def test_the_reserve_is_smaller_once_the_edge_was_probed() -> None:
    evaluator = evaluator_of()
    envelope = Envelope(evaluator)
    envelope.probe_edges()
    asked = evaluator.num_estimates
    for engine in envelope.engines:
        assert 1.002 <= envelope.fullest(engine) <= 1.01
    envelope.probe_edges()
    assert evaluator.num_estimates == asked


def test_probes_go_on_while_they_are_admissible() -> None:
    class Generous(ClosedFormEstimator):
        """Mixes are served much better than equal adapters."""

        def _estimate(self, candidate, rule):  # type: ignore[no-untyped-def]  # as the parent's
            rates = {adapter.rate for adapter in candidate.adapters}
            capacity = 10_000.0 if len(rates) == 1 else 13_000.0
            like = ClosedFormEstimator(capacity)
            return like._estimate(candidate, rule)  # noqa: SLF001  # the parent's formula

    evaluator = Evaluator(Generous(), GpuCount(), PROBLEM)
    envelope = Envelope(evaluator)
    envelope.probe_edges()
    assert max(map(envelope.fullest, envelope.engines)) > 1.2


def test_similar_adapters_at_the_edge_weigh_one_once_it_was_probed() -> None:
    """The estimator serves the adapters themselves better than it serves equal ones."""

    class Kind(ClosedFormEstimator):
        def _estimate(self, candidate, rule):  # type: ignore[no-untyped-def]  # as the parent's
            names = {adapter.name for adapter in candidate.adapters}
            real = any(name.startswith("adapter") for name in names)
            like = ClosedFormEstimator(11_000.0 if real else 10_000.0)
            return like._estimate(candidate, rule)  # noqa: SLF001  # the parent's formula

    problem = example_problem(90, rates=(1.0, 0.8, 0.6))
    envelope = Envelope(Evaluator(Kind(), GpuCount(), problem))
    before = envelope.weights
    envelope.probe_edges()
    small, *large = envelope.engines
    assert np.array_equal(envelope.weights[small], before[small])  # too few adapters to fill one
    for engine in large:
        weights = envelope.weights[engine]
        allowed = np.isfinite(weights)
        assert weights[allowed] == pytest.approx(before[engine][allowed] / 1.065, rel=0.02)
        assert envelope.fullest(engine) <= 1.03


def test_types_weigh_by_themselves_and_rules_keep_adapters_away() -> None:
    problem = example_problem(12, counts=(None, None))
    other = GpuType(replace(example_profile("other"), model="other"))
    problem = replace(
        problem,
        fleet=(*problem.fleet, other),
        workload=problem.workload.of(
            replace(adapter, base_model="example-8b") for adapter in problem.workload.adapters
        ),
        rules=Rules(profiles={"adapter-003": "example-1"}),
    )
    weights = Envelope(evaluator_of(problem)).weights
    assert np.isinf(weights["other", 32]).all()
    assert np.isinf(weights["example-0", 32][3])
    assert np.isfinite(weights["example-1", 32][3])
    assert np.isfinite(weights["example-0", 32][4])


def test_many_kinds_of_traffic_are_measured_at_their_smallest_rank() -> None:
    adapters = tuple(
        replace(adapter, lengths=replace(adapter.lengths, correlation=0.01 * i))
        for i, adapter in enumerate(PROBLEM.workload.adapters)
    )
    evaluator = evaluator_of(replace(PROBLEM, workload=PROBLEM.workload.of(adapters)))
    envelope = Envelope(evaluator)
    assert np.isfinite(envelope.weights["example-0", 32]).all()
    assert evaluator.num_estimates < 6 * EVALUATOR.num_estimates


def test_a_spent_budget_ends_the_measurement() -> None:
    with pytest.raises(BudgetExhausted):
        Envelope(evaluator_of(budget=Budget(max_estimates=20)))
