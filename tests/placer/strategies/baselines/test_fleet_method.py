"""What published methods share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placer.strategies.baselines import Hrw, LeastLoaded, Random
from placer.strategies.baselines.fleet_method import FleetMethod
from tests.placer.strategies.baselines.settings import place, problem_of
from twin.files.errors import InputError

METHODS = [Hrw(), LeastLoaded(), Random()]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: type(method).__name__)
def test_engines_have_the_slots_that_are_asked_for(method: FleetMethod) -> None:
    problem = problem_of([1.0] * 9)
    (every,) = place(problem, replace(method, slots="all")).placement.gpus
    (third,) = place(problem, replace(method, slots="third")).placement.gpus
    assert (every.config.max_loras, third.config.max_loras) == (9, 3)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: type(method).__name__)
def test_unknown_slots_are_refused(method: FleetMethod) -> None:
    with pytest.raises(InputError, match=r"slots: 'few' is unknown; accepted: all, third"):
        replace(method, slots="few")
