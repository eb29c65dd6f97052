"""Programs over load patterns, by either solver."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hydra.utils import instantiate

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount, Latency
from placer.solve import solve
from placer.strategies import CapacityPacking, CpSat, FirstFit, Greedy, Milp
from placer.strategies.pattern_strategy import PatternStrategy
from placer.testing import brute_force, example_problem
from tests.placer.packing_problem import PURE, packing_problem
from twin.files.errors import InputError

OWN_OBJECTIVE = '''
from dataclasses import dataclass

@dataclass(frozen=True)
class Dollars:
    """$/h, and a surcharge for every slot."""

    per_slot: float = 0.0

    def gpu_cost(self, load, estimate):
        price = load.candidate.profile.price_per_hour
        return (price + self.per_slot * load.plan.config.max_loras,)

    def admissible(self, estimate):
        return True

    def lower_bound(self, problem, relaxation):
        return (relaxation.min_gpus * min(t.profile.price_per_hour for t in problem.fleet),)
'''


@pytest.fixture(params=[Milp, CpSat], ids=["cbc", "cp_sat"])
def exact(request: pytest.FixtureRequest) -> type[PatternStrategy]:
    found: type[PatternStrategy] = request.param
    return found


def test_it_finds_a_packing_that_first_fit_decreasing_misses(
    exact: type[PatternStrategy],
) -> None:
    """Two GPUs hold .45 + .3 + .25 twice; by decreasing size .45 + .45 comes first."""
    problem = packing_problem([0.45, 0.45, 0.3, 0.3, 0.25, 0.25])
    decreasing = solve(problem, FirstFit(decreasing=True), PURE, GpuCount(), verify=False)
    result = solve(problem, exact(max_rounds=30, patience=10), PURE, GpuCount(), verify=False)
    assert len(decreasing.placement.gpus) == 3
    assert len(result.placement.gpus) == 2
    assert result.status == "optimal"


@pytest.mark.parametrize("seed", range(4))
def test_it_finds_the_fewest_gpus_of_tiny_problems(
    seed: int, exact: type[PatternStrategy]
) -> None:
    sizes = np.random.default_rng(seed).uniform(0.15, 0.7, 7).round(3).tolist()
    problem = packing_problem(sizes)
    optimum = brute_force(Evaluator(PURE, GpuCount(), problem))
    result = solve(problem, exact(max_rounds=30, patience=8), PURE, GpuCount(), verify=False)
    assert result.value == optimum


@pytest.mark.parametrize("objective", [GpuCount(), Latency(), Latency("tpot")], ids=repr)
@pytest.mark.parametrize("seed", range(3))
def test_it_is_never_worse_than_the_heuristics(
    seed: int, objective: GpuCount | Latency, exact: type[PatternStrategy]
) -> None:
    rates = np.random.default_rng(seed).lognormal(0.5, 1.0, 30)
    problem = example_problem(30, tuple(rates.tolist()), max_gpus=6)
    estimator = ClosedFormEstimator()
    result = solve(problem, exact(max_rounds=3), estimator, objective, verify=False)
    for heuristic in (Greedy(), FirstFit(), FirstFit(decreasing=True), CapacityPacking()):
        other = solve(problem, heuristic, estimator, objective, verify=False)
        assert not other.is_feasible() or result.value <= other.value


def test_it_may_place_what_the_heuristics_do_not(exact: type[PatternStrategy]) -> None:
    """Three GPUs hold .55 + .35 + .1, .55 + .25 + .2 and .5 + .3 + .2."""
    sizes = [0.1, 0.2, 0.2, 0.25, 0.3, 0.35, 0.5, 0.55, 0.55]
    problem = packing_problem(sizes, max_gpus=3)
    for heuristic in (FirstFit(), FirstFit(decreasing=True), Greedy()):
        other = solve(problem, heuristic, PURE, GpuCount(), verify=False)
        assert other.status == "infeasible"
    result = solve(problem, exact(max_rounds=30, patience=10), PURE, GpuCount(), verify=False)
    assert result.is_feasible()


@pytest.mark.parametrize("per_slot", [0.0, 0.01])
def test_an_objective_of_ones_own_is_minimized(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    per_slot: float,
    exact: type[PatternStrategy],
) -> None:
    (tmp_path / "own_objective.py").write_text(OWN_OBJECTIVE)
    monkeypatch.syspath_prepend(tmp_path)
    objective = instantiate({"_target_": "own_objective.Dollars", "per_slot": per_slot})
    problem = packing_problem([0.45, 0.45, 0.3, 0.3, 0.25, 0.25])
    optimum = brute_force(Evaluator(PURE, objective, problem))
    for strategy in (Greedy(), FirstFit(), exact(max_rounds=30, patience=10)):
        result = solve(problem, strategy, PURE, objective, verify=False)
        assert result.is_feasible()
        assert result.value[0] >= optimum[0] - 1e-9
    assert result.value == pytest.approx(optimum)
    assert result.objective == f"Dollars(per_slot={per_slot})"
    sys.modules.pop("own_objective")


@pytest.mark.parametrize("key", ["max_rounds", "patience", "orders", "solver_time_limit"])
def test_parameters_below_one_are_refused(key: str, exact: type[PatternStrategy]) -> None:
    with pytest.raises(InputError, match=key):
        exact(**{key: 0})
