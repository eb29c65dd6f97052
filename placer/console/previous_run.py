"""Previous run: whether what it was asked for is what this one is asked for."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from placer.console.build import plain_option
from placer.console.config import build_rules, read_config
from twin.files.errors import InputError, ToolkitWarning

__all__ = ["PreviousRunWarning", "warn_of_differences"]


class PreviousRunWarning(ToolkitWarning):
    """What runs now was placed for another objective, or under other rules."""


def warn_of_differences(cfg: DictConfig) -> None:
    """Warn of each rule, and of an objective, that the run differs in whose placement runs now.

    What that was asked for is in ``config.yaml`` beside the placement; where there is none nothing
    is known. Nothing is carried over, so that a command means the same whatever runs.

    Parameters
    ----------
    cfg : DictConfig
        Of this run, complete.
    """
    if cfg.previous is None:
        return
    given = Path(cfg.previous)
    path = (given if given.is_dir() else given.parent) / "config.yaml"
    if not path.is_file():
        return
    try:
        before = read_config(path)
        differences = [
            f"{key} was {_shown(before, key)}, and is {_shown(cfg, key)} now"
            for key, read in _COMPARED.items()
            if read(before) != read(cfg)
        ]
    except InputError as error:
        warnings.warn(
            f"previous run: what it was asked for is not known: {error}",
            PreviousRunWarning,
            stacklevel=2,
        )
        return
    for difference in differences:
        warnings.warn(
            f"previous run ({path.parent}): {difference}; give it again if it still holds",
            PreviousRunWarning,
            stacklevel=2,
        )


def _value(key: str) -> Callable[[DictConfig], Any]:
    """How the value of a key is read; comparable."""

    def read(cfg: DictConfig) -> Any:
        value = OmegaConf.select(cfg, key)
        return OmegaConf.to_container(value) if OmegaConf.is_config(value) else value

    return read


_COMPARED: dict[str, Callable[[DictConfig], Any]] = {
    "objective": lambda cfg: plain_option(cfg, "objective"),
    "rules": build_rules,
    **{
        key: _value(key)
        for key in (
            *("starvation_threshold", "adapters_starve", "sustained"),
            *("max_starvation_probability", "robustness"),
        )
    },
}
"""What is compared, by key, and how it is read from a configuration."""


def _shown(cfg: DictConfig, key: str) -> str:
    """A value in one line."""
    return _plain(plain_option(cfg, key) if key == "objective" else _value(key)(cfg))


def _plain(value: Any) -> str:
    """Plain data in words: ``Slo(ttft=1.0, tpot=null)`` for what has a class."""
    if isinstance(value, dict):
        parts = [f"{k}={_plain(v)}" for k, v in value.items() if not str(k).startswith("_")]
        name = str(value.get("_target_", "")).rpartition(".")[2]
        return f"{name}({', '.join(parts)})" if name else "{" + ", ".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_plain, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
