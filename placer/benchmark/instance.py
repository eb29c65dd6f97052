"""Instance: a problem of the library, with the best placement of it that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from estimators.base import Estimator
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from estimators.twin_backed import TwinEstimator
from placer.benchmark.traffic import Traffic
from placer.problem.fleet import GpuType
from placer.problem.json_fields import (
    read_list,
    read_mapping,
    read_number,
    read_text,
    read_whole,
    require_keys,
)
from placer.problem.problem import Problem
from twin.files.errors import InputError
from twin.files.plain_data import read_yaml
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import bundled_profile_names, read_profile
from twin.workload.adapter import Adapter
from twin.workload.workload import Workload

__all__ = ["RULES", "SCHEMA_VERSION", "BestKnown", "Instance"]

SCHEMA_VERSION = 2
"""Version of the files; it changes when a reader would have to."""

RULES = ("sustained", "paper")
"""Rules of starvation by which instances are placed: traffic that can be sustained, as `placer`
asks for by default; and the paper's, which looks at one window alone."""

_KEYS = (
    *("schema_version", "name", "family", "about", "estimator", "starvation_threshold"),
    *("fleet", "max_gpus", "objectives", "traffic", "adapters", "best_known"),
)
_MOST_ADAPTERS = 1_000_000
_FLEET_KEYS = ("profiles", "count")


@dataclass(frozen=True, slots=True)
class BestKnown:
    """The best value of an objective that is known for an instance, and its best bound.

    Parameters
    ----------
    value, lower_bound : tuple of float
    found_by : str
        Strategy that found the value.
    """

    value: tuple[float, ...]
    lower_bound: tuple[float, ...]
    found_by: str


@dataclass(frozen=True)
class Instance:
    """A problem of the library.

    Parameters
    ----------
    name, family : str
    about : str
        Where it comes from.
    estimator : str or mapping
        ``"twin"``, or the parameters of the closed formula.
    problem : Problem
    objectives : tuple of str
        Options of ``conf/objective``.
    rule : str
        One of `RULES`, which the problem asks for.
    best_known : mapping of str to BestKnown
        By objective, for that rule.
    data : mapping
        The file as it was read.
    """

    name: str
    family: str
    about: str
    estimator: str | Mapping[str, float]
    problem: Problem
    objectives: tuple[str, ...]
    rule: str
    best_known: Mapping[str, BestKnown]
    data: Mapping[str, Any]

    @property
    def is_simulated(self) -> bool:
        """Whether the twin is the judge, so that verification says something."""
        return self.estimator == "twin"

    def make_estimator(self, seed: int = 0) -> Estimator:
        """The estimator that the best known values are by, for a run with a seed."""
        if isinstance(self.estimator, str):
            return TwinEstimator(seeds=(seed,))
        return ClosedFormEstimator(**self.estimator)

    @classmethod
    def read(cls, path: Path, rule: str = RULES[0]) -> Instance:
        """Read a file of the library; profiles are looked for in the folder ``profiles`` above it.

        Parameters
        ----------
        path : Path
        rule : str
            One of `RULES`.

        Raises
        ------
        InputError
            If the file cannot be read, or a key is missing, unknown or wrong.
        """
        return cls.from_dict(read_yaml(path), str(path), path.parent.parent / "profiles", rule)

    @classmethod
    def from_dict(cls, data: Any, where: str, profiles: Path, rule: str = RULES[0]) -> Instance:
        """Read plain data, for a rule of starvation.

        Raises
        ------
        InputError
            If a key is missing, unknown or wrong.
        """
        require_keys(data, _KEYS, where)
        if data["schema_version"] != SCHEMA_VERSION:
            raise InputError(
                f"{where}, schema_version", f"{data['schema_version']!r}", f"{SCHEMA_VERSION}"
            )
        problem = Problem(
            workload=Workload(_read_adapters(data, where)),
            fleet=_read_fleet(data["fleet"], f"{where}, fleet", profiles),
            max_gpus=_read_optional(data["max_gpus"], f"{where}, max_gpus"),
            starvation=StarvationRule(
                read_number(data["starvation_threshold"], f"{where}, starvation_threshold"),
                sustained=rule == "sustained",
            ),
        )
        return cls(
            name=read_text(data["name"], f"{where}, name"),
            family=read_text(data["family"], f"{where}, family"),
            about=read_text(data["about"], f"{where}, about"),
            estimator=_read_estimator(data["estimator"], f"{where}, estimator"),
            problem=problem,
            objectives=tuple(
                read_text(name, f"{where}, objectives")
                for name in read_list(data["objectives"], f"{where}, objectives")
            ),
            rule=rule,
            best_known={
                name: _read_best(best, f"{where}, best_known, {rule}, {name}")
                for name, best in _read_known(data["best_known"], where, rule).items()
            },
            data=data,
        )


def to_yaml(data: Mapping[str, Any]) -> str:
    """An instance file from plain data: one line for each adapter row."""
    return yaml.safe_dump(
        dict(data), sort_keys=False, default_flow_style=None, width=120, allow_unicode=True
    )


def _read_adapters(data: Mapping[str, Any], where: str) -> tuple[Adapter, ...]:
    """Adapters of all rows ``[count, rank, rate, traffic]``, mixed evenly."""
    kinds = {
        name: Traffic.from_dict(entry, f"{where}, traffic, {name}")
        for name, entry in read_mapping(data["traffic"], f"{where}, traffic").items()
    }
    placed: list[tuple[float, int, Adapter]] = []
    for index, row in enumerate(read_list(data["adapters"], f"{where}, adapters")):
        place = f"{where}, adapters[{index}]"
        if len(read_list(row, place)) != 4 or read_text(row[3], place) not in kinds:
            raise InputError(place, f"{row} is no row", "count, rank, rate in requests/s, traffic")
        count, rank = (read_whole(number, place) for number in row[:2])
        if not 0 <= count <= _MOST_ADAPTERS - len(placed):
            raise InputError(place, f"{count} adapters", f"up to {_MOST_ADAPTERS} in all")
        rate, kind = read_number(row[2], place), kinds[row[3]]
        for i in range(count):
            name = f"{row[3]}-{index:03d}-{i:03d}"
            adapter = Adapter(name, rank, rate, kind.lengths, kind.arrivals, kind.base_model)
            placed.append(((i + 0.5) / count, index, adapter))
    return tuple(adapter for _, _, adapter in sorted(placed, key=lambda entry: entry[:2]))


def _read_fleet(data: Any, where: str, profiles: Path) -> tuple[GpuType, ...]:
    types = []
    for index, entry in enumerate(read_list(data, where)):
        place = f"{where}[{index}]"
        require_keys(entry, _FLEET_KEYS, place)
        names = [read_text(name, place) for name in read_list(entry["profiles"], place)]
        count = _read_optional(entry["count"], f"{place}, count")
        pool = place if len(names) > 1 else ""
        types += [GpuType(_read_profile(name, profiles), count, pool) for name in names]
    return tuple(types)


def _read_profile(name: str, folder: Path) -> ServingProfile:
    path = folder / f"{name}.yaml"
    if name in bundled_profile_names() and not path.is_file():
        return read_profile(name)
    return read_profile(path)


def _read_estimator(data: Any, where: str) -> str | Mapping[str, float]:
    if data == "twin":
        return "twin"
    require_keys(data, ("capacity", "adapter_cost", "slot_cost"), where)
    return {key: read_number(value, f"{where}, {key}") for key, value in data.items()}


def _read_optional(value: Any, where: str) -> int | None:
    return None if value is None else read_whole(value, where)


def _read_known(value: Any, where: str, rule: str) -> Mapping[str, Any]:
    """What is known by a rule; nothing where the file says nothing of it."""
    where = f"{where}, best_known"
    for key in read_mapping(value, where):
        if key not in RULES:
            raise InputError(where, f"unknown rule {key!r}", f"accepted: {', '.join(RULES)}")
    return read_mapping(value.get(rule, {}), f"{where}, {rule}")


def _read_best(data: Any, where: str) -> BestKnown:
    require_keys(data, ("value", "lower_bound", "found_by"), where)
    value, bound = (
        tuple(read_number(number, where) for number in read_list(data[key], where))
        for key in ("value", "lower_bound")
    )
    return BestKnown(value, bound, read_text(data["found_by"], where))
