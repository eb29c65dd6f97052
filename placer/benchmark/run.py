"""One strategy on one instance."""

from __future__ import annotations

import math
from collections.abc import Callable

from estimators.base import Estimator
from placer.benchmark.instance import Instance
from placer.benchmark.row import Row
from placer.gpu.budget import Budget
from placer.objectives.objective import Objective
from placer.solve import solve
from placer.strategies.base import Strategy
from placer.tuning.batch_choice import choose_batch_limits
from placer.verification.judges import verification_seeds
from placer.verification.verify import Verifier

__all__ = ["is_baseline", "run_instance"]

_BASELINES = "placer.strategies.baselines"


def is_baseline(strategy: Strategy) -> bool:
    """Whether a strategy is a published method, which is shown as it is, without repair."""
    return type(strategy).__module__.startswith(_BASELINES)


def run_instance(
    instance: Instance,
    strategies: tuple[str, Strategy],
    objectives: tuple[str, Objective],
    estimators: tuple[str, Estimator],
    *,
    time_limit: float | None,
    max_estimates: int | None = None,
    seed: int = 0,
    verify: bool = True,
    interrupted: Callable[[], bool] = lambda: False,
) -> Row:
    """Place, verify, and note what came out.

    Parameters
    ----------
    instance : Instance
    strategies, objectives, estimators : tuple of (str, object)
        Name and object of the strategy, the objective and the estimator. Give an estimator that
        remembers nothing of other strategies.
    time_limit : float or None
        Seconds for the search.
    max_estimates : int or None
        Candidates that the estimator may be asked for.
    seed : int
    verify : bool
        Have the twin verify what is placed; an instance that is not simulated is not verified.
    interrupted : callable
        Whether the user asked to stop.
    """
    name, strategy = strategies
    repair = not is_baseline(strategy)
    verifier = Verifier(seeds=verification_seeds(seed), repair=repair, explain=False)
    result = solve(
        choose_batch_limits(instance.problem, estimators[1]),
        strategy,
        estimators[1],
        objectives[1],
        Budget(time_limit, max_estimates, interrupted=interrupted),
        seed,
        verify=verifier if verify and instance.is_simulated else False,
    )
    checked = result.verification
    return Row(
        instance=instance.name,
        family=instance.family,
        num_adapters=len(instance.problem.workload),
        rule=instance.rule,
        strategy=name,
        objective=objectives[0],
        estimator=estimators[0],
        gpus=len(result.placement.gpus),
        value=result.value,
        lower_bound=result.lower_bound,
        bound=result.bound,
        gap=float("inf") if result.placement.unplaced else result.gap,
        status=result.status.value,
        reason=result.reason,
        feasible=result.is_feasible(),
        runtime_s=round(result.runtime, 3),
        max_estimates=math.inf if max_estimates is None else max_estimates,
        num_estimates=result.num_estimates,
        verified=result.verified,
        starved_gpus=len(checked.starved) if checked else 0,
        memory_errors=len(checked.memory_errors) if checked else 0,
        moved=checked.num_moved if checked else 0,
    )
