"""EstimatorContract: what every estimator has to keep, as tests of pytest."""

from __future__ import annotations

import dataclasses

import numpy as np

from estimators.base import Candidate, Estimate, Estimates, Estimator
from estimators.starvation import USUAL_RULE
from estimators.testing.examples import example_adapters, example_profile
from twin.gpu.profile import ServingProfile

try:
    import pytest
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("EstimatorContract is for pytest, which is not installed") from error

__all__ = ["EstimatorContract"]

_FIELDS = Estimate._fields
_LATENCIES = ("ttft_mean", "ttft_p99", "tpot_mean", "tpot_p99", "itl_mean", "itl_p99")


class EstimatorContract:
    """What strategies rely on."""

    @pytest.fixture
    def estimator(self) -> Estimator:
        """The estimator to be tested; called for each test."""
        raise NotImplementedError

    @pytest.fixture
    def profile(self) -> ServingProfile:
        """A profile that the estimator knows."""
        return example_profile()

    @pytest.fixture
    def candidates(self, profile: ServingProfile) -> list[Candidate]:
        """Four GPUs, from one adapter to more than the GPU can serve."""
        adapters = example_adapters(24)
        hot = example_adapters(6, rates=(40.0,), prefix="hot")
        return [
            Candidate(profile, profile.engine_config(1, 8), adapters[:1]),
            Candidate(profile, profile.engine_config(6, 32), adapters[:6]),
            Candidate(profile, profile.engine_config(8, 32), adapters),
            Candidate(profile, profile.engine_config(6, 32), hot),
        ]

    @pytest.fixture
    def too_large(self, profile: ServingProfile) -> Candidate:
        """A configuration for which the GPU has too little memory."""
        config = profile.engine_config(4096, profile.largest_rank)
        assert profile.memory_error(config) is not None
        return Candidate(profile, config, example_adapters(3))

    def test_shapes_and_types(
        self, estimator: Estimator, candidates: list[Candidate], too_large: Candidate
    ) -> None:
        estimates = estimator.estimate([*candidates, too_large], USUAL_RULE)
        assert len(estimates) == len(candidates) + 1
        for name in _FIELDS:
            column = getattr(estimates, name)
            assert column.shape == (len(candidates) + 1,)
            assert column.dtype == (np.bool_ if name == "memory_error" else np.float64)

    def test_an_empty_batch_is_answered(self, estimator: Estimator) -> None:
        assert len(estimator.estimate([], USUAL_RULE)) == 0

    def test_a_batch_is_its_candidates_one_by_one(
        self, estimator: Estimator, candidates: list[Candidate]
    ) -> None:
        batch = estimator.estimate(candidates, USUAL_RULE)
        single = Estimates.concatenate([estimator.estimate([c], USUAL_RULE) for c in candidates])
        _assert_equal(batch, single)

    def test_order_within_a_batch_is_immaterial(
        self, estimator: Estimator, candidates: list[Candidate]
    ) -> None:
        forward = estimator.estimate(candidates, USUAL_RULE)
        backward = estimator.estimate(candidates[::-1], USUAL_RULE)
        _assert_equal(forward, Estimates.from_rows(list(backward)[::-1]))

    def test_order_of_the_adapters_is_immaterial(
        self, estimator: Estimator, candidates: list[Candidate]
    ) -> None:
        turned = [dataclasses.replace(c, adapters=c.adapters[::-1]) for c in candidates]
        _assert_equal(
            estimator.estimate(candidates, USUAL_RULE), estimator.estimate(turned, USUAL_RULE)
        )

    def test_the_same_question_has_the_same_answer(
        self, estimator: Estimator, candidates: list[Candidate]
    ) -> None:
        _assert_equal(
            estimator.estimate(candidates, USUAL_RULE), estimator.estimate(candidates, USUAL_RULE)
        )

    def test_offered_load_is_that_of_the_adapters(
        self, estimator: Estimator, candidates: list[Candidate]
    ) -> None:
        expected = [c.token_rate for c in candidates]
        offered = estimator.estimate(candidates, USUAL_RULE).offered_throughput
        np.testing.assert_allclose(offered, expected, rtol=0.02)

    def test_no_more_is_served_than_offered(
        self, estimator: Estimator, candidates: list[Candidate]
    ) -> None:
        estimates = estimator.estimate(candidates, USUAL_RULE)
        assert np.all(estimates.served_throughput >= 0)
        assert np.all(estimates.served_throughput <= estimates.offered_throughput * (1 + 1e-9))

    def test_starvation_probabilities_tell_light_from_heavy(
        self, estimator: Estimator, candidates: list[Candidate]
    ) -> None:
        probability = estimator.estimate(candidates, USUAL_RULE).starvation_probability
        assert np.all((probability >= 0) & (probability <= 1))
        assert probability[0] < 0.5 < probability[3]

    def test_latencies_are_positive(
        self, estimator: Estimator, candidates: list[Candidate]
    ) -> None:
        estimates = estimator.estimate(candidates[:3], USUAL_RULE)
        for name in _LATENCIES:
            assert np.all(getattr(estimates, name) > 0), name
        assert np.all(estimates.ttft_p99 >= estimates.ttft_mean)

    def test_quantiles_are_in_order(
        self, estimator: Estimator, candidates: list[Candidate]
    ) -> None:
        estimates = estimator.estimate(candidates[:3], USUAL_RULE)
        for metric in ("ttft", "tpot"):
            p50, p90, p99 = (getattr(estimates, f"{metric}_{q}") for q in ("p50", "p90", "p99"))
            assert np.all((p50 > 0) & (p50 <= p90) & (p90 <= p99)), metric

    def test_memory_errors_are_flagged(
        self, estimator: Estimator, candidates: list[Candidate], too_large: Candidate
    ) -> None:
        estimates = estimator.estimate([candidates[0], too_large], USUAL_RULE)
        assert estimates.memory_error.tolist() == [False, True]
        assert estimates.served_throughput[1] == 0
        assert estimates.starvation_probability[1] == 1
        assert all(np.isnan(getattr(estimates, name)[1]) for name in _LATENCIES)


def _assert_equal(one: Estimates, other: Estimates) -> None:
    for name in _FIELDS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
