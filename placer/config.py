"""Configuration of the command line: its schema, and what is built from it."""

from __future__ import annotations

import inspect
import typing
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.resources import files
from operator import attrgetter
from typing import Any

import yaml
from hydra import compose, initialize_config_module
from hydra.core.config_store import ConfigStore
from hydra.errors import InstantiationException
from hydra.utils import get_object, instantiate
from omegaconf import MISSING, DictConfig, OmegaConf

from placer.budget import Budget
from placer.fleet import GpuType, find_profile
from placer.interruption import Interruption
from placer.objective import Objective
from placer.option_help import describe_options, list_options
from placer.parameter_types import describe_type, fits_type
from placer.placement import Placement
from placer.problem import Problem
from placer.replanning import Replan, with_moves
from placer.robustness import Robustness
from placer.rules import Rules
from placer.rules_file import read_rules, rules_from_dict
from placer.strategies.base import Strategy
from placer.verify import Verifier
from twin.errors import InputError, ProfileError, ToolkitError
from twin.profile import ServingProfile
from twin.sharegpt import sharegpt_model

__all__ = [
    "GROUPS",
    "KEYS",
    "FleetEntry",
    "PlaceSettings",
    "Verify",
    "build",
    "build_budget",
    "build_option",
    "build_problem",
    "build_profile",
    "build_search",
    "build_verifier",
    "check_complete",
    "register_schemas",
]

GROUPS = {
    "profile": "measured costs of one model on one GPU type",
    "workload": "the adapters and their traffic",
    "estimator": "what predicts how one GPU serves a load",
    "strategy": "how a placement is searched for",
    "objective": "what a good placement is",
}
"""Groups of options and what they are for."""


class Verify(StrEnum):
    """Who checks the placement before it is written, and whether GPUs that fail are repaired."""

    twin = "twin"
    check = "check"
    none = "none"


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
class PlaceSettings:
    """Schema of ``conf/place.yaml``."""

    profile: Any = MISSING
    workload: Any = MISSING
    estimator: Any = MISSING
    strategy: Any = MISSING
    objective: Any = MISSING
    seed: int = 0
    max_gpus: int | None = None
    starvation_threshold: float = 0.9
    max_starvation_probability: float = 0.05
    time_limit: float | None = 60.0
    max_estimates: int | None = None
    verify: Verify = Verify.twin
    robustness: RobustnessSettings = field(default_factory=RobustnessSettings)
    fleet: list[FleetEntry] | None = None
    rules: Any = None
    previous: str | None = None
    move_cost: float | None = None
    output_dir: str | None = None


KEYS = {
    "seed": "of every random draw; same seed, same result",
    "max_gpus": "largest number of GPUs; null: as many as it takes",
    "starvation_threshold": "a GPU starves when it serves less than this share of its load",
    "max_starvation_probability": "largest probability of starving that a GPU may have",
    "time_limit": "seconds for the search; null: no limit",
    "max_estimates": "loads to estimate in the search; null: no limit",
    "verify": "who checks the placement: twin; check: repair nothing; none",
    "robustness.arrival_cv": "burstier arrivals that are verified too; null: none",
    "robustness.max_starvation_probability": "largest probability of starving then",
    "fleet": "GPU types [{profile:NAME,count:N},...]; null: any number of profile's",
    "rules": "replicas, groups, pins, GPUs left out: file or mapping",
    "previous": "placement.json of what runs now, to be changed as little as pays",
    "move_cost": "what a moved adapter costs; null: fewest moves of the best placements",
    "output_dir": "folder of the results; null: outputs/DATE/TIME",
}
"""Keys of the configuration outside the groups, and what they are for."""


def register_schemas() -> None:
    """Tell Hydra the schema of the main configuration, and the resolvers that it uses."""
    ConfigStore.instance().store("place_schema", PlaceSettings)
    OmegaConf.register_new_resolver(
        "first_given", lambda *values: next(v for v in values if v is not None), replace=True
    )
    OmegaConf.register_new_resolver("sharegpt_model", sharegpt_model, replace=True)
    OmegaConf.register_new_resolver("describe_groups", _describe_groups, replace=True)
    OmegaConf.register_new_resolver("describe_keys", _describe_keys, replace=True)


def _describe_groups() -> str:
    """Groups and options for the help text; Hydra reads ``$`` in it as a place holder."""
    main = yaml.safe_load((files("conf") / "place.yaml").read_text(encoding="utf-8"))
    entries = [entry for entry in main["defaults"] if isinstance(entry, dict)]
    chosen = {group: entry[group] for entry in entries for group in GROUPS if group in entry}
    return describe_options(GROUPS, chosen).replace("$", "$$")


def _describe_keys() -> str:
    """Keys outside the groups, with their defaults, for the help text."""
    lines = []
    for name, text in KEYS.items():
        default = attrgetter(name)(PlaceSettings())
        shown = f"{name}={'null' if default is None else default}"
        lines.append(f"  {shown:32}  {text}")
    return "\n".join(lines)


def check_complete(cfg: DictConfig) -> None:
    """Refuse a configuration that lacks a value.

    Raises
    ------
    InputError
        If a key that has no default is not given.
    """
    missing = sorted(OmegaConf.missing_keys(cfg))
    if missing:
        raise InputError(missing[0], "it is not given", f"add {missing[0]}=VALUE")


def build(cfg: DictConfig, group: str) -> Any:
    """Make the object that the chosen option of a group names.

    Parameters
    ----------
    cfg : DictConfig
        The whole configuration, so that an option may refer to other keys.
    group : str
        One of `GROUPS`.

    Raises
    ------
    InputError
        If a parameter is unknown, has the wrong type, or is refused by the object itself.
    """
    _check_parameters(_plain(cfg, group), group)
    try:
        return instantiate(cfg[group], _convert_="all")
    except InstantiationException as error:
        cause = error.__cause__ or error
        if isinstance(cause, (ToolkitError, OSError)):
            raise cause from error
        raise InputError(group, " ".join(str(cause).split())) from error


def build_option(group: str, option: str, *overrides: str) -> Any:
    """Make the object of an option of a group, with the defaults of everything else.

    Parameters
    ----------
    group : str
        One of `GROUPS`.
    option : str
        One that comes with the product.
    *overrides : str
        Changes to other keys, as on the command line.

    Raises
    ------
    InputError
        If a parameter is refused by the object itself.
    """
    register_schemas()
    with initialize_config_module("conf", version_base="1.3"):
        return build(compose("place", [f"{group}={option}", *overrides]), group)


def _plain(cfg: DictConfig, group: str) -> dict[str, Any]:
    """Parameters of the chosen option of a group as plain data."""
    node = cfg[group]
    if not isinstance(node, DictConfig):
        known = ", ".join(list_options(group))
        raise InputError(group, f"{node!r} is not an option", f"accepted: {known}")
    data = OmegaConf.to_container(node, resolve=True)
    return {str(key): value for key, value in data.items()}  # type: ignore[union-attr]  # a mapping


def _check_parameters(node: Any, where: str) -> None:
    """Compare the parameters of every ``_target_`` below a node with its signature."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            _check_parameters(item, f"{where}[{index}]")
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        _check_parameters(value, f"{where}.{key}")
    if "_target_" not in node:
        return
    try:
        target = get_object(node["_target_"])
    except Exception as error:  # whatever the import of a user's own module raises
        raise InputError(
            f"{where}._target_",
            f"{node['_target_']!r} cannot be imported",
            " ".join(str(error.__cause__ or error).split()),
        ) from error
    if isinstance(target, type):
        hints = typing.get_type_hints(target.__init__)  # type: ignore[misc]  # unbound is meant
    else:
        hints = typing.get_type_hints(inspect.unwrap(getattr(target, "__func__", target)))
    for key, value in node.items():
        nested = isinstance(value, dict) and "_target_" in value
        if key in hints and not nested and not fits_type(value, hints[key]):
            raise InputError(
                f"{where}.{key}", f"{value!r} is not accepted", f"give {describe_type(hints[key])}"
            )


def build_problem(cfg: DictConfig) -> Problem:
    """Read the workload and the fleet, and state the problem.

    Raises
    ------
    InputError
        If a file or a value is wrong.
    """
    fleet: tuple[GpuType, ...]
    if cfg.fleet is None:
        fleet = (GpuType(build_profile(cfg), None),)
    else:
        fleet = tuple(
            gpu_type for index, entry in enumerate(cfg.fleet) for gpu_type in _types(entry, index)
        )
    return Problem(
        workload=build(cfg, "workload"),
        fleet=fleet,
        max_gpus=cfg.max_gpus,
        starvation_threshold=cfg.starvation_threshold,
        max_starvation_probability=cfg.max_starvation_probability,
        rules=_build_rules(cfg),
        previous=None if cfg.previous is None else Placement.read(cfg.previous),
    )


def build_search(cfg: DictConfig) -> tuple[Strategy, Objective]:
    """What searches, and what for; where there is a previous placement, both look at it.

    Raises
    ------
    InputError
        If a parameter is unknown or refused.
    """
    strategy, objective = build(cfg, "strategy"), build(cfg, "objective")
    if cfg.previous is not None:
        return Replan(strategy), with_moves(objective, cfg.move_cost)
    if cfg.move_cost is not None:
        raise InputError("move_cost", "there is no previous placement", "give previous=FILE")
    return strategy, objective


def _types(entry: DictConfig, index: int) -> list[GpuType]:
    """GPU types of an entry of the fleet."""
    where = f"fleet[{index}]"
    if (entry.profile is None) == (entry.profiles is None):
        raise InputError(where, "it needs a profile or profiles", "give one of them")
    profiles = [entry.profile] if entry.profiles is None else list(entry.profiles)
    if not profiles:
        raise InputError(f"{where}.profiles", "it is empty", "give at least one")
    pool = where if len(profiles) > 1 else ""
    names = tuple(entry.names or ())
    return [GpuType(find_profile(name), entry.count, pool, names) for name in profiles]


def _build_rules(cfg: DictConfig) -> Rules:
    """Rules of a placement, from a file or from the configuration itself."""
    if cfg.rules is None:
        return Rules()
    if isinstance(cfg.rules, str):
        return read_rules(cfg.rules)
    return rules_from_dict(OmegaConf.to_container(cfg.rules, resolve=True))


def build_profile(cfg: DictConfig) -> ServingProfile:
    """Serving profile of the chosen option.

    Raises
    ------
    InputError
        If a key is wrong.
    """
    try:
        return ServingProfile.from_dict(_plain(cfg, "profile"))
    except ProfileError as error:
        raise ProfileError(f"profile.{error.where}", error.problem, error.accepted) from None


def build_verifier(cfg: DictConfig) -> Verifier | bool:
    """How the placement is verified; False for not at all.

    Raises
    ------
    InputError
        If a value is out of range.
    """
    if cfg.verify == Verify.none:
        return False
    bursts = cfg.robustness
    robustness = Robustness(bursts.arrival_cv, bursts.max_starvation_probability)
    return Verifier(robustness=robustness, repair=cfg.verify == Verify.twin)


def build_budget(cfg: DictConfig, interruption: Interruption) -> Budget:
    """Limits of the search; a Ctrl-C ends it too.

    Raises
    ------
    InputError
        If a limit is not positive.
    """
    return Budget(
        time_limit=cfg.time_limit,
        max_estimates=cfg.max_estimates,
        interrupted=lambda: interruption.requested,
    )
