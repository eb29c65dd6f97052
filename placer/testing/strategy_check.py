"""Checks a strategy by all rules, without pytest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from estimators.base import Estimator
from estimators.closed_form import ClosedFormEstimator
from estimators.testing.requiring import require_rules
from placer.objectives.objective import Objective
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

__all__ = ["check_strategy"]


def check_strategy(
    strategy: Strategy,
    *,
    estimator: Estimator | None = None,
    slack: int = 1,
    objectives: Sequence[Objective] = OBJECTIVES,
) -> None:
    """Check all rules of strategies.

    Parameters
    ----------
    strategy, estimator, slack
        As for `StrategyRules`.
    objectives : sequence of Objective
        Those of most checks.

    Raises
    ------
    AssertionError
        Which rules are broken, and how.
    """
    rules = StrategyRules(strategy, estimator or ClosedFormEstimator(), slack)
    require_rules(strategy, "strategies", _cases(rules, objectives))


def _cases(rules: StrategyRules, objectives: Sequence[Objective]) -> Iterator[partial[None]]:
    """Every rule, with all that it is checked with."""
    for every in EVERY_OBJECTIVE:
        yield partial(rules.every_objective_is_served, every)
    for objective in objectives:
        for limit in LIMITS:
            yield partial(rules.every_adapter_is_placed_on_gpus_that_serve_it, objective, limit)
        for kept in RULES:
            yield partial(rules.rules_are_kept, objective, kept)
        for number in MAX_ESTIMATES:
            yield partial(rules.a_spent_budget_keeps_the_best_placement, objective, number)
        for call in CALLS:
            yield partial(rules.ctrl_c_keeps_the_best_placement, objective, call)
        yield partial(rules.same_seed_same_result, objective)
        yield partial(rules.the_result_is_read_back_as_it_was, objective)
        yield partial(rules.an_adapter_too_hot_for_one_gpu_is_shared, objective)
        yield partial(rules.requests_for_the_base_model_are_served_beside_adapters, objective)
        yield partial(rules.counts_of_gpu_types_are_kept, objective)
        yield partial(rules.too_few_gpus_are_a_status_with_a_reason, objective)
        yield partial(rules.a_polite_interruption_keeps_the_best_placement, objective)
        yield partial(rules.no_value_is_below_its_lower_bound, objective)
    yield partial(rules.the_problem_is_not_modified)
    yield partial(rules.adapters_go_to_gpus_that_serve_their_base_model)
    yield partial(rules.base_models_share_the_gpus_of_a_pool)
    yield partial(rules.an_adapter_that_no_gpu_serves_is_a_status_with_a_reason)
    yield partial(rules.time_runs_out)
    yield partial(rules.nothing_is_printed)
