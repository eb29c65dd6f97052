"""Comparison: runs, what is the same of them, and how they differ from a baseline."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from placer.report.comparison.baseline import (
    Baseline,
    Difference,
    differences,
    find_baseline,
)
from placer.report.comparison.configurations import Configuration, group_runs

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True)
class Comparison:
    """Runs, what is the same of them, and how they differ from a baseline.

    Parameters
    ----------
    rows : tuple of mapping
        As `placer.report.comparison.rows.read_runs` gives them.
    repeated : tuple of str
        Keys over which means are taken.
    configurations : tuple of Configuration
    baseline : Baseline or None
        None where nothing differs.
    differences : tuple of Difference
    """

    rows: tuple[Mapping[str, Any], ...]
    repeated: tuple[str, ...]
    configurations: tuple[Configuration, ...]
    baseline: Baseline | None
    differences: tuple[Difference, ...]

    @property
    def has_repetitions(self) -> bool:
        """Whether any configuration ran more than once."""
        return any(len(one.runs) > 1 for one in self.configurations)


def compare(
    rows: Sequence[Mapping[str, Any]],
    baseline: str | None = None,
    repeated: Collection[str] = ("seed",),
) -> Comparison:
    """Compare runs.

    Parameters
    ----------
    rows : sequence of mapping
    baseline : str or None
        As `placer.report.comparison.baseline.find_baseline` takes it.
    repeated : collection of str
        Keys over which means are taken.

    Raises
    ------
    InputError
        If there is no such baseline.
    """
    configurations = group_runs(rows, repeated)
    base = find_baseline(configurations, baseline)
    compared = differences(configurations, base) if base is not None else []
    return Comparison(tuple(rows), tuple(repeated), tuple(configurations), base, tuple(compared))
