"""Master problems by OR-Tools' CP-SAT."""

from __future__ import annotations

import math
from collections.abc import Mapping

from placer.patterns.master_problem import Combination, MasterProblem
from placer.patterns.patterns import Pattern

__all__ = ["solve_with_cp_sat"]

_GAP = 1e-4  # relative, that is not worth more effort
_RESOLUTION = 1_000_000  # steps in which the dearest pattern's cost is expressed
_EFFORT = 1.5  # CP-SAT's deterministic time; unlike seconds, the same on every machine


def solve_with_cp_sat(
    master: MasterProblem, start: Mapping[Pattern, int] | None, time_limit: float
) -> Combination | None:
    """See `placer.patterns.master_problem.MasterSolver`.

    Costs are rounded to a millionth of the dearest pattern's. One worker and a limit on effort
    instead of time make the result the same every time, as long as the limit in seconds is not
    reached first.
    """
    from ortools.sat.python import cp_model  # here: slow to import, and needed by this alone

    model = cp_model.CpModel()
    variables = [
        model.new_int_var(0, master.most(pattern), f"x{index}")
        for index, pattern in enumerate(master.patterns)
    ]
    for group, needed in enumerate(master.demand):
        served = zip(master.patterns, variables, strict=True)
        model.add(sum(p.counts[group] * x for p, x in served if p.counts[group]) >= needed)
    for part, count in master.caps:
        chosen = zip(part.tolist(), variables, strict=True)
        model.add(sum(x for taken, x in chosen if taken) <= count)
    hint = master.hint(start)
    num_components = len(master.patterns[0].cost)
    best: list[int] | None = None
    for component in range(num_components):
        model.clear_hints()  # type: ignore[no-untyped-call]  # of OR-Tools
        for x, value in zip(variables, best or hint, strict=True):
            model.add_hint(x, value)
        total = sum(
            cost * x for cost, x in zip(_whole_costs(master, component), variables, strict=True)
        )
        model.minimize(total)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.relative_gap_limit = _GAP
        solver.parameters.max_deterministic_time = _EFFORT / num_components
        solver.parameters.max_time_in_seconds = max(0.1, time_limit / num_components)
        if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            break
        best = [solver.value(x) for x in variables]
        model.add(total <= round(solver.objective_value))
    if best is None:
        return None
    return [(p, number) for p, number in zip(master.patterns, best, strict=True) if number > 0]


def _whole_costs(master: MasterProblem, component: int) -> list[int]:
    """A component of the costs as whole numbers; those that are whole already stay as they are."""
    costs = [pattern.cost[component] for pattern in master.patterns]
    largest = max(map(abs, costs))
    if all(float(cost).is_integer() for cost in costs) and largest <= _RESOLUTION:
        return [int(cost) for cost in costs]
    unit = largest / _RESOLUTION if math.isfinite(largest) else 1.0
    return [round(cost / unit) for cost in costs]
