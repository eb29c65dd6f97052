"""GPUs against a latency target: what shorter waits would take, the proven bound, this plan."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.report.charts.axis import Axis
from placer.report.charts.chart import Chart, Dot, Dots, Level, Line, Mark
from placer.report.figures.quick_fleet import QuickFleet
from placer.report.page.formats import number

__all__ = ["Front", "front_chart", "latency_front"]

_METRICS = {
    "ttft": ("Time to first token", 1000.0, "ms"),
    "tpot": ("Time per output token", 1000.0, "ms"),
}
_FACTORS = (0.4, 0.55, 0.7, 0.85, 1.0, 1.25, 2.0, 5.0)
"""Targets that are tried, over what this plan keeps."""

_NEARLY = 1e-9


@dataclass(frozen=True, slots=True)
class Front:
    """What a target for one latency takes.

    Parameters
    ----------
    metric : {"ttft", "tpot"}
    unit : str
        ``"GPUs"`` or ``"$/h"``.
    points : tuple of (float, float)
        Targets for the 99th percentile in seconds, ascending, and estimates of what they take.
    plan : (float, float)
        The largest 99th percentile of any GPU of this plan in seconds, and what the plan takes.
    is_complete : bool
        Whether the plan serves everything, as far as was checked; it is not shown otherwise.
    is_verified : bool
        Whether the twin has verified that.
    bound : float
        No plan takes less, whatever the target; NaN where nothing is proven.
    bound_name : str
        What the bound rests on.
    """

    metric: str
    unit: str
    points: tuple[tuple[float, float], ...]
    plan: tuple[float, float]
    is_complete: bool
    is_verified: bool
    bound: float
    bound_name: str


def latency_front(
    problem: Problem, result: Result, metric: str, fleet: QuickFleet, time_limit: float
) -> Front | None:
    """Estimate what targets for a latency take, from the plan's own outwards.

    Parameters
    ----------
    problem : Problem
    result : Result
        With at least one GPU.
    metric : {"ttft", "tpot"}
    fleet : QuickFleet
        Packs the problem.
    time_limit : float
        Seconds of processor time; targets for which there was no time are left out.

    Returns
    -------
    Front or None
        None where the plan's own latency is not known.
    """
    worst = max((getattr(g.estimate, f"{metric}_p99") for g in result.gpus), default=math.nan)
    if not (math.isfinite(worst) and worst > 0):
        return None
    profiles = [problem.gpu_type(plan.profile_name).profile for plan in result.placement.gpus]
    taken, bound = fleet.measure(profiles), math.nan
    if problem.move_cost is None and result.value and math.isclose(result.value[0], taken):
        bound = result.lower_bound[0]  # of what is shown, and of nothing else
    end = time.process_time() + time_limit
    found = {}
    for target in sorted((worst * f for f in _FACTORS), key=lambda t: abs(math.log(t / worst))):
        kept = result.verified and target >= worst  # by this plan
        left = end - time.process_time()
        if kept and taken <= bound:
            amount: float | None = taken
        elif left > 0:
            amount = fleet.amount(time_limit=left, **{metric: target})
        else:
            break
        if kept:
            amount = taken if amount is None else min(amount, taken)
        if amount is not None:
            found[target] = amount
    return Front(
        metric=metric,
        unit=fleet.unit,
        points=_descending(sorted(found.items())),
        plan=(worst, taken),
        is_complete=result.is_feasible(),
        is_verified=result.verified,
        bound=bound if math.isfinite(bound) and bound > 0 else math.nan,
        bound_name=result.bound,
    )


def front_chart(front: Front) -> Chart:
    """The front as a picture."""
    name, scale, unit = _METRICS[front.metric]
    marks: list[Mark] = []
    if not math.isnan(front.bound):
        marks.append(Level(front.bound, "proven lower bound"))
    points = tuple((target * scale, amount) for target, amount in front.points)
    at, taken = front.plan[0] * scale, front.plan[1]

    def source(target: float, amount: float) -> str:
        by_plan = front.is_verified and target >= at and amount == taken
        return ", as this plan" if by_plan else " (estimate)"

    marks.append(Line(points, tone="muted", dashed=True, stepped=True))
    marks.append(
        Dots(
            tuple(
                Dot(x, y, f"within {number(x)} {unit}: {number(y)} {front.unit}{source(x, y)}")
                for x, y in points
            ),
            "muted",
            hollow=True,
        )
    )
    checked = "verified" if front.is_verified else "NOT verified"
    told = f"this plan: {number(taken)} {front.unit}, {number(at)} {unit}, {checked}"
    if front.is_complete:
        marks.append(Dots((Dot(at, taken, told, "this plan"),), hollow=not front.is_verified))
    else:
        told = "this plan does not serve everything"
    amounts = [taken, *(y for _, y in points), *([front.bound] * (front.bound == front.bound))]
    return Chart(
        name,
        f"{front.unit} that a target for its 99th percentile takes; {told}",
        Axis.around(f"target for p99 ({unit})", [at, *(x for x, _ in points)], log=True),
        Axis.around(
            front.unit, [*amounts, max(amounts) * 1.1], zero=True, whole=front.unit == "GPUs"
        ),
        tuple(marks),
    )


def _descending(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Points without those that a shorter target beats: what packs for it serves a longer one."""
    kept: list[tuple[float, float]] = []
    for target, amount in points:
        least = kept[-1][1] if kept else math.inf
        kept.append((target, min(amount, least)))
    return tuple(kept)
