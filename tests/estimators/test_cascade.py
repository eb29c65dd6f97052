"""CascadeEstimator keeps the contract, and simulates what the model is unsure of."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.base import Candidate, Stoppable
from estimators.cascade import CascadeEstimator
from estimators.ml_backed import MLEstimator
from estimators.testing import EstimatorContract, example_adapters
from estimators.twin_backed import TwinEstimator
from estimators.window import Window
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import read_profile
from twin.workload.stopped import Stopped

PROFILE = read_profile("h100_64gb_llama31_8b")


WINDOW = Window(400.0)
SHORTER = Window(60.0)  # than any of the training


def cascade(
    certain: float = 0.02, hopeless: float = 0.9, window: Window = WINDOW
) -> CascadeEstimator:
    model, twin = MLEstimator(window=window), TwinEstimator(window)
    return CascadeEstimator(model, twin, certain, hopeless)


class TestCascadeEstimator(EstimatorContract):
    @pytest.fixture
    def estimator(self) -> CascadeEstimator:
        return cascade()

    @pytest.fixture
    def profile(self) -> ServingProfile:
        return PROFILE


def candidates(*rates: float, number: int = 9) -> list[Candidate]:
    config = PROFILE.engine_config(number, 32)
    return [Candidate(PROFILE, config, example_adapters(number, rates=(r,))) for r in rates]


def edge() -> float:
    """Rate of an adapter at which the model's verdict is open."""
    rates = np.geomspace(0.3, 10.0, 800)
    model = MLEstimator(window=WINDOW)
    probability = model.estimate(candidates(*rates)).starvation_probability
    return float(rates[np.argmin(np.abs(probability - 0.5))])


def test_the_twin_is_asked_where_the_verdict_is_open() -> None:
    both = cascade()
    batch = candidates(0.2, edge(), 20.0)
    answers = both.estimate(batch)
    assert both.counts == {"model": 2, "twin": 1}
    model, twin = (one.estimate(batch) for one in (both.model, TwinEstimator(WINDOW)))
    assert [repr(answers[k]) for k in (0, 2)] == [repr(model[k]) for k in (0, 2)]
    assert repr(answers[1]) == repr(twin[1])


def test_counts_add_up() -> None:
    both = cascade()
    both.estimate(candidates(0.2, 0.25))
    both.estimate(candidates(20.0))
    assert both.counts == {"model": 3, "twin": 0}
    both.counts["model"] = 7
    assert both.counts["model"] == 3


def test_the_twin_is_asked_where_the_model_would_extrapolate() -> None:
    both = cascade(window=SHORTER)
    both.estimate(candidates(0.2))  # no warning: nothing was extrapolated in the end
    assert both.counts == {"model": 0, "twin": 1}


def test_memory_errors_need_no_simulation() -> None:
    config = PROFILE.engine_config(4096, PROFILE.largest_rank)
    both = cascade()
    (estimate,) = both.estimate([Candidate(PROFILE, config, example_adapters(3))])
    assert estimate.memory_error
    assert both.counts == {"model": 1, "twin": 0}


@pytest.mark.parametrize("bounds", [(0.5, 0.5), (-0.1, 0.9), (0.1, 1.1)])
def test_bounds_are_probabilities_in_order(bounds: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="bound no range; 0 <= certain < hopeless <= 1"):
        cascade(*bounds)


def test_both_look_at_the_same_window() -> None:
    with pytest.raises(InputError, match=r"duration=400\.0.* is not that of the twin; .*=60\.0"):
        CascadeEstimator(MLEstimator(window=WINDOW), TwinEstimator(SHORTER))


def test_the_simulation_of_what_is_open_can_be_given_up() -> None:
    estimator = cascade(certain=0.0, hopeless=1.0)
    asked = candidates(edge())
    assert isinstance(estimator, Stoppable)
    with pytest.raises(Stopped):
        estimator.estimate_unless(lambda: True, asked)
