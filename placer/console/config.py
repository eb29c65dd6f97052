"""Configuration of the command line: how it is read, and what is built from it."""

from __future__ import annotations

import inspect
import typing
from importlib.resources import files
from operator import attrgetter
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_module
from hydra.core.config_store import ConfigStore
from hydra.errors import InstantiationException
from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from estimators.starvation import StarvationRule
from placer.console.interruption import Interruption
from placer.console.option_help import describe_options, list_options
from placer.console.parameter_types import describe_type, fits_type
from placer.console.rules_file import read_rules, rules_from_dict
from placer.console.settings import GROUPS, KEYS, PlaceSettings, Verify
from placer.gpu.budget import Budget
from placer.objectives.objective import Objective
from placer.problem.fleet import GpuType
from placer.problem.placement import Placement
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from placer.replanning import Replan, with_moves
from placer.strategies.base import Strategy
from placer.verification.robustness import Robustness
from placer.verification.verify import Verifier
from twin.files.errors import InputError, ProfileError, ToolkitError
from twin.files.input_file import read_input
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import read_profile
from twin.sources.sharegpt import sharegpt_model

__all__ = [
    "build",
    "build_budget",
    "build_option",
    "build_problem",
    "build_profile",
    "build_search",
    "build_verifier",
    "check_complete",
    "load_config",
    "register_schemas",
]


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


def load_config(path: Path) -> DictConfig:
    """The configuration of a run, as it was written to ``config.yaml``.

    Raises
    ------
    InputError
        If the file cannot be read, or is not such a configuration.
    """
    register_schemas()
    try:
        data = OmegaConf.create(yaml.safe_load(read_input(path)))
        return typing.cast(DictConfig, OmegaConf.merge(OmegaConf.structured(PlaceSettings), data))
    except (yaml.YAMLError, OmegaConfBaseException, ValueError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        cause = " ".join(str(error).split())
        raise InputError(str(path), f"is no configuration of a run: {cause}") from None


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


def build_option(group: str, option: str) -> Any:
    """Make the object of an option of a group, with the defaults of everything else.

    Parameters
    ----------
    group : str
        One of `GROUPS`.
    option : str
        One that comes with the product.

    Raises
    ------
    InputError
        If a parameter is refused by the object itself.
    """
    register_schemas()
    with initialize_config_module("conf", version_base="1.3"):
        return build(compose("place", [f"{group}={option}"]), group)


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
        starvation=StarvationRule(cfg.starvation_threshold, cfg.adapters_starve),
        max_starvation_probability=cfg.max_starvation_probability,
        rules=_build_rules(cfg),
        previous=_read_previous(cfg.previous),
    )


def _read_previous(name: str | None) -> Placement | None:
    """What runs now: a placement's file, or the folder of the run that wrote it."""
    if name is None:
        return None
    path = Path(name)
    return Placement.read(path / "placement.json" if path.is_dir() else path)


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
    return [GpuType(read_profile(name), entry.count, pool, names) for name in profiles]


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
