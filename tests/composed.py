"""Configurations of the command line, as Hydra composes them."""

from __future__ import annotations

from copy import deepcopy
from functools import cache

from hydra import compose, initialize_config_module
from omegaconf import DictConfig

from placer.console.schemas import register_schemas

__all__ = ["composed"]


def composed(*overrides: str) -> DictConfig:
    """The main configuration with some overrides, to be changed as one likes."""
    return deepcopy(_composed(overrides))


@cache
def _composed(overrides: tuple[str, ...]) -> DictConfig:
    """Made once, as composing takes a quarter of a second."""
    register_schemas()
    with initialize_config_module("conf", version_base="1.3"):
        return compose("place", list(overrides))
