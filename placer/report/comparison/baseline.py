"""Differences from a baseline: pairs of runs that had the same traffic, and all else alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from placer.report.comparison.configurations import (
    FIGURES,
    Configuration,
    differing_keys,
    figure,
)
from placer.report.comparison.statistics import Mean, paired_difference
from twin.files.errors import InputError

__all__ = ["Baseline", "Difference", "differences", "find_baseline"]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What others are compared with: a value of one key, all other keys being equal.

    Parameters
    ----------
    key : str
    value : object
    """

    key: str
    value: Any

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


@dataclass(frozen=True, slots=True)
class Difference:
    """How a configuration differs from its baseline.

    Parameters
    ----------
    configuration, baseline : Configuration
    figures : mapping of str to Mean
        Mean difference over the pairs, configuration minus baseline, by figure.
    """

    configuration: Configuration
    baseline: Configuration
    figures: Mapping[str, Mean]


def find_baseline(
    configurations: Sequence[Configuration], asked: str | None = None
) -> Baseline | None:
    """The baseline that is asked for, else the first value of the first key that differs.

    Parameters
    ----------
    configurations : sequence of Configuration
    asked : str or None
        ``KEY:VALUE`` (or ``KEY=VALUE``), or a value alone that only one key has.

    Returns
    -------
    Baseline or None
        None where nothing differs.

    Raises
    ------
    InputError
        If there is no such value, or several keys have it.
    """
    all_asked = [configuration.asked for configuration in configurations]
    keys = differing_keys(all_asked)
    if asked is None:
        return Baseline(keys[0], all_asked[0].get(keys[0])) if keys else None
    found = {}
    for key in keys:
        for value in (one.get(key) for one in all_asked):
            if asked in (str(value), f"{key}:{value}", f"{key}={value}"):
                found[key] = Baseline(key, value)
    if len(found) == 1:
        return next(iter(found.values()))
    values = dict.fromkeys(f"{key}:{one.get(key)}" for key in keys for one in all_asked)
    problem = f"{asked!r} is the value of {' and '.join(found)}" if found else f"{asked!r} is not"
    raise InputError(
        "comparison.baseline",
        problem if found else f"no runs have {asked!r}",
        f"one of {', '.join(values) or 'several configurations'}",
    )


def differences(
    configurations: Sequence[Configuration],
    baseline: Baseline,
    keys: Collection[str] = tuple(FIGURES),
) -> list[Difference]:
    """Differences of all other configurations from those that have the baseline's value.

    Runs are paired by what is repeated. Where the objectives differ, values have different units
    and are left out.
    """
    by_asked = {_key(one.asked): one for one in configurations}
    found = []
    for one in configurations:
        base = by_asked.get(_key({**one.asked, baseline.key: baseline.value}))
        if base is None or base is one:
            continue
        alike = one.asked.get("objective") == base.asked.get("objective")
        compared = [key for key in keys if alike or key not in ("value", "gap")]
        means = {key: _difference(one, base, key) for key in compared}
        known = {key: mean for key, mean in means.items() if mean is not None}
        found.append(Difference(one, base, known))
    return found


def _difference(one: Configuration, base: Configuration, key: str) -> Mean | None:
    before = base.by_repetition(key)
    pairs = [
        (figure(run, key), figure(before[repetition], key))
        for repetition, run in one.by_repetition(key).items()
        if repetition in before
    ]
    return paired_difference([(a, b) for a, b in pairs if a is not None and b is not None])


def _key(asked: Mapping[str, Any]) -> str:
    return repr(sorted(asked.items(), key=lambda entry: entry[0]))
