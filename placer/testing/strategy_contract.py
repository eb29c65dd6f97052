"""StrategyContract: the rules of strategies as tests of pytest."""

from __future__ import annotations

from dataclasses import fields

from estimators.base import Estimator
from estimators.closed_form import ClosedFormEstimator
from placer.objectives.objective import Objective
from placer.problem.rules import Rules
from placer.strategies.base import Strategy
from placer.testing.strategy_rules import (
    CALLS,
    EVERY_OBJECTIVE,
    LIMITS,
    MAX_ESTIMATES,
    OBJECTIVES,
    RULES,
    StrategyRules,
)

try:
    import pytest
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "StrategyContract is for pytest, which is not installed; check_strategy does without it"
    ) from error

__all__ = ["StrategyContract"]


def _names(rules: Rules) -> str:
    """Names of the rules that are there."""
    return ", ".join(
        f.name for f in fields(rules) if getattr(rules, f.name) != getattr(Rules(), f.name)
    )


class StrategyContract:
    """What `solve` and its callers rely on; see `StrategyRules`.

    Attributes
    ----------
    slack : int
        Factor on the numbers of GPUs that there are in the tests, for strategies that waste some.
    """

    slack = 1

    @pytest.fixture
    def strategy(self) -> Strategy:
        """The strategy to be tested."""
        raise NotImplementedError

    @pytest.fixture
    def estimator(self) -> Estimator:
        """A quick estimator."""
        return ClosedFormEstimator()

    @pytest.fixture(params=OBJECTIVES, ids=repr)
    def objective(self, request: pytest.FixtureRequest) -> Objective:
        """Objectives that it is tested with."""
        objective: Objective = request.param
        return objective

    @pytest.fixture
    def contract(self, strategy: Strategy, estimator: Estimator) -> StrategyRules:
        """The rules, for the strategy."""
        return StrategyRules(strategy, estimator, self.slack)

    @pytest.mark.parametrize("limit", LIMITS)
    def test_every_adapter_is_placed_on_gpus_that_serve_it(
        self, contract: StrategyRules, objective: Objective, limit: int | None
    ) -> None:
        contract.every_adapter_is_placed_on_gpus_that_serve_it(objective, limit)

    @pytest.mark.parametrize("every", EVERY_OBJECTIVE, ids=lambda o: type(o).__name__)
    def test_every_objective_is_served(self, contract: StrategyRules, every: Objective) -> None:
        contract.every_objective_is_served(every)

    def test_the_problem_is_not_modified(self, contract: StrategyRules) -> None:
        contract.the_problem_is_not_modified()

    def test_same_seed_same_result(self, contract: StrategyRules, objective: Objective) -> None:
        contract.same_seed_same_result(objective)

    def test_the_result_is_read_back_as_it_was(
        self, contract: StrategyRules, objective: Objective
    ) -> None:
        contract.the_result_is_read_back_as_it_was(objective)

    def test_an_adapter_too_hot_for_one_gpu_is_shared(
        self, contract: StrategyRules, objective: Objective
    ) -> None:
        contract.an_adapter_too_hot_for_one_gpu_is_shared(objective)

    def test_requests_for_the_base_model_are_served_beside_adapters(
        self, contract: StrategyRules, objective: Objective
    ) -> None:
        contract.requests_for_the_base_model_are_served_beside_adapters(objective)

    def test_counts_of_gpu_types_are_kept(
        self, contract: StrategyRules, objective: Objective
    ) -> None:
        contract.counts_of_gpu_types_are_kept(objective)

    def test_adapters_go_to_gpus_that_serve_their_base_model(
        self, contract: StrategyRules
    ) -> None:
        contract.adapters_go_to_gpus_that_serve_their_base_model()

    def test_base_models_share_the_gpus_of_a_pool(self, contract: StrategyRules) -> None:
        contract.base_models_share_the_gpus_of_a_pool()

    @pytest.mark.parametrize("rules", RULES, ids=_names)
    def test_rules_are_kept(
        self, contract: StrategyRules, objective: Objective, rules: Rules
    ) -> None:
        contract.rules_are_kept(objective, rules)

    def test_too_few_gpus_are_a_status_with_a_reason(
        self, contract: StrategyRules, objective: Objective
    ) -> None:
        contract.too_few_gpus_are_a_status_with_a_reason(objective)

    def test_an_adapter_that_no_gpu_serves_is_a_status_with_a_reason(
        self, contract: StrategyRules
    ) -> None:
        contract.an_adapter_that_no_gpu_serves_is_a_status_with_a_reason()

    @pytest.mark.parametrize("max_estimates", MAX_ESTIMATES)
    def test_a_spent_budget_keeps_the_best_placement(
        self, contract: StrategyRules, objective: Objective, max_estimates: int
    ) -> None:
        contract.a_spent_budget_keeps_the_best_placement(objective, max_estimates)

    def test_time_runs_out(self, contract: StrategyRules) -> None:
        contract.time_runs_out()

    def test_a_polite_interruption_keeps_the_best_placement(
        self, contract: StrategyRules, objective: Objective
    ) -> None:
        contract.a_polite_interruption_keeps_the_best_placement(objective)

    @pytest.mark.parametrize("call", CALLS)
    def test_ctrl_c_keeps_the_best_placement(
        self, contract: StrategyRules, objective: Objective, call: int
    ) -> None:
        contract.ctrl_c_keeps_the_best_placement(objective, call)

    def test_nothing_is_printed(self, contract: StrategyRules) -> None:
        contract.nothing_is_printed()

    def test_no_value_is_below_its_lower_bound(
        self, contract: StrategyRules, objective: Objective
    ) -> None:
        contract.no_value_is_below_its_lower_bound(objective)
