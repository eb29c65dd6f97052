"""Master problems by PuLP and CBC."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from placer.patterns.master_problem import Combination, MasterProblem
from placer.patterns.patterns import Pattern

__all__ = ["solve_with_cbc"]

_SLACK = 1e-6  # relative tolerance on components that have been minimized before
_MAX_NODES = 5000  # of the branch and bound; unlike seconds, the same on every machine


def solve_with_cbc(
    master: MasterProblem, start: Mapping[Pattern, int] | None, time_limit: float
) -> Combination | None:
    """See `placer.patterns.master_problem.MasterSolver`."""
    import pulp  # here: slow to import, and needed by this alone

    problem = pulp.LpProblem("placement", pulp.LpMinimize)
    variables = [
        problem.add_variable(f"x{index:06d}", 0, master.most(pattern), pulp.LpInteger)
        for index, pattern in enumerate(master.patterns)
    ]
    for x, number in zip(variables, master.hint(start), strict=True):
        x.setInitialValue(number)
    for group, needed in enumerate(master.demand):
        problem += (
            _sum(variables, [pattern.counts[group] for pattern in master.patterns]) >= needed
        )
    for part, count in master.caps:
        problem += _sum(variables, part.astype(int).tolist()) <= count
    num_components = len(master.patterns[0].cost)
    best = None
    for component in range(num_components):
        total = _sum(variables, [pattern.cost[component] for pattern in master.patterns])
        problem.setObjective(total)
        warm = start is not None or best is not None
        if not _solve(problem, time_limit / num_components, warm):
            break
        best = [(p, round(x.value())) for p, x in zip(master.patterns, variables, strict=True)]
        reached = float(total.value())
        problem += total <= reached + _SLACK * max(1.0, abs(reached))
    return best and [(pattern, number) for pattern, number in best if number > 0]


def _sum(variables: Sequence[Any], factors: Sequence[float]) -> Any:
    """Sum of the variables times factors; PuLP's own operators take several times as long."""
    import pulp  # here: slow to import, and needed by this alone

    pairs = zip(variables, factors, strict=True)
    return pulp.LpAffineExpression({x: factor for x, factor in pairs if factor})


def _solve(problem: Any, time_limit: float, warm: bool) -> bool:
    """Solve with the CBC that comes with PuLP, silently; whether there is a solution.

    A stop at the time limit counts as optimal in PuLP's status, so it is ``sol_status`` that is
    looked at.
    """
    import pulp  # here: slow to import, and needed by this alone
    from pulp.apis.coin_api import pulp_cbc_path  # the same

    with tempfile.TemporaryDirectory(prefix="placer-cbc-") as folder:
        solver = pulp.COIN_CMD(
            path=pulp_cbc_path,
            msg=False,
            threads=1,
            timeLimit=max(1, math.ceil(time_limit)),
            maxNodes=_MAX_NODES,
            warmStart=warm,
            options=["randomCbcSeed 1"],
        )
        solver.tmpDir = folder
        try:
            problem.solve(solver)
        except pulp.PulpSolverError:  # e.g. ended by the same Ctrl-C
            return False
    return problem.sol_status in (
        pulp.LpSolutionOptimal,
        pulp.LpSolutionIntegerFeasible,
    )
