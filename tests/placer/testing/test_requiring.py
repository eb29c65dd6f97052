"""Rules that say in words how they are broken."""

from __future__ import annotations

import math
from functools import partial

import pytest

from placer.testing.requiring import broken_rules, close, require


def test_words_are_those_of_the_error() -> None:
    require(True, "never")
    with pytest.raises(AssertionError, match="the GPU is gone"):
        require(False, "the GPU is gone")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((1.0, 2.0), (1.0 + 1e-9, 2.0), True),
        ((1.0,), (1.001,), False),
        ((math.inf,), (math.inf,), True),
        ((1.0,), (1.0, 1.0), False),
        ((), (), True),
    ],
)
def test_rounding_does_not_count(
    one: tuple[float, ...], other: tuple[float, ...], same: bool
) -> None:
    assert close(one, other) is same


def numbers_are_small(number: int) -> None:
    require(number < 10, f"{number} is large")


def test_broken_rules_are_listed_with_what_they_were_checked_with() -> None:
    cases = [partial(numbers_are_small, number) for number in (1, 12, 30)]
    assert broken_rules(cases) == [
        "numbers are small (12): 12 is large",
        "numbers are small (30): 30 is large",
    ]


def test_an_error_of_another_kind_does_not_end_the_checks() -> None:
    broken = broken_rules([partial(numbers_are_small, "text"), partial(numbers_are_small, 12)])
    assert broken[0].startswith("numbers are small ('text'): TypeError: ")
    assert len(broken) == 2
