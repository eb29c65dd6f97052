"""Placement: which adapter goes to which GPU, and how each engine is started."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from itertools import count
from pathlib import Path
from typing import Any

from placer.problem.json_fields import (
    read_list,
    read_number,
    read_text,
    read_whole,
    require_keys,
    require_version,
)
from twin.files.atomic_write import write_text
from twin.files.errors import InputError
from twin.files.json_text import json_text
from twin.files.plain_data import parse_json, read_json
from twin.gpu.engine_config import EngineConfig

__all__ = ["SCHEMA_VERSION", "GpuPlan", "Placement", "check_gpu_name", "gpu_name", "total_shares"]

SCHEMA_VERSION = 1
_SWITCH = "specialize_active_lora"  # an engine's, which is there only where it is on
"""Version of the JSON form; it changes when a reader would have to."""

_SHARE_TOLERANCE = 1e-6
_ENGINE = tuple(field.name for field in fields(EngineConfig))
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def gpu_name(index: int) -> str:
    """Name of the GPU at a position of a placement that gives it none."""
    return f"gpu-{index:02d}"


def check_gpu_name(name: str, where: str) -> None:
    """Refuse a name of a GPU that cannot be part of a file's name.

    Raises
    ------
    InputError
        If it has other characters than letters, digits, dots, dashes and underscores.
    """
    if not _NAME.fullmatch(name):
        raise InputError(where, f"{name!r} is no name of a GPU", "letters, digits, '.', '-', '_'")


@dataclass(frozen=True, slots=True)
class GpuPlan:
    """One GPU: its profile, its engine and its adapters.

    Parameters
    ----------
    profile_name : str
        Name of the serving profile.
    config : EngineConfig
        How the engine is started.
    shares : tuple of (str, float)
        Name of each adapter and the share of its requests that this GPU answers, in (0, 1];
        sorted by name, each name once.
    name : str
        Name of the GPU; empty where it follows from the position in the placement.

    Raises
    ------
    InputError
        If a share is out of range, an adapter appears twice, or the name is no file name.
    """

    profile_name: str
    config: EngineConfig
    shares: tuple[tuple[str, float], ...]
    name: str = ""

    def __post_init__(self) -> None:
        if self.name:
            check_gpu_name(self.name, "name")
        for name, share in self.shares:
            if not 0 < share <= 1 + _SHARE_TOLERANCE:
                raise InputError(f"share of adapter {name}", f"{share!r} is not inside (0, 1]")
        names = [name for name, _ in self.shares]
        if names != sorted(set(names)):
            raise InputError("shares", f"{names} are not sorted names, each once")

    def to_dict(self) -> dict[str, Any]:
        """Plain data: name, profile, engine, adapters."""
        return {
            "name": self.name,
            "profile": self.profile_name,
            "engine": _engine_dict(self.config),
            "adapters": [{"name": name, "share": share} for name, share in self.shares],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], where: str = "gpu") -> GpuPlan:
        """Read what `to_dict` wrote.

        Raises
        ------
        InputError
            If a key is missing, unknown or of the wrong type.
        """
        require_keys(data, ("name", "profile", "engine", "adapters"), where)
        shares = []
        for index, entry in enumerate(read_list(data["adapters"], f"{where}, adapters")):
            place = f"{where}, adapters[{index}]"
            require_keys(entry, ("name", "share"), place)
            name = read_text(entry["name"], f"{place}, name")
            shares.append((name, read_number(entry["share"], f"{place}, share")))
        gpu = read_text(data["name"], f"{where}, name")
        profile = read_text(data["profile"], f"{where}, profile")
        config = _read_engine(data["engine"], f"{where}, engine")
        with _located(where):
            return cls(profile, config, tuple(shares), gpu)


def total_shares(gpus: Iterable[GpuPlan]) -> dict[str, float]:
    """Sum of the shares of each adapter that some GPUs have, by name, sorted."""
    totals: dict[str, float] = {}
    parts: dict[str, list[float]] = {}  # of those on several GPUs
    for plan in gpus:
        for name, share in plan.shares:
            if name in totals:
                parts.setdefault(name, [totals[name]]).append(share)
            else:
                totals[name] = share
    totals |= {name: math.fsum(shares) for name, shares in parts.items()}
    return dict(sorted(totals.items()))


@dataclass(frozen=True, slots=True)
class Placement:
    """Which adapter goes to which GPU.

    Parameters
    ----------
    gpus : tuple of GpuPlan
        The GPUs in use.
    unplaced : tuple of str
        Names of adapters, sorted, that are not served, or not in full.
    base : tuple of str
        Names, sorted, under which requests for base models are among the adapters.

    Raises
    ------
    InputError
        If the shares of an adapter that is not in ``unplaced`` do not sum to 1, or two GPUs have
        the same name.
    """

    gpus: tuple[GpuPlan, ...] = ()
    unplaced: tuple[str, ...] = ()
    base: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for key in ("unplaced", "base"):
            names = getattr(self, key)
            if list(names) != sorted(set(names)):
                raise InputError(key, f"{names} are not sorted names, each once")
        for name, total in self.total_shares().items():
            excess = total - 1
            if excess > _SHARE_TOLERANCE or (
                excess < -_SHARE_TOLERANCE and name not in self.unplaced
            ):
                raise InputError(f"shares of adapter {name}", f"they sum to {total!r}", "1")
        for name, number in Counter(self.names).items():
            if number > 1:
                raise InputError("GPUs", f"{number} of them are called {name!r}")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the GPUs, as in the files of a run.

        Those that have none are numbered by their position, or beyond all positions where another
        GPU has that name.
        """
        given = {plan.name for plan in self.gpus}
        further = (name for name in map(gpu_name, count(len(self.gpus))) if name not in given)
        numbered = (gpu_name(index) for index in range(len(self.gpus)))
        return tuple(
            plan.name or (next(further) if number in given else number)
            for plan, number in zip(self.gpus, numbered, strict=True)
        )

    def total_shares(self) -> dict[str, float]:
        """Sum of the shares of each adapter that has any, by name."""
        return total_shares(self.gpus)

    def to_dict(self) -> dict[str, Any]:
        """Plain data with a ``schema_version``."""
        return {
            "schema_version": SCHEMA_VERSION,
            "gpus": [plan.to_dict() for plan in self.gpus],
            "unplaced": list(self.unplaced),
            **({"base": list(self.base)} if self.base else {}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], where: str = "placement") -> Placement:
        """Read what `to_dict` wrote.

        Raises
        ------
        InputError
            If the schema version is another, or a key is missing, unknown or of the wrong type.
        """
        require_version(data, SCHEMA_VERSION, where)
        base = ("base",) if "base" in data else ()
        require_keys(data, ("schema_version", "gpus", "unplaced", *base), where)
        gpus = [
            GpuPlan.from_dict(entry, f"{where}, gpus[{index}]")
            for index, entry in enumerate(read_list(data["gpus"], f"{where}, gpus"))
        ]
        unplaced, of_base = (
            tuple(read_text(n, f"{where}, {key}") for n in read_list(names, f"{where}, {key}"))
            for key, names in (("unplaced", data["unplaced"]), ("base", data.get("base", [])))
        )
        with _located(where):
            return cls(tuple(gpus), unplaced, of_base)

    def to_json(self) -> str:
        """`to_dict` as JSON text."""
        return json_text(self.to_dict())

    @classmethod
    def from_json(cls, text: str, where: str = "placement") -> Placement:
        """Read what `to_json` gave.

        Raises
        ------
        InputError
            If it is not JSON, or not a placement of this version.
        """
        return cls.from_dict(parse_json(text, where), where)

    def write(self, path: Path | str) -> None:
        """Write the JSON form, whole or not at all."""
        write_text(path, self.to_json())

    @classmethod
    def read(cls, path: Path | str) -> Placement:
        """Read a file that `write` wrote.

        Raises
        ------
        InputError
            If the file cannot be read, is not JSON, or is not a placement of this version.
        """
        return cls.from_dict(read_json(path), str(path))


def _engine_dict(config: EngineConfig) -> dict[str, Any]:
    """Engine configuration as plain data; the switch only where it is on."""
    data = {name: getattr(config, name) for name in _ENGINE}
    if not data[_SWITCH]:
        del data[_SWITCH]
    return data


def _read_engine(data: Any, where: str) -> EngineConfig:
    """Engine configuration; null is accepted where the field may be None."""
    keys = {f.name: f.default is None for f in fields(EngineConfig) if f.name != _SWITCH}
    switched = (_SWITCH,) if isinstance(data, Mapping) and _SWITCH in data else ()
    require_keys(data, (*keys, *switched), where)
    if switched and data[_SWITCH] is not True:
        raise InputError(f"{where}, {_SWITCH}", f"{data[_SWITCH]!r} is not true", "leave it out")
    values = {
        key: None if optional and data[key] is None else read_whole(data[key], f"{where}, {key}")
        for key, optional in keys.items()
    }
    with _located(where):
        return EngineConfig(**values, specialize_active_lora=bool(switched))  # type: ignore[arg-type]  # None where it may be


@contextmanager
def _located(where: str) -> Iterator[None]:
    """Name the place in errors that do not know it."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{where}, {error.where}", error.problem, error.accepted) from None
