"""Whose fault an exception is that nobody foresaw, in one line."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig, OmegaConf

from placer.console.settings import GROUPS

__all__ = ["fault_text", "is_of_plugin"]

_OURS = ("placer", "estimators", "twin")


def fault_text(error: Exception, cfg: DictConfig) -> str:
    """Name the plug-in that an exception comes from, or say that it is ours.

    Parameters
    ----------
    error : Exception
        As it was raised, with its traceback.
    cfg : DictConfig
        Configuration of the run, which names the plug-ins.

    Returns
    -------
    str
        Plug-in, exception and where it was raised; one line.
    """
    what = f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")
    plugins = dict(_plugins(cfg))
    if place := _place_in_plugin(error, plugins):
        return f"{place[0]} failed: {what} ({place[1]})"
    if plugins:
        others = ", ".join(f"the {group} {target}" for target, group in plugins.items())
        return f"{what}; it may be the fault of {others}"
    return f"{what}; this is a fault of the program: please report it with the lines above"


def is_of_plugin(error: Exception, cfg: DictConfig) -> bool:
    """Whether an exception was raised in the code of a plug-in, or below it."""
    return _place_in_plugin(error, dict(_plugins(cfg))) is not None


def _place_in_plugin(error: Exception, plugins: dict[str, str]) -> tuple[str, str] | None:
    """Plug-in from which an exception comes, and the line of its code; None where it is none."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    lines = traceback.extract_tb(error.__traceback__)
    for frame, line in zip(reversed(frames), reversed(lines), strict=True):
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        for target, group in plugins.items():
            if package == target.partition(".")[0]:
                return f"the {group} {target}", f"{line.filename}, line {line.lineno}"
    return None


def _plugins(cfg: DictConfig) -> Iterator[tuple[str, str]]:
    """Classes that are not ours, and the group that each is chosen in."""
    for group in GROUPS:
        if group in cfg and isinstance(cfg[group], DictConfig):
            for target in _targets(OmegaConf.to_container(cfg[group], resolve=True)):
                if target.partition(".")[0] not in _OURS:
                    yield target, group


def _targets(node: Any) -> Iterator[str]:
    """All ``_target_`` of plain data."""
    if isinstance(node, dict):
        if isinstance(node.get("_target_"), str):
            yield node["_target_"]
        node = list(node.values())
    if isinstance(node, list):
        for value in node:
            yield from _targets(value)
