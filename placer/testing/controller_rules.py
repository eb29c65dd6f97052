"""ControllerRules: what every controller has to keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from estimators.testing.requiring import require, require_rules
from placer.controllers.controller import Controller, check_shares
from placer.controllers.observation import Observation
from placer.testing.examples import example_problem
from twin.files.errors import InputError
from twin.workload.workload import Workload

__all__ = ["SIZES", "ControllerRules", "check_controller", "example_observation"]

SIZES = ((1, 1, 1), (1, 4, 2), (5, 2, 4), (24, 3, 2))
"""Adapters, engines and slots that a controller is tried on."""


def example_observation(
    num_adapters: int = 12, num_engines: int = 3, max_loras: int = 2, interval: int = 0
) -> Observation:
    """A fleet that a controller might see, with adapters of which hardly anything is known.

    Parameters
    ----------
    num_adapters, num_engines, max_loras : int
    interval : int
        Intervals that are over; before the first one all adapters are alike.
    """
    problem = example_problem(num_adapters, rates=(0.8, 0.4, 0.1, 1e-6) if interval else (0.2,))
    profile = problem.fleet[0].profile
    on_gpu = np.zeros((num_adapters, num_engines), np.bool_)
    on_gpu[:max_loras] = True
    shares = np.full((num_adapters, num_engines), 1 / num_engines)
    return Observation(
        interval=interval,
        seconds=10.0,
        workload=problem.workload,
        profile=profile,
        config=profile.engine_config(max_loras, 32),
        on_gpu=on_gpu,
        shares=shares,
    )


@dataclass(frozen=True)
class ControllerRules:
    """What a run relies on: every method raises ``AssertionError`` in words.

    Parameters
    ----------
    controller : Controller
    """

    controller: Controller

    def all_requests_have_an_engine(self, size: tuple[int, int, int], interval: int) -> None:
        seen = example_observation(*size, interval)
        for _ in range(2):
            try:
                shares = check_shares(self._decide(seen), seen, self.controller)
            except InputError as error:
                raise AssertionError(str(error)) from None
            seen = replace(seen, interval=seen.interval + 1, shares=shares)

    def what_it_sees_is_not_changed(self) -> None:
        seen = example_observation(interval=1)
        on_gpu, shares = seen.on_gpu.copy(), seen.shares.copy()
        self._decide(seen)
        same = np.array_equal(seen.on_gpu, on_gpu) and np.array_equal(seen.shares, shares)
        require(same, "it changes what it sees")

    def the_same_random_numbers_give_the_same_decision(self) -> None:
        one, two = (self._decide(example_observation(interval=1)) for _ in range(2))
        require(np.array_equal(one, two), "the same random numbers give other decisions")

    def it_has_no_memory(self) -> None:
        first = self._decide(example_observation(interval=1))
        seen = example_observation(interval=1)
        busy = Workload.of(replace(a, rate=5 * a.rate) for a in seen.workload.adapters)
        self._decide(replace(seen, workload=busy))
        again = self._decide(seen)
        require(np.array_equal(first, again), "what it saw before changes what it decides")

    def _decide(self, seen: Observation) -> NDArray[np.float64]:
        return self.controller.decide(seen, np.random.default_rng(0))


def check_controller(controller: Controller) -> None:
    """Check all rules of controllers.

    Parameters
    ----------
    controller : Controller

    Raises
    ------
    AssertionError
        Which rules are broken, and how.
    """
    require_rules(controller, "controllers", _cases(ControllerRules(controller)))


def _cases(rules: ControllerRules) -> Iterator[partial[None]]:
    """Every rule, with all that it is checked with."""
    for size in SIZES:
        for interval in (0, 1):
            yield partial(rules.all_requests_have_an_engine, size, interval)
    yield partial(rules.what_it_sees_is_not_changed)
    yield partial(rules.the_same_random_numbers_give_the_same_decision)
    yield partial(rules.it_has_no_memory)
