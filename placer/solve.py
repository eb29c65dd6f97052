"""solve: from a problem to a verified result."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import lru_cache

import numpy as np

from estimators.base import Candidate, Combined, Estimator
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives.objective import Objective
from placer.problem.gpu_naming import name_gpus
from placer.problem.large_ranks import warn_of_large_ranks
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.replanning.objective import WithMoves
from placer.replanning.price import price_moves
from placer.replanning.replan import Replan
from placer.strategies.base import Strategy
from placer.verification.judges import verification_seeds
from placer.verification.verify import Verifier
from twin.engine.warm_up import warm_up
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength

__all__ = ["solve"]

_LITTLE = 1e-3  # requests/s, of which few arrive in any window
_SEEDS = 2**63  # as many as result files take


def solve(
    problem: Problem,
    strategy: Strategy,
    estimator: Estimator,
    objective: Objective,
    budget: Budget | None = None,
    seed: int = 0,
    verify: bool | Verifier = True,
) -> Result:
    """Search for a placement, have it verified by the twin, and say what binds.

    Where the problem has a previous placement, that goes on as far as it can, and moves are
    counted: see `placer.replanning.replan.Replan`, `Problem.max_moves` and `Problem.move_cost`.

    Parameters
    ----------
    problem : Problem
        What is to be placed, and on what.
    strategy : Strategy
        Searches.
    estimator : Estimator
        Predicts how GPUs serve traffic.
    objective : Objective
        What a good placement is.
    budget : Budget, optional
        Limits of the search; none by default. Verification is not limited.
    seed : int
        Of all random draws of the strategy, 0 or more; and what the seeds of the verification are
        made of, unless a `Verifier` is given. Those of an estimator are its own.
    verify : bool or Verifier
        Simulate the placement under other seeds and under bursts, repair what starves, and report
        what binds; how, where a `Verifier` is given.

    Returns
    -------
    Result
        Also where the problem is infeasible or the budget was spent first: see its status.

    Raises
    ------
    KeyboardInterrupt
        If the user interrupts a search, or a verification, that was asked to end before.
    InputError
        If the seed is negative or too large, or the placement would be verified under a seed that
        the estimator uses.

    Warns
    -----
    ExtrapolationWarning
        If adapters have larger ranks than a profile was measured with.
    """
    if not 0 <= seed < _SEEDS:
        text = f"{seed} is negative" if seed < 0 else f"it has {seed.bit_length()} bits"
        raise InputError("seed", text, "0 or more, up to 63 bits")
    verifier = Verifier(seeds=verification_seeds(seed)) if verify is True else verify or None
    if verifier is not None:  # before anything is searched for
        verifier.check(Evaluator(estimator, objective, problem))
    warn_of_large_ranks(problem)
    _warm_up(problem, estimator)
    answered = _answered(estimator)
    budget = Budget() if budget is None else budget
    budget.start()
    if problem.previous is None:
        evaluator = Evaluator(estimator, objective, problem, budget)
    else:
        strategy = strategy if isinstance(strategy, Replan) else Replan(strategy)
        evaluator = Evaluator(estimator, WithMoves(objective), problem, budget)
        objective = price_moves(evaluator, objective)
    rng = np.random.default_rng(seed)
    result = strategy.place(problem, evaluator, budget=budget, rng=rng)
    answered = {name: n - answered[name] for name, n in _answered(estimator).items()}
    result = replace(result, answered_by=tuple(answered.items()))
    if verifier is not None:
        try:
            result = _verified(verifier, result, Evaluator(estimator, objective, problem))
        except KeyboardInterrupt:
            if not budget.interrupt():
                raise
            reason = "; ".join(filter(None, (result.reason, "the verification was interrupted")))
            result = replace(result, status=SolveStatus.INTERRUPTED, reason=reason)
    placement = name_gpus(problem, result.placement)
    return replace(result, placement=placement, seed=seed, runtime=budget.elapsed())


def _verified(verifier: Verifier, result: Result, evaluator: Evaluator) -> Result:
    """The result as it is verified, without a repair that takes more moves than may be."""
    most, running = evaluator.problem.max_moves, evaluator.problem.running
    verified = verifier.verify(result, evaluator)
    if most is None or running is None or running.total_moves(verified.placement.gpus) <= most:
        return verified
    return replace(verifier, repair=False).verify(result, evaluator)


def _warm_up(problem: Problem, estimator: Estimator) -> None:
    """Have compiled what will be, and read what is in files: that is not searching."""
    profile = problem.fleet[0].profile
    _compile(profile)
    adapter = replace(problem.workload.adapters[0], rank=8, rate=_LITTLE)
    with warnings.catch_warnings():  # about a candidate that nobody asked for
        warnings.simplefilter("ignore")
        estimator.estimate([_idle_engine(profile, adapter)], problem.starvation)


@lru_cache(maxsize=8)
def _compile(profile: ServingProfile) -> None:
    """Have compiled the simulation, and what placements are made by, once in a process."""
    from estimators.equilibrium_backed import EquilibriumEstimator  # here: compiled
    from placer.search.topping_up import best_beside, number_within

    warm_up(profile)
    one_item = np.zeros((1, 3))
    number_within(one_item, 1.0)
    best_beside(one_item[0], one_item, np.ones(1, dtype=bool), 1.0)
    adapter = Adapter("warm-up", 8, _LITTLE, CopulaLengths(FixedLength(10), FixedLength(10)))
    EquilibriumEstimator().estimate([_idle_engine(profile, adapter)])


def _idle_engine(profile: ServingProfile, adapter: Adapter) -> Candidate:
    return Candidate(profile, profile.engine_config(1, 8), (adapter,))


def _answered(estimator: Estimator) -> dict[str, int]:
    return dict(estimator.counts) if isinstance(estimator, Combined) else {}
