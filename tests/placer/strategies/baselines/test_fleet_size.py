"""How many GPUs a method gets."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from placer.gpu.items import Item
from placer.problem.fleet import GpuType
from placer.strategies.baselines.fleet_size import (
    for_adapters,
    place_on_fleets,
    publish_on_fleet,
)
from placer.strategies.baselines.random import Random
from placer.testing import example_problem
from tests.placer.strategies.baselines.settings import problem_of, search_of
from twin.files.errors import InputError


def test_the_smallest_admissible_number_is_found_by_doubling_and_halving() -> None:
    search = search_of(problem_of([10.0] * 40))  # 40,000 tokens/s
    items = search.items()
    tried = []

    def assign(types: Sequence[GpuType]) -> list[list[Item]]:
        tried.append(len(types))
        return [list(items[g :: len(types)]) for g in range(len(types))]

    place_on_fleets(search, items, assign, "all")
    assert search.unplaced == ()
    best = len(search.gpus)
    assert best == min(n for n in tried if n >= best)
    assert best - 1 in tried or best == tried[0]
    shares = 40 // (best - 1)
    assert 1000 * shares > 10_000 / 0.9 / (1 + 0.01 * shares + 0.0008 * shares) * 0.99


def test_where_there_are_too_few_gpus_the_last_placement_is_published() -> None:
    search = search_of(problem_of([10.0] * 40, max_gpus=2))
    items = search.items()
    place_on_fleets(search, items, lambda types: [list(items), []], "all")
    assert search.failing == (0,)
    assert search.unplaced == ()
    assert len(search.gpus) == 1


def test_a_method_without_a_placement_gives_nothing() -> None:
    search = search_of(problem_of([10.0] * 4, max_gpus=2))
    items = search.items()
    place_on_fleets(search, items, lambda types: None, "all")
    assert search.gpus == ()


def test_its_own_number_is_not_questioned_where_that_is_asked_for() -> None:
    search = search_of(problem_of([10.0] * 40))
    items = search.items()
    publish_on_fleet(search, items, lambda types: [list(items), []], "all", 2)
    assert search.failing == (0,)


def test_its_own_number_is_offered_where_all_gpus_are_admissible() -> None:
    search = search_of(problem_of([1.0] * 4))
    items = search.items()
    publish_on_fleet(search, items, lambda types: [[item] for item in items], "all", 4)
    assert search.failing == ()
    assert len(search.gpus) == 4


def test_no_more_gpus_are_published_than_there_are() -> None:
    search = search_of(problem_of([10.0] * 4, max_gpus=2))
    items = search.items()
    publish_on_fleet(
        search, items, lambda types: [[item] for item in items[: len(types)]], "all", 9
    )
    assert len(search.gpus) == 2


@pytest.mark.parametrize(("slots", "expected"), [("all", 10), ("third", 4)])
def test_slots(slots: str, expected: int) -> None:
    search = search_of(problem_of([0.1] * 10))
    items = search.items()
    place_on_fleets(search, items, lambda types: [list(items)], slots)
    assert search.gpus[0].plan.config.max_loras == expected


def test_unknown_slots_are_refused() -> None:
    with pytest.raises(InputError, match=r"strategy\.slots: 'few' is unknown; accepted: all"):
        Random("few")


def test_requests_for_the_base_model_go_to_all_gpus() -> None:
    search = search_of(example_problem(6, max_gpus=3, base_rate=1.0))
    items = search.items(even=True)
    own = for_adapters(items)
    publish_on_fleet(search, items, lambda types: [own, [], []], "all", 3)
    shares = [dict(gpu.plan.shares).get("base") for gpu in search.gpus]
    assert shares == [1 / 3] * 3
    assert [gpu.plan.config.max_loras for gpu in search.gpus] == [6, 0, 0]
