"""Numbers of equal values."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from twin.workload.numbering import Numbering


@given(st.lists(st.text(max_size=2)))
def test_equal_values_have_the_same_number_in_the_order_of_appearance(values: list[str]) -> None:
    numbering = Numbering()
    numbers = [numbering(value) for value in values]
    distinct = list(dict.fromkeys(values))
    assert numbers == [distinct.index(value) for value in values]
    assert len(numbering) == len(distinct)


@dataclass(frozen=True, eq=False)
class Table:
    """A value that counts how often it is hashed."""

    hashed: list[int]

    def __hash__(self) -> int:
        self.hashed.append(1)
        return 7

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table)


def test_an_object_is_hashed_once() -> None:
    numbering, table = Numbering(), Table([])
    assert [numbering(table) for _ in range(100)] == [0] * 100
    assert len(table.hashed) <= 2
    assert numbering(Table([])) == 0


def test_numbers_of_objects_that_are_gone_are_not_given_to_others() -> None:
    numbering = Numbering()
    assert [numbering((k, "x" * k)) for k in range(1000)] == list(range(1000))
