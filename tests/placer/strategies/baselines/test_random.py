"""Random."""

from __future__ import annotations

from placer.strategies.baselines import Random
from tests.placer.strategies.baselines.settings import holdings, place, problem_of


def test_it_follows_the_seed() -> None:
    problem = problem_of([4.0] * 30)
    one, two, other = (holdings(place(problem, Random(), seed=seed)) for seed in (1, 1, 2))
    assert one == two != other


def test_gpus_are_drawn_with_equal_probability() -> None:
    problem = problem_of([0.01] * 400, max_gpus=4)
    contents = holdings(place(problem, Random()))
    assert len(contents) == 1  # one GPU is enough
    search_for_more = problem_of([20.0] * 48)
    sizes = [len(content) for content in holdings(place(search_for_more, Random()))]
    assert max(sizes) > min(sizes)
