"""Settings: the schema of the command line's configuration, and what its keys are for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from estimators.starvation import USUAL_RULE
from placer.problem.latency_limits import USUAL_LIMITS

__all__ = [
    "GROUPS",
    "KEYS",
    "FleetEntry",
    "PlaceSettings",
    "Plot",
    "Report",
    "RobustnessSettings",
    "Show",
    "Verify",
]

_MISSING = "???"  # a value that has to be given, as OmegaConf writes it

GROUPS = {
    "profile": "measured costs of one model on one GPU type",
    "workload": "the adapters and their traffic",
    "estimator": "what predicts how one GPU serves its adapters",
    "strategy": "how a placement is searched for",
    "objective": "what a good placement is",
    "deploy": "what it is started with",
    "controller": "in place of placing: who routes requests in a scenario; none by default",
    "scenario": "engines and adapters whose popularity drifts, for controllers",
}
"""Groups of options and what they are for."""


class Verify(StrEnum):
    """Who checks the placement before it is written, and whether GPUs that fail are repaired."""

    twin = "twin"
    check = "check"
    none = "none"


class Report(StrEnum):
    """Whether a run writes a page that people look at."""

    html = "html"
    none = "none"


class Plot(StrEnum):
    """Whether a run writes its pictures one by one, and as what."""

    none = "none"
    png = "png"
    svg = "svg"


class Show(StrEnum):
    """What a run prints: its tables, its summary as JSON, or nothing."""

    table = "table"
    json = "json"
    nothing = "nothing"


@dataclass
class RobustnessSettings:
    """Bursts that GPUs have to bear when they are verified; see `Robustness`."""

    arrival_cv: float | None = 2.0
    max_starvation_probability: float = 0.5


@dataclass
class FleetEntry:
    """GPUs of one kind in a mixed fleet.

    Parameters
    ----------
    profile : str
        Name or file of their profile.
    profiles : list of str
        In place of that, several profiles: the same GPUs with one base model or another.
    count : int or None
        How many there are.
    names : list of str
        What they are called.
    """

    profile: str | None = None
    profiles: list[str] | None = None
    count: int | None = None
    names: list[str] | None = None


@dataclass
class LatencySettings:
    """Latencies that a plan is held against."""

    ttft: float | None = USUAL_LIMITS.ttft
    tpot: float | None = USUAL_LIMITS.tpot


@dataclass
class ComparisonSettings:
    """What the comparison of a sweep is told; a run alone takes no notice of it."""

    baseline: str | None = None


@dataclass
class PlaceSettings:
    """Schema of ``conf/place.yaml``."""

    profile: Any = _MISSING
    workload: Any = _MISSING
    estimator: Any = _MISSING
    strategy: Any = _MISSING
    objective: Any = _MISSING
    deploy: Any = None  # as in the configurations of earlier versions
    controller: Any = None
    scenario: Any = None
    seed: int = 0
    max_gpus: int | None = None
    starvation_threshold: float = USUAL_RULE.threshold
    adapters_starve: bool = USUAL_RULE.adapters_starve
    sustained: bool = USUAL_RULE.sustained
    max_starvation_probability: float = 0.05
    latency_limits: LatencySettings = field(default_factory=LatencySettings)
    time_limit: float | None = 60.0
    max_estimates: int | None = None
    verify: Verify = Verify.twin
    robustness: RobustnessSettings = field(default_factory=RobustnessSettings)
    fleet: list[FleetEntry] | None = None
    max_num_seqs: Any = "auto"
    rules: Any = None
    previous: str | None = None
    move_cost: float | None = None
    max_moves: int | None = None
    migration_gpus: int | None = None
    comparison: ComparisonSettings = field(default_factory=ComparisonSettings)
    output_dir: str | None = None
    report: Report = Report.html
    plot: Plot = Plot.none
    show: Show = Show.table


KEYS = {
    "seed": "of every random draw; same seed, same result",
    "max_gpus": "largest number of GPUs; null: as many as it takes",
    "starvation_threshold": "a GPU starves when it serves less than this share of its traffic",
    "adapters_starve": "and when it serves less of one adapter; false: the paper's rule",
    "sustained": "and when it is offered more than it can serve for good; false: the paper's",
    "max_starvation_probability": "largest probability of starving that a GPU may have",
    "latency_limits.ttft": "p99 of the time to first token in s that users bear; null: any",
    "latency_limits.tpot": "p99 of the time per output token in s that users bear; null: any",
    "time_limit": "seconds for the search; null: no limit",
    "max_estimates": "candidates to estimate in the search; null: no limit",
    "verify": "who checks the placement: twin; check: repair nothing; none",
    "robustness.arrival_cv": "burstier arrivals that are verified too; null: none",
    "robustness.max_starvation_probability": "largest probability of starving then",
    "fleet": "GPU types [{profile:NAME,count:N},...]; null: any number of profile's",
    "max_num_seqs": "requests at a time of an engine: auto; profile; N or {NAME:N} by profile",
    "rules": "replicas, groups, pins, GPUs left out: file or mapping",
    "previous": "what runs now, to be changed as little as pays: a run's folder or file",
    "move_cost": "what a moved adapter costs; null: nothing, or what it has to gain",
    "max_moves": "most adapters that move; null: as many as pay",
    "migration_gpus": "most GPUs at once meanwhile; null: as many as there may be",
    "comparison.baseline": "what a sweep's runs are compared with: KEY:VALUE; null: the first",
    "output_dir": "folder of the results; null: outputs/DATE/TIME",
    "report": "page of the result that people look at: html; none",
    "plot": "its pictures one by one, for papers: none; png; svg",
    "show": "what is printed: table; json, the summary (--json); nothing (--quiet)",
}
"""Keys of the configuration outside the groups, and what they are for."""
