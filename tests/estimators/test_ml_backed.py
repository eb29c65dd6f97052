"""MLEstimator keeps the contract, and says when it does not know."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from estimators.base import Candidate
from estimators.ml_backed import MLEstimator
from estimators.model.model_store import bundled_model_paths
from estimators.starvation import StarvationRule
from estimators.testing import EstimatorContract, example_adapters, example_profile
from estimators.twin_backed import TwinEstimator
from estimators.window import Window
from twin.files.errors import ExtrapolationWarning, InputError
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import read_profile

LLAMA = read_profile("h100_64gb_llama31_8b")
QWEN = read_profile("h100_64gb_qwen25_7b")


class TestMLEstimator(EstimatorContract):
    @pytest.fixture
    def estimator(self) -> MLEstimator:
        return MLEstimator()

    @pytest.fixture
    def profile(self) -> ServingProfile:
        return LLAMA


def candidate(
    number: int = 9, rate: float = 0.3, slots: int = 9, profile: ServingProfile = LLAMA
) -> Candidate:
    adapters = example_adapters(number, rates=(rate,))
    return Candidate(profile, profile.engine_config(slots, 32), adapters)


@pytest.mark.parametrize("name", [path.stem for path in bundled_model_paths()])
def test_models_that_come_with_the_package_are_right(name: str) -> None:
    profile = read_profile(name)
    batch = [candidate(rate=rate, profile=profile) for rate in (0.2, 10.0)]
    calm, hot = MLEstimator().estimate(batch)
    simulated = TwinEstimator(stop_early=False).estimate(batch)
    assert calm.starvation_probability < 0.05
    assert hot.starvation_probability > 0.95
    served = [calm.served_throughput, hot.served_throughput]
    np.testing.assert_allclose(served, simulated.served_throughput, rtol=0.15)


def test_profiles_may_be_mixed_in_a_batch() -> None:
    mixed = [candidate(), candidate(profile=QWEN), candidate(number=4), candidate(4, profile=QWEN)]
    estimates = MLEstimator().estimate(mixed)
    single = [MLEstimator().estimate([one])[0] for one in mixed]
    assert repr(list(estimates)) == repr(single)


def test_starvation_never_becomes_less_likely_with_more_traffic() -> None:
    rates = np.geomspace(0.05, 60.0, 40)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExtrapolationWarning)
        estimates = MLEstimator().estimate([candidate(rate=float(r)) for r in rates])
    probability = estimates.starvation_probability
    assert probability[0] < 0.05
    assert probability[-1] > 0.95
    assert np.all(np.diff(probability) > -0.1)


def test_neglected_adapters_can_be_left_out() -> None:
    tight = candidate(number=24, rate=0.2, slots=2)
    strict, paper = (
        MLEstimator().estimate([tight], StarvationRule(adapters_starve=flag))[0]
        for flag in (True, False)
    )
    assert paper.served_throughput == strict.served_throughput
    assert paper.starvation_probability != strict.starvation_probability


def test_leaving_the_range_of_the_training_is_told_and_widens_the_uncertainty() -> None:
    estimator = MLEstimator(window=Window(1e7))
    with pytest.warns(ExtrapolationWarning, match=r"window \(time that the prediction is for\)"):
        wide = estimator.estimate([candidate()])[0].uncertainty
    assert wide > 10 * MLEstimator().estimate([candidate()])[0].uncertainty
    _, outside = estimator.predict([candidate()])
    assert outside.tolist() == [True]


def test_profiles_without_a_model_are_refused_with_the_command_that_trains_one() -> None:
    unknown = example_profile("unknown")
    adapters = example_adapters(3)
    with pytest.raises(InputError, match="python -m estimators profile=unknown"):
        MLEstimator().estimate([Candidate(unknown, unknown.engine_config(3, 32), adapters)])


def test_other_costs_are_another_profile() -> None:
    slower = LLAMA.slower(0.5)
    other = Candidate(slower, slower.engine_config(3, 32), example_adapters(3))
    with pytest.raises(InputError, match="was trained for other costs"):
        MLEstimator().estimate([other])


def test_another_threshold_is_refused() -> None:
    with pytest.raises(InputError, match=r"was trained with 0\.9, not 0\.8") as caught:
        MLEstimator().estimate([candidate()], StarvationRule(0.8))
    assert "starvation_threshold=0.8" in str(caught.value)


def test_candidates_that_make_no_sense_are_refused() -> None:
    empty = replace(candidate(), adapters=())
    with pytest.raises(InputError, match="it has no adapter"):
        MLEstimator().estimate([empty])
    with pytest.raises(InputError, match="or max_loras is 0"):
        MLEstimator().estimate([replace(candidate(), config=LLAMA.engine_config(0, 32))])
    with pytest.raises(InputError, match="max_lora_rank: it is below the rank"):
        MLEstimator().estimate([replace(candidate(), config=LLAMA.engine_config(3, 8))])


def test_a_model_of_ones_own_comes_first(tmp_path: Path) -> None:
    (tmp_path / "mine.model").write_text("nonsense")
    with pytest.raises(InputError, match="is no model of an estimator"):
        MLEstimator(models=(str(tmp_path / "mine.model"),)).estimate([candidate()])
