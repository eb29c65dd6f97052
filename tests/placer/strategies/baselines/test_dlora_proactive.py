"""DloraProactive."""

from __future__ import annotations

import pytest

from placer.strategies.baselines import DloraProactive
from tests.placer.strategies.baselines.settings import holdings, place, problem_of


def test_replicas_are_engines_and_adapters_less_one() -> None:
    contents = holdings(
        place(problem_of([60.0, 20.0, 20.0, 20.0, 20.0, 20.0, 20.0]), DloraProactive())
    )
    assert len(contents) == 2
    assert sum(map(len, contents)) == 2 + 7 - 1
    assert [content["a00"] for content in contents] == [0.5, 0.5]


def test_adapters_are_dealt_to_the_engines_with_the_fewest() -> None:
    contents = holdings(place(problem_of([12.0] * 16), DloraProactive()))
    sizes = sorted(map(len, contents))
    assert sizes[-1] - sizes[0] <= 1


def test_shares_of_an_adapter_are_equal() -> None:
    contents = holdings(place(problem_of([200.0, 5.0, 5.0]), DloraProactive()))
    shares = [content["a00"] for content in contents if "a00" in content]
    assert len(shares) > 1
    assert shares == pytest.approx([1 / len(shares)] * len(shares))
