"""Items, and how hot adapters are cut."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import make_items, missing_items, remaining, shares_of
from placer.objectives import GpuCount
from placer.problem.rules import Rules
from placer.testing import example_problem
from twin.workload.workload import Workload

ESTIMATOR = ClosedFormEstimator(capacity=9_000.0, adapter_cost=0.0, slot_cost=0.0)


def evaluator_of(
    rates: tuple[float, ...], estimator: ClosedFormEstimator = ESTIMATOR
) -> Evaluator:
    """Adapters of these rates, all of 150 tokens: a GPU serves 66.7 req/s of them."""
    like = example_problem(4).workload.adapters[2]
    adapters = tuple(replace(like, name=f"a{i}", rate=rate) for i, rate in enumerate(rates))
    problem = replace(example_problem(), workload=Workload(adapters))
    return Evaluator(estimator, GpuCount(), problem)


def test_an_adapter_that_fits_is_one_item() -> None:
    items, hopeless = make_items(evaluator_of((1.0, 60.0)))
    assert [(item.name, item.share) for item in items] == [("a0", 1.0), ("a1", 1.0)]
    assert hopeless == ()
    assert items[1].rate == 60.0
    assert items[1].token_rate == pytest.approx(60.0 * 150)


def test_a_hot_adapter_is_cut_into_full_gpus_and_a_rest() -> None:
    items, _ = make_items(evaluator_of((1.0, 160.0)))
    shares = [item.share for item in items if item.name == "a1"]
    full, again, rest = shares
    assert full == again == pytest.approx(80 / 192)
    assert rest == pytest.approx(1 - 2 * full)
    assert full * 160 <= 9_000 / 0.9 / 150 + 1e-9 < (full + 1 / 192) * 160


def test_a_hot_adapter_is_cut_evenly() -> None:
    items, _ = make_items(evaluator_of((1.0, 160.0)), even=True)
    assert [item.share for item in items if item.name == "a1"] == [1 / 3] * 3


def test_equal_parts_that_would_leave_much_free_are_made_full() -> None:
    items, _ = make_items(evaluator_of((1.0, 66.6 * 25.2)), even=True, tight=True)
    assert [item.share for item in items if item.name == "a1"] == [1 / 26] * 26
    items, _ = make_items(evaluator_of((1.0, 66.6 * 3.2)), even=True, tight=True)
    *full, rest = [item.share for item in items if item.name == "a1"]
    assert len(full) == 3
    assert 0.0 < rest < 0.3 * full[0]


def test_what_no_gpu_serves_a_share_of_is_hopeless() -> None:
    items, hopeless = make_items(evaluator_of((1.0, 9.0), ClosedFormEstimator(capacity=0.01)))
    assert hopeless == ("a0", "a1")
    assert items == ()


@given(st.lists(st.floats(0.01, 600.0), min_size=1, max_size=5), st.booleans())
def test_shares_sum_to_one_and_every_item_fits(rates: list[float], even: bool) -> None:
    evaluator = evaluator_of(tuple(rates))
    items, hopeless = make_items(evaluator, even=even)
    assert hopeless == ()
    assert shares_of(items) == pytest.approx({f"a{i}": 1.0 for i in range(len(rates))})
    for item in items:
        plan = evaluator.plan(evaluator.problem.fleet[0], 1, {item.name: item.share})
        assert evaluator.evaluate([plan])[0].admissible
    classes = {(evaluator.classes.adapter_class(item.name), item.share) for item in items}
    assert classes == {item.item_class for item in items}


def test_the_cheaper_of_equal_traffic_is_not_asked_for() -> None:
    evaluator = evaluator_of((8.0, 4.0, 2.0, 1.0))
    make_items(evaluator)
    assert evaluator.num_estimates == 1


def test_halves_are_interchangeable_and_serve_half_of_the_requests() -> None:
    item = make_items(evaluator_of((1.0,)))[0][0]
    one, two = item.halves()
    assert one == two != item
    assert (one.adapters, one.share) == (item.adapters, 0.5)
    assert one.item_class != item.item_class


def test_what_is_missing_is_what_no_gpu_answers() -> None:
    problem = example_problem(4, rates=(1.0,))
    evaluator = Evaluator(ESTIMATOR, GpuCount(), problem)
    gpu_type = problem.fleet[0]
    shares = {"adapter-000": 1.0, "adapter-001": 0.25}
    gpus = evaluator.evaluate([evaluator.plan(gpu_type, 1, shares)])
    items, _ = make_items(evaluator)
    missing = missing_items(items, gpus)
    assert [(item.name, item.share) for item in missing] == [
        ("adapter-001", 0.75),
        ("adapter-002", 1.0),
        ("adapter-003", 1.0),
    ]
    assert missing_items(items, []) == list(items)


def test_what_is_missing_of_a_hot_adapter_is_cut_as_it_was() -> None:
    evaluator = evaluator_of((1.0, 160.0))
    items, _ = make_items(evaluator)
    first, second, rest = (item for item in items if item.name == "a1")
    gpu_type = evaluator.problem.fleet[0]
    shares = {"a0": 1.0, "a1": first.share + 0.25 * second.share}
    gpus = evaluator.evaluate([evaluator.plan(gpu_type, 1, shares)])
    missing = missing_items(items, gpus)
    assert [item.share for item in missing] == pytest.approx([0.75 * second.share, rest.share])


def base_items(rate: float, rules: Rules | None = None, **how: bool) -> list[float]:
    """Shares into which requests for the base model are cut, beside an adapter."""
    like = example_problem(4).workload.adapters[2]
    base = replace(like, name="base", rank=0, rate=rate)
    problem = replace(example_problem(), workload=Workload((like, base)), rules=rules or Rules())
    items, _ = make_items(Evaluator(ESTIMATOR, GpuCount(), problem), **how)
    assert [item.share for item in items if item.rank] == [1.0]
    return [item.share for item in items if not item.rank]


def test_requests_for_the_base_model_are_cut_as_that_costs_nothing() -> None:
    assert base_items(1.0) == [0.25] * 4
    full, again, *rest = base_items(160.0)
    assert full == again == pytest.approx(80 / 192)
    assert rest == [pytest.approx((1 - 2 * full) / 4)] * 4
    assert base_items(160.0, even=True) == [1 / 3] * 3
    assert base_items(160.0, even=True, tight=True) == [full, again, *rest]


@pytest.mark.parametrize(
    ("rules", "shares"),
    [
        (Rules(min_replicas={"base": 2}), [0.5, 0.5]),
        (Rules(pinned={"base": "gpu-00"}), [1.0]),
    ],
)
def test_but_not_where_rules_say_where_they_are(rules: Rules, shares: list[float]) -> None:
    assert base_items(1.0, rules) == shares


def test_what_remains_is_in_order_and_only_the_very_same_is_gone() -> None:
    items, _ = make_items(evaluator_of((1.0, 1.0, 2.0)))
    one, equal, other = items
    assert one.item_class == equal.item_class
    assert remaining(items, [equal]) == [one, other]
    assert remaining(items, [])[0] is one
    assert remaining(items, [other, one])[0] is equal
    assert remaining(items, items) == []
    assert remaining([one], [equal]) == [one]
