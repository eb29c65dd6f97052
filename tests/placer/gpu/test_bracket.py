"""Brackets."""

from __future__ import annotations

import math
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placer.gpu.bracket import Bracket, RealBracket, ScatteredBracket


def run(bracket: Bracket, edge: int) -> list[int]:
    """Numbers that are tried, where the change is just above an edge."""
    tried = []
    for number in bracket:
        tried.append(number)
        if number <= edge:
            bracket.low = number
        else:
            bracket.high = number
    return tried


@given(
    st.integers(0, 300), st.integers(1, 300), st.none() | st.integers(1, 300), st.integers(1, 9)
)
def test_the_edge_is_found_and_nothing_is_tried_twice(
    edge: int, size: int, first: int | None, step: int
) -> None:
    edge = min(edge, size)
    bracket = Bracket(0, size + 1, first, step)
    tried = run(bracket, edge)
    assert (bracket.low, bracket.high) == (edge, edge + 1)
    assert len(set(tried)) == len(tried)
    assert all(1 <= number <= size for number in tried)


def test_it_goes_in_growing_steps_and_then_halves() -> None:
    assert run(Bracket(0, 1000, first=1), 11) == [1, 2, 4, 8, 16, 12, 10, 11]
    assert run(Bracket(0, 1000, first=40, step=2), 30) == [40, 38, 34, 26, 30, 32, 31]


def test_without_a_first_number_it_halves() -> None:
    assert run(Bracket(-1, 7), 4) == [3, 5, 4]


def test_where_nothing_is_in_between_nothing_is_tried() -> None:
    assert run(Bracket(0, 1, first=5), 0) == []


@given(st.floats(1e-2, 1e4), st.sampled_from([0.01, 0.05, 0.2]))
def test_a_real_edge_is_found_as_closely_as_is_wanted(edge: float, tolerance: float) -> None:
    bracket = RealBracket(0.0, first=1.0, step=1.0, tolerance=tolerance)
    for number in bracket:
        if number <= edge:
            bracket.low = number
        else:
            bracket.high = number
    assert bracket.low <= edge < bracket.high
    assert bracket.high - bracket.low <= tolerance * bracket.high


def test_a_real_bracket_doubles_until_it_knows_an_upper_end() -> None:
    bracket, tried = RealBracket(1.0, 1.25, 0.25, 0.05), []
    for number in bracket:
        tried.append(number)
        bracket.low = number
        if number > 8:
            break
    assert tried == [1.25, 1.5, 2.0, 3.0, 5.0, 9.0]
    assert math.isinf(bracket.high)


def test_what_is_no_number_is_not_bracketed() -> None:
    assert list(RealBracket(math.nan, 1.0, 1.0, 0.1)) == []


def searching() -> Generator[int, bool, int]:
    bracket = Bracket(0, 10)
    for number in bracket:
        if (yield number):
            bracket.low = number
        else:
            bracket.high = number
    return bracket.low


@pytest.mark.parametrize("edge", [0, 5, 9])
def test_a_search_that_yields_may_use_it(edge: int) -> None:
    search = searching()
    asked, found = next(search), None
    while found is None:
        try:
            asked = search.send(asked <= edge)
        except StopIteration as end:
            found = end.value
    assert found == edge


@given(st.floats(1e-2, 1e4))
def test_a_scattered_edge_is_found_by_some_numbers_at_a_time(edge: float) -> None:
    bracket = ScatteredBracket((0.9, 1.0), (1.2, 2.0), parts=3)
    for _ in range(40):
        for number in bracket.wanted():
            bracket.narrow(number, number <= edge)
    assert bracket.low <= edge <= bracket.high
    assert bracket.high <= bracket.low * 1.001


def test_what_is_tried_depends_on_what_is_known() -> None:
    bracket = ScatteredBracket((0.9, 1.1), (1.2, 2.0), parts=2)
    assert bracket.wanted() == [0.9, 1.1]
    bracket.narrow(1.1, accepted=False)
    bracket.narrow(0.9, accepted=False)
    assert bracket.wanted() == [0.45, 0.75]
    bracket.narrow(0.4, accepted=True)
    assert bracket.wanted() == pytest.approx([0.6])


def test_what_was_accepted_counts_for_more_than_what_was_rejected() -> None:
    bracket = ScatteredBracket((1.0,), (1.5,), parts=2)
    bracket.narrow(1.0, accepted=False)
    bracket.narrow(1.2, accepted=True)
    assert (bracket.low, bracket.high) == (1.2, math.inf)
    bracket.narrow(1.1, accepted=False)
    assert (bracket.low, bracket.high) == (1.2, math.inf)


@given(st.floats(1e-2, 1e4))
def test_a_hint_is_followed(edge: float) -> None:
    bracket = ScatteredBracket((1.0,), (2.0,), parts=3)
    tries = 0
    while bracket.high > bracket.low * 1.02:
        for number in bracket.wanted():
            tries += 1
            bracket.narrow(number, number <= edge, hint=1.01 * edge)
    assert bracket.low <= edge <= bracket.high
    assert tries <= 25


def test_two_numbers_are_tried_below_a_hint() -> None:
    bracket = ScatteredBracket((100.0,), (2.0,), parts=3)
    bracket.narrow(100.0, accepted=False, hint=50.0)
    assert bracket.wanted() == pytest.approx([49.25, 50.15])
    assert bracket.wanted() == [50.0]  # once only
    bracket.narrow(49.5, accepted=False, hint=49.0)  # no hint: it is the number itself
    assert bracket.wanted() == pytest.approx([24.75])
