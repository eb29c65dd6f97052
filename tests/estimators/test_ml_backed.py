"""MLEstimator keeps the contract, and says when it does not know."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from estimators.base import Candidate
from estimators.ml_backed import MLEstimator
from estimators.model.model_file import write_model
from estimators.model.model_store import find_model
from estimators.starvation import StarvationRule
from estimators.testing import EstimatorContract, example_adapters, example_profile
from estimators.twin_backed import TwinEstimator
from estimators.window import Window
from twin.files.errors import ExtrapolationWarning, InputError
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import measured_profiles, read_profile

LLAMA = read_profile("h100_64gb_llama31_8b")
QWEN = read_profile("h100_64gb_qwen25_7b")
KNOWN = (*measured_profiles(), example_profile("new"), replace(LLAMA.slower(0.5), name="slower"))


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


@pytest.mark.parametrize("profile", KNOWN, ids=lambda profile: profile.name)
def test_one_model_is_right_for_every_profile(profile: ServingProfile) -> None:
    """Measured, or made a minute ago."""
    batch = [candidate(rate=rate, profile=profile) for rate in (0.2, 10.0)]
    calm, hot = MLEstimator().estimate(batch)
    simulated = TwinEstimator(stop_early=False).estimate(batch)
    assert calm.starvation_probability < 0.05
    assert hot.starvation_probability > 0.95
    served = [calm.served_throughput, hot.served_throughput]
    np.testing.assert_allclose(served, simulated.served_throughput, rtol=0.15)


def test_engines_that_launch_kernels_for_active_adapters_alone_are_not_known() -> None:
    spares = LLAMA.with_step_time(replace(LLAMA.step_time, lora_always=False))
    with pytest.raises(InputError, match="trained models do not know it; estimator=twin"):
        MLEstimator().predictor(replace(spares, specialize_active_lora=True))


def test_ranks_beyond_the_measured_ones_are_less_certain() -> None:
    adapters = example_adapters(9, rates=(0.3,))
    measured, beyond = (
        Candidate(LLAMA, LLAMA.engine_config(9, rank), adapters) for rank in (32, 64)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExtrapolationWarning)
        one, other = MLEstimator().estimate([measured, beyond])
    assert other.uncertainty > one.uncertainty + 0.02


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
    """The busy one holds the only slot, and the engine as a whole serves nearly all."""
    busy, rare = example_adapters(2, rates=(6.0,))
    adapters = (busy, replace(rare, rank=busy.rank, rate=0.1))
    tight = Candidate(LLAMA, LLAMA.engine_config(1, 32), adapters)
    strict, engine_alone = (
        MLEstimator().estimate([tight], StarvationRule(adapters_starve=flag))[0]
        for flag in (True, False)
    )
    assert strict.served_throughput == engine_alone.served_throughput
    assert strict.starvation_probability > engine_alone.starvation_probability + 0.02


def test_leaving_the_range_of_the_training_is_told_and_widens_the_uncertainty() -> None:
    estimator = MLEstimator(window=Window(1e7))
    with pytest.warns(ExtrapolationWarning, match=r"window \(time that the prediction is for\)"):
        wide = estimator.estimate([candidate()])[0].uncertainty
    assert wide > 10 * MLEstimator().estimate([candidate()])[0].uncertainty
    _, outside = estimator.predict([candidate()])
    assert outside.tolist() == [True]


def test_engines_beyond_those_that_were_drawn_are_told_and_widen_the_uncertainty() -> None:
    known = MLEstimator().estimate([candidate(rate=0.001)])[0].uncertainty
    beyond = candidate(rate=0.001, profile=LLAMA.slower(80.0))
    with pytest.warns(ExtrapolationWarning, match="lies outside of what the model"):
        assert MLEstimator().estimate([beyond])[0].uncertainty > 2 * known


def test_a_special_model_of_ones_own_is_preferred(tmp_path: Path) -> None:
    special = replace(find_model(LLAMA), fingerprint=LLAMA.fingerprint, provenance={"own": True})
    write_model(tmp_path / "mine.model", special)
    estimator = MLEstimator(models=(str(tmp_path / "mine.model"),))
    assert estimator.predictor(LLAMA).model.provenance == {"own": True}
    assert estimator.predictor(QWEN).model.provenance != {"own": True}


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
