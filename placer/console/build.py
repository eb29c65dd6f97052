"""Objects that the options of the configuration groups name."""

from __future__ import annotations

import inspect
import typing
from typing import Any

from hydra import compose, initialize_config_module
from hydra.errors import InstantiationException
from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, OmegaConf

from placer.console.option_help import list_options
from placer.console.parameter_types import describe_type, fits_type
from placer.console.schemas import register_schemas
from twin.files.errors import InputError, ToolkitError

__all__ = ["build", "build_option", "plain_option"]


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
    _check_parameters(plain_option(cfg, group), group)
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
