"""Configurations: runs of a comparison that differ in nothing but what is repeated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from placer.report.comparison.rows import COLUMNS, CONTROLLER_COLUMNS
from placer.report.comparison.statistics import Mean, mean_of

__all__ = [
    "FIGURES",
    "MORE_IS_BETTER",
    "Configuration",
    "differing_keys",
    "figure",
    "group_runs",
    "name_by_difference",
    "shown_figures",
    "text_of",
]

Row = Mapping[str, Any]

_CHOICES = ("strategy", "objective")
_FOUND = frozenset((*COLUMNS, *CONTROLLER_COLUMNS)) - {*_CHOICES}

FIGURES: dict[str, str] = {
    "hit_rate": "hit rate",
    "num_loads": "adapter loads",
    "route_changes": "route changes",
    "num_starved": "starved adapters",
    "decision_seconds": "decision, s",
    "num_gpus": "GPUs",
    "cost_per_hour": "$/h",
    "value": "value",
    "gap": "gap",
    "mean_ttft_ms": "mean TTFT, ms",
    "p99_ttft_ms": "p99 TTFT, ms",
    "mean_tpot_ms": "mean TPOT, ms",
    "runtime": "time, s",
    "served_throughput": "served tokens/s",
}
"""What is compared, and its heading; smaller is better, but for `MORE_IS_BETTER`."""

MORE_IS_BETTER = ("hit_rate", "served_throughput")

_WHATEVER_COMES = ("served_throughput",)


@dataclass(frozen=True)
class Configuration:
    """Runs that were asked the same but for what is repeated.

    Parameters
    ----------
    name : str
        In what it differs from the others of the comparison.
    asked : mapping of str to object
        Strategy, objective and every override, without what is repeated.
    runs : tuple of mapping
        Rows of the comparison.
    repeated : tuple of str
        Keys that tell the runs apart.
    """

    name: str
    asked: Mapping[str, Any]
    runs: tuple[Row, ...]
    repeated: tuple[str, ...]

    @property
    def placed(self) -> tuple[Row, ...]:
        """Runs whose placement serves everything: only they are compared by figures."""
        return tuple(run for run in self.runs if run.get("placed"))

    def mean(self, key: str) -> Mean | None:
        """Mean of a figure over the runs that count for it; None where none has it."""
        runs = self.counted(key)
        return mean_of(v for v in (figure(run, key) for run in runs) if v is not None)

    def counted(self, key: str) -> tuple[Row, ...]:
        """Runs that count for a figure: for what is served all, else those that placed all."""
        return self.runs if key in _WHATEVER_COMES else self.placed

    def by_repetition(self, key: str) -> dict[tuple[str, ...], Row]:
        """Runs that count for a figure, by the values of what is repeated."""
        return {tuple(repr(run.get(k)) for k in self.repeated): run for run in self.counted(key)}


def figure(run: Row, key: str) -> float | None:
    """A figure of a run as a number: of a value its first component; None where there is none."""
    value = run.get(key)
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    return float(value) if isinstance(value, int | float) and value == value else None


def shown_figures(configurations: Sequence[Configuration]) -> list[str]:
    """Figures that any configuration has; what is served where not all placed everything."""
    placed = all(len(one.placed) == len(one.runs) for one in configurations)
    keys = [key for key in FIGURES if not (placed and key in _WHATEVER_COMES)]
    return [key for key in keys if any(one.mean(key) is not None for one in configurations)]


def group_runs(rows: Iterable[Row], repeated: Collection[str] = ("seed",)) -> list[Configuration]:
    """Configurations in the order in which their first runs come.

    Parameters
    ----------
    rows : iterable of mapping
        As `placer.report.comparison.rows.read_runs` gives them.
    repeated : collection of str
        Keys over which means are taken.
    """
    groups: dict[str, list[Row]] = {}
    asked: dict[str, dict[str, Any]] = {}
    for row in rows:
        own = {k: v for k, v in row.items() if k not in _FOUND and k not in repeated}
        key = repr(sorted(own.items(), key=lambda entry: entry[0]))
        groups.setdefault(key, []).append(row)
        asked[key] = own
    naming = name_by_difference(list(asked.values()))
    return [
        Configuration(naming(asked[key]), asked[key], tuple(runs), tuple(repeated))
        for key, runs in groups.items()
    ]


def differing_keys(asked: Sequence[Mapping[str, Any]]) -> list[str]:
    """Keys in which some differ, choices of strategy and objective first."""
    keys = dict.fromkeys((*_CHOICES, *(key for one in asked for key in one)))
    return [key for key in keys if len({repr(one.get(key)) for one in asked}) > 1]


def name_by_difference(asked: Sequence[Mapping[str, Any]]) -> Callable[[Mapping[str, Any]], str]:
    """Names that say in what each differs from the others."""
    keys = differing_keys(asked)

    def name(one: Mapping[str, Any]) -> str:
        parts = [
            str(one[key]) if key in _CHOICES else f"{key}={text_of(one[key])}"
            for key in keys
            if one.get(key) is not None or key in one
        ]
        return " ".join(parts) or str(one.get("strategy") or "all")

    return name


def text_of(value: object) -> str:
    """As the user wrote it."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
