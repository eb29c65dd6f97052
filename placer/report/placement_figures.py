"""Everything that the report of a placement shows beside its summary, computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from placer.objectives import Cost
from placer.objectives.objective import Objective
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.report.charts.chart import Chart
from placer.report.figures.fleet import FleetRow, GpuGroup, group_gpus, observe_fleet
from placer.report.figures.front import Front, front_chart, latency_front
from placer.report.figures.growth import Growth, growth_table
from placer.report.figures.latencies import (
    Distribution,
    Queue,
    distribution,
    distribution_chart,
    queue,
    queue_chart,
)
from placer.report.figures.quick_fleet import QuickEstimator, QuickFleet
from placer.report.figures.serving_map import Place, ServingMap, map_chart, serving_map

__all__ = ["PlacementFigures", "placement_figures"]

_SECONDS = 1.4  # for all of them
_OBSERVING, _FRONT, _GROWTH = 0.25, 0.2, 0.2
"""Parts of that; there are two fronts, and the maps, which come first, take the rest."""

_MOST_MAPS = 4
_NAMED = 3  # GPUs in the title of a map
_ALIKE = 1.5  # factor between the mean rates of adapters of GPUs on one map


@dataclass(frozen=True, slots=True, eq=False)
class PlacementFigures:
    """What the pictures and tables of a report show.

    Parameters
    ----------
    fleet : tuple of FleetRow
    estimated_by : str
        Who made estimates that nobody verified, in words.
    fronts : tuple of Front
    maps : tuple of ServingMap
        Of the kinds of GPUs that have most traffic.
    num_kinds : int
        Kinds of GPUs that have adapters.
    distributions : tuple of Distribution
    queue : Queue or None
    growth : tuple of Growth
    unit : str
        Of what is counted: ``"GPUs"`` or ``"$/h"``.
    """

    fleet: tuple[FleetRow, ...]
    estimated_by: str
    fronts: tuple[Front, ...]
    maps: tuple[ServingMap, ...]
    num_kinds: int
    distributions: tuple[Distribution, ...]
    queue: Queue | None
    growth: tuple[Growth, ...]
    unit: str

    @property
    def front_charts(self) -> list[Chart]:
        """GPUs against latency targets."""
        return [front_chart(front) for front in self.fronts]

    @property
    def map_charts(self) -> list[Chart]:
        """Served against offered traffic."""
        return [map_chart(shown) for shown in self.maps]

    @property
    def time_charts(self) -> list[Chart]:
        """Latencies, and the queue."""
        charts = [distribution_chart(shown) for shown in self.distributions]
        return [*charts, queue_chart(self.queue)] if self.queue else charts


def placement_figures(
    problem: Problem, result: Result, objective: Objective, seconds: float = _SECONDS
) -> PlacementFigures:
    """Compute all figures, and leave out those for which there is no time.

    Parameters
    ----------
    problem : Problem
    result : Result
    objective : Objective
    seconds : float
        About how long it may take, of processor time.
    """
    estimator = QuickEstimator(problem)
    quick = QuickFleet(problem, estimator, isinstance(objective, Cost))
    groups = group_gpus(problem, result)
    kinds = _kinds(groups)
    maps = tuple(_map(problem, kind, estimator) for kind in kinds[:_MOST_MAPS])
    fleet = observe_fleet(result, groups, _OBSERVING * seconds)
    fronts = [
        latency_front(problem, result, metric, quick, _FRONT * seconds)
        for metric in ("ttft", "tpot")
    ]
    seen = [
        (row.group.title, row.group.rate, row.behaviour)
        for row in fleet
        if row.behaviour is not None
    ]
    distributions = [distribution(metric, seen) for metric in ("ttft", "tpot")]
    return PlacementFigures(
        fleet=fleet,
        estimated_by=quick.estimated_by,
        fronts=tuple(front for front in fronts if front is not None),
        maps=maps,
        num_kinds=len(kinds),
        distributions=tuple(shown for shown in distributions if shown is not None),
        queue=queue(seen),
        growth=growth_table([g.report for g in groups], quick, _GROWTH * seconds)
        if groups
        else (),
        unit=quick.unit,
    )


def _kinds(groups: Sequence[GpuGroup]) -> list[list[GpuGroup]]:
    """Groups of GPUs with adapters of a kind, those with most traffic first."""
    kinds: list[list[GpuGroup]] = []
    for group in groups:
        if group.report.num_adapters == 0:
            continue
        kind = next((k for k in kinds if _alike(k[0], group)), None)
        if kind is None:
            kinds.append([group])
        else:
            kind.append(group)
    return sorted(kinds, key=lambda kind: -sum(group.rate for group in kind))


def _map(problem: Problem, kind: Sequence[GpuGroup], estimator: QuickEstimator) -> ServingMap:
    """The map around the GPU of a kind that has most traffic."""
    fullest = max(kind, key=lambda group: group.report.offered_throughput)
    places = [Place(g.title, g.report.max_loras, g.report.num_adapters) for g in kind]
    title = ", ".join(g.title for g in kind[:_NAMED]) + (" …" if len(kind) > _NAMED else "")
    return serving_map(title, fullest.candidate, places, estimator, problem.starvation)


def _alike(one: GpuGroup, other: GpuGroup) -> bool:
    """Whether GPUs have adapters of much the same kind."""
    rates = [g.report.rate / g.report.num_adapters for g in (one, other)]
    same = (one.report.profile, one.report.max_lora_rank) == (
        other.report.profile,
        other.report.max_lora_rank,
    )
    return same and max(rates) <= _ALIKE * min(rates)
