"""What engines that would starve give up."""

from __future__ import annotations

import pytest

from placer.moves.engines import KeptEngines
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from placer.replanning.relieving import Reliefs, relieve
from tests.placer.replanning.running_problem import going_on, running_problem, search_of


def relieved(problem: Problem, *accepted: int) -> tuple[Reliefs, list[dict[str, float]]]:
    """Reliefs of all engines, and those tried; places are found from some numbers of adapters."""
    search = search_of(problem)
    tried: list[dict[str, float]] = []

    def place(reliefs: Reliefs) -> set[str]:
        given = {i.name: i.share for relief in reliefs.values() for i in relief.given}
        tried.append(given)
        return set() if len(given) in accepted else set(given)

    return relieve(KeptEngines(search.evaluator), going_on(search), place), tried


def test_the_smallest_adapter_that_suffices_is_given_up() -> None:
    found, tried = relieved(running_problem([50.0, 9.0, 6.0, 2.0], [5.0]), 1)
    assert tried == [{"a2": 1}]
    assert found[0].kept.admissible
    assert set(found) == {0}


def test_engines_that_serve_give_up_nothing() -> None:
    assert relieved(running_problem([50.0], [5.0]), 0) == ({}, [{}])


def test_where_it_finds_no_place_a_share_of_the_largest_one_is_tried() -> None:
    problem = running_problem([50.0, 5.0, 5.0, 5.0, 5.0], [5.0])
    found, tried = relieved(problem, 1)
    assert tried == [{"a0": 1}]

    search = search_of(problem)
    tried = []

    def only_small(reliefs: Reliefs) -> set[str]:
        tried.append({i.name: i.share for relief in reliefs.values() for i in relief.given})
        return {name for name, share in tried[-1].items() if share > 0.5}

    found = relieve(KeptEngines(search.evaluator), going_on(search), only_small)
    assert [set(given) for given in tried] == [{"a0"}, {"a0"}]
    assert 0.1 < tried[1]["a0"] < 0.3
    assert found[0].kept.admissible


def test_where_neither_finds_a_place_more_are_given_up_that_are_smaller() -> None:
    rates = [40.0, 8.0, 5.0, 4.0, 3.0, 3.0, 2.5, 2.0]
    found, tried = relieved(running_problem(rates, [5.0]), 2)
    assert [len(given) for given in tried] == [1, 1, 2]
    assert tried[0] == {"a1": 1}
    assert tried[1]["a0"] < 1
    assert max(item.rate for item in found[0].given) < 8


def test_what_never_finds_a_place_is_as_few_as_possible() -> None:
    found, _ = relieved(running_problem([40.0, 8.0, 5.0, 4.0, 3.0, 3.0, 2.5, 2.0], [5.0]))
    assert [item.name for item in found[0].given] == ["a1"]


def test_adapters_with_replicas_are_not_split() -> None:
    rules = Rules(min_replicas={"a0": 2})
    problem = running_problem([44.0, 22.0, 22.0], [5.0], rules=rules)
    _, tried = relieved(problem)
    assert all(given.get("a0", 0.5) in (0.5, 1) for given in tried)


@pytest.mark.parametrize("rate", [500.0])
def test_an_engine_that_serves_nothing_of_what_it_holds_is_left_out(rate: float) -> None:
    found, tried = relieved(running_problem([rate], [5.0]))
    assert found == {}
    assert tried == [{}]
