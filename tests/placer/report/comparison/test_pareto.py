"""Pareto fronts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from placer.report.comparison.pareto import pareto_front


def test_the_front_by_the_first_quantity() -> None:
    assert pareto_front([(3.0, 1.0), (1.0, 5.0), (2.0, 5.0), (2.0, 3.0)]) == [1, 3, 0]
    assert pareto_front([]) == []


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_a_point_is_on_it_unless_another_one_is_better(points: list[tuple[int, int]]) -> None:
    def dominated(p: tuple[int, int]) -> bool:
        return any(q != p and q[0] <= p[0] and q[1] <= p[1] for q in points)

    expected = {index for index, point in enumerate(points) if not dominated(point)}
    assert set(pareto_front([(float(x), float(y)) for x, y in points])) == expected
