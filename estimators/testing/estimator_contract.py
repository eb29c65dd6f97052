"""EstimatorContract: the rules of estimators as tests of pytest."""

from __future__ import annotations

from estimators.base import Estimator
from estimators.testing.estimator_rules import EstimatorRules
from estimators.testing.examples import example_profile
from twin.gpu.profile import ServingProfile

try:
    import pytest
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "EstimatorContract is for pytest, which is not installed; check_estimator does without it"
    ) from error

__all__ = ["EstimatorContract"]


class EstimatorContract:
    """What strategies rely on; see `EstimatorRules`."""

    @pytest.fixture
    def estimator(self) -> Estimator:
        """The estimator to be tested; called for each test."""
        raise NotImplementedError

    @pytest.fixture
    def profile(self) -> ServingProfile:
        """A profile that the estimator knows."""
        return example_profile()

    @pytest.fixture
    def contract(self, estimator: Estimator, profile: ServingProfile) -> EstimatorRules:
        """The rules, for the estimator."""
        return EstimatorRules(estimator, profile)

    def test_every_candidate_has_every_figure(self, contract: EstimatorRules) -> None:
        contract.every_candidate_has_every_figure()

    def test_an_empty_batch_is_answered(self, contract: EstimatorRules) -> None:
        contract.an_empty_batch_is_answered()

    def test_a_batch_is_its_candidates_one_by_one(self, contract: EstimatorRules) -> None:
        contract.a_batch_is_its_candidates_one_by_one()

    def test_order_within_a_batch_is_immaterial(self, contract: EstimatorRules) -> None:
        contract.order_within_a_batch_is_immaterial()

    def test_order_of_the_adapters_is_immaterial(self, contract: EstimatorRules) -> None:
        contract.order_of_the_adapters_is_immaterial()

    def test_the_same_question_has_the_same_answer(self, contract: EstimatorRules) -> None:
        contract.the_same_question_has_the_same_answer()

    def test_what_is_offered_is_the_traffic_of_the_adapters(
        self, contract: EstimatorRules
    ) -> None:
        contract.what_is_offered_is_the_traffic_of_the_adapters()

    def test_no_more_is_served_than_offered(self, contract: EstimatorRules) -> None:
        contract.no_more_is_served_than_offered()

    def test_starvation_probabilities_tell_light_from_heavy(
        self, contract: EstimatorRules
    ) -> None:
        contract.starvation_probabilities_tell_light_from_heavy()

    def test_what_cannot_be_sustained_starves_too(self, contract: EstimatorRules) -> None:
        contract.what_cannot_be_sustained_starves_too()

    def test_the_base_model_alone_is_served(self, contract: EstimatorRules) -> None:
        contract.the_base_model_alone_is_served()

    def test_latencies_are_positive(self, contract: EstimatorRules) -> None:
        contract.latencies_are_positive()

    def test_quantiles_are_in_order(self, contract: EstimatorRules) -> None:
        contract.quantiles_are_in_order()

    def test_memory_errors_are_flagged(self, contract: EstimatorRules) -> None:
        contract.memory_errors_are_flagged()
