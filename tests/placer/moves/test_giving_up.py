"""What GPUs give up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, by_decreasing_traffic, items_of
from placer.gpu.lockstep import run_alone
from placer.gpu.packing import Packer
from placer.moves.engines import Engines, FreeEngines, KeptEngines
from placer.moves.giving_up import (
    give_up_fewest,
    give_up_halves,
    give_up_part,
    give_up_smallest,
)
from placer.problem.planned_gpu import EvaluatedGpu
from tests.placer.moves.example_engines import engine, evaluator_of


def fewest(evaluator: Evaluator, gpu: EvaluatedGpu) -> tuple[EvaluatedGpu, list[Item]]:
    """What it keeps and gives up of what it holds, with the engine that it has."""
    engines = KeptEngines(evaluator)
    ordered = by_decreasing_traffic(engines.held(gpu))
    relief = run_alone(evaluator, give_up_fewest(partial(engines.change, gpu), ordered))
    assert relief is not None
    return relief.kept, relief.given


def answer(
    evaluator: Evaluator, engines: Engines, gpu: EvaluatedGpu, items: Sequence[Item]
) -> EvaluatedGpu | None:
    return run_alone(evaluator, engines.change(gpu, items))


def names(gpu: EvaluatedGpu) -> list[str]:
    return [name for name, _ in gpu.plan.shares]


def test_an_overloaded_engine_gives_up_as_few_as_possible_and_the_smallest_such() -> None:
    evaluator = evaluator_of([2.0] * 30)
    gpu = engine(evaluator, range(30))
    assert not gpu.admissible
    kept, given = fewest(evaluator, gpu)
    assert kept.admissible
    assert (kept.plan.name, kept.plan.config) == ("home", gpu.plan.config)
    assert sorted([*names(kept), *(item.name for item in given)]) == names(gpu)
    one_more = [*items_of(evaluator, kept.plan), given[0]]
    shares = tuple(sorted((item.name, 1.0) for item in one_more))
    assert not evaluator.evaluate([replace(gpu.plan, shares=shares)])[0].admissible


def test_the_smallest_that_suffices_is_given_up() -> None:
    evaluator = evaluator_of([0.25, 24.0, 3.0, 0.5, 1.0])
    gpu = engine(evaluator, range(5))
    assert not gpu.admissible
    _, given = fewest(evaluator, gpu)
    assert [item.name for item in given] == ["adapter-004"]


def test_an_engine_that_serves_nothing_has_nothing_to_keep() -> None:
    evaluator = evaluator_of([500.0])
    gpu, engines = engine(evaluator, range(1)), KeptEngines(evaluator)
    ask, items = partial(engines.change, gpu), engines.held(gpu)
    assert run_alone(evaluator, give_up_fewest(ask, items)) is None
    assert run_alone(evaluator, give_up_smallest(ask, items)) is None


def test_as_few_of_the_smallest_are_given_up_as_it_takes() -> None:
    rates = [0.1 * i for i in range(1, 31)]
    evaluator = evaluator_of(rates)
    gpu, engines = engine(evaluator, range(30)), KeptEngines(evaluator)
    ordered = by_decreasing_traffic(engines.held(gpu))
    relief = run_alone(evaluator, give_up_smallest(partial(engines.change, gpu), ordered))
    assert relief is not None
    assert relief.kept.admissible
    number = len(relief.given)
    assert {i.name for i in relief.given} == {i.name for i in ordered[-number:]}
    assert not answer(evaluator, engines, gpu, ordered[: len(ordered) - number + 1])


def test_of_large_items_small_shares_of_the_largest_are_given_up() -> None:
    evaluator = evaluator_of([14.0, 13.4])
    gpu, engines = engine(evaluator, range(2)), KeptEngines(evaluator)
    assert not gpu.admissible
    ordered = by_decreasing_traffic(engines.held(gpu))
    relief = run_alone(evaluator, give_up_smallest(partial(engines.change, gpu), ordered))
    assert relief is not None
    (given,) = relief.given
    assert given.name == ordered[0].name
    assert 0 < given.share < 0.2
    shares = dict(relief.kept.plan.shares)
    assert shares[given.name] + given.share == pytest.approx(1.0)


def test_a_hot_item_is_halved_until_a_part_is_served() -> None:
    evaluator = evaluator_of([150.0, 1.0])
    gpu, engines = engine(evaluator, range(2)), FreeEngines(Packer(evaluator))
    ordered = by_decreasing_traffic(engines.held(gpu))
    relief = run_alone(evaluator, give_up_halves(partial(engines.change, gpu), ordered))
    assert relief is not None
    ((name, share),) = relief.kept.plan.shares
    assert name == "adapter-000"
    given = [item.share for item in relief.given if item.name == name]
    assert given[-1] == share
    assert share + sum(given) == 1.0
    assert "adapter-001" in {item.name for item in relief.given}


def test_what_is_too_hot_even_in_small_parts_is_not_served() -> None:
    evaluator = evaluator_of([50_000.0])
    gpu, engines = engine(evaluator, range(1)), FreeEngines(Packer(evaluator))
    search = give_up_halves(partial(engines.change, gpu), engines.held(gpu))
    assert run_alone(evaluator, search) is None


def test_more_than_the_fewest_are_smaller() -> None:
    evaluator = evaluator_of([24.0, 9.0, 4.0, 3.0, 2.0, 1.0])
    gpu, engines = engine(evaluator, range(6)), KeptEngines(evaluator)
    ordered = by_decreasing_traffic(engines.held(gpu))
    ask = partial(engines.change, gpu)
    found = [run_alone(evaluator, give_up_fewest(ask, ordered, more)) for more in range(3)]
    reliefs = [relief for relief in found if relief is not None]
    numbers = [len(relief.given) for relief in reliefs]
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]
    largest = [max(item.token_rate for item in relief.given) for relief in reliefs]
    assert largest == sorted(largest, reverse=True)
    assert all(relief.kept.admissible for relief in reliefs)


def test_as_small_a_share_of_the_largest_is_given_up_as_it_takes() -> None:
    evaluator = evaluator_of([30.0, 4.0, 1.0])
    gpu, engines = engine(evaluator, range(3)), KeptEngines(evaluator)
    ordered = by_decreasing_traffic(engines.held(gpu))
    ask = partial(engines.change, gpu)
    assert not gpu.admissible
    relief = run_alone(evaluator, give_up_part(ask, ordered))
    assert relief is not None
    (part,) = relief.given
    assert part.name == ordered[0].name
    assert relief.kept.admissible
    more = ordered[0].with_share(1 - part.share + 1 / 64)
    assert answer(evaluator, engines, gpu, [more, *ordered[1:]]) is None


def test_no_share_helps_where_the_others_are_too_much() -> None:
    evaluator = evaluator_of([2.0] * 90)
    gpu, engines = engine(evaluator, range(90)), KeptEngines(evaluator)
    ordered = by_decreasing_traffic(engines.held(gpu))
    assert run_alone(evaluator, give_up_part(partial(engines.change, gpu), ordered)) is None
