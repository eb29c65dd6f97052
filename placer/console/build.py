"""Objects that the options of the configuration groups name."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from hydra import compose, initialize_config_module
from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from estimators.base import Estimator
from placer.console.option_help import list_options
from placer.console.parameter_types import describe_type, fits_type
from placer.console.schemas import register_schemas
from placer.console.targets import find_target, parameter_hints
from placer.controllers.controller import Controller
from placer.controllers.scenario import Scenario
from placer.deploy.target import DeploymentTarget
from placer.objectives.objective import Objective
from placer.strategies.base import Strategy
from twin.files.errors import InputError, ToolkitError
from twin.workload.workload import Workload

__all__ = ["build", "build_option", "plain_option"]

_MADE: dict[str, type] = {
    "workload": Workload,
    "estimator": Estimator,
    "strategy": Strategy,
    "objective": Objective,
    "deploy": DeploymentTarget,
    "controller": Controller,
    "scenario": Scenario,
}
"""What the option of each group makes."""

_REFUSED_KEYS = ("_args_", "_partial_", "_recursive_")


def build(cfg: DictConfig, group: str, trusted: Collection[str] | None = None) -> Any:
    """Make the object that the chosen option of a group names.

    Parameters
    ----------
    cfg : DictConfig
        The whole configuration, so that an option may refer to other keys.
    group : str
        One of `GROUPS`, but for the profile.
    trusted : collection of str or None
        Modules that may be named, for a configuration that the user did not write; None for any.

    Raises
    ------
    InputError
        If something is named that does not belong here, or is of no trusted module; or if a
        parameter is unknown, has the wrong type, or is refused by the object itself.
    """
    option = plain_option(cfg, group)
    if "_target_" not in option:
        raise InputError(f"{group}._target_", "it is not given", "give MODULE.CLASS")
    _check_node(option, group, _MADE[group], trusted)
    try:
        return instantiate(cfg[group], _convert_="all")
    except InstantiationException as error:
        cause = error.__cause__ or error
        if isinstance(cause, (ToolkitError, OSError)):
            raise cause from error
        text = " ".join(str(cause).split())
        named = f"{option['_target_']} cannot be made"
        raise InputError(group, f"{named}, {type(cause).__name__}: {text}") from error


def build_option(group: str, option: str, *overrides: str) -> Any:
    """Make the object of an option of a group, with the defaults of everything else.

    Parameters
    ----------
    group : str
        One of `GROUPS`.
    option : str
        One that comes with the product.
    *overrides : str
        Of what the option refers to, such as ``"seed=1"``.

    Raises
    ------
    InputError
        If a parameter is refused by the object itself.
    """
    register_schemas()
    with initialize_config_module("conf", version_base="1.3"):
        return build(compose("place", [f"{group}={option}", *overrides]), group)


def plain_option(cfg: DictConfig, group: str) -> dict[str, Any]:
    """Parameters of the chosen option of a group as plain data.

    Raises
    ------
    InputError
        If no option is chosen.
    """
    node = cfg[group]
    if not isinstance(node, DictConfig):
        known = ", ".join(list_options(group))
        raise InputError(group, f"{node!r} is not an option", f"accepted: {known}")
    data = OmegaConf.to_container(node, resolve=True)
    return {str(key): value for key, value in data.items()}  # type: ignore[union-attr]  # a mapping


def _check_node(node: Any, where: str, hint: Any, trusted: Collection[str] | None) -> None:
    """Look at every ``_target_`` below a node, and compare its parameters with its signature.

    Parameters
    ----------
    node : object
        Plain data.
    where : str
        Its key, for messages.
    hint : object
        Annotation of what takes it.
    trusted : collection of str or None
        As for `build`.
    """
    if isinstance(node, list):
        for index, item in enumerate(node):
            _check_node(item, f"{where}[{index}]", hint, trusted)
    if not isinstance(node, dict):
        return
    if "_target_" not in node:
        for key, value in node.items():
            _check_node(value, f"{where}.{key}", hint, trusted)
        return
    for key in node:
        if key in _REFUSED_KEYS:
            raise InputError(f"{where}.{key}", "it is not accepted", "name the parameters")
    hints = parameter_hints(find_target(node["_target_"], where, hint, trusted))
    for key, value in node.items():
        _check_node(value, f"{where}.{key}", hints.get(key), trusted)
        nested = isinstance(value, dict) and "_target_" in value
        if key in hints and not nested and not fits_type(value, hints[key]):
            raise InputError(
                f"{where}.{key}", f"{value!r} is not accepted", f"give {describe_type(hints[key])}"
            )
