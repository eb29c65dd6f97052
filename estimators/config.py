"""Configuration of ``python -m estimators``: its schema, and how it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import cast

from hydra import compose, initialize_config_module
from hydra.core.config_store import ConfigStore
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from estimators.dataset.executors import Executor
from twin.errors import InputError

__all__ = ["KEYS", "TrainSettings", "describe_keys", "read_settings"]


@dataclass
class TrainSettings:
    """Schema of ``conf/train.yaml``; `KEYS` says what the fields are for."""

    profile: str = "h100_64gb_llama31_8b"
    num_scenarios: int = 6000
    num_edge_scenarios: int = 3000
    seed: int = 0
    starvation_threshold: float = 0.9
    compare: bool = True
    executor: Executor = Executor.local
    num_workers: int | None = None
    scheduler: str | None = None
    output_dir: str | None = None


KEYS = {
    "profile": "name or file of the serving profile to train for",
    "num_scenarios": "loads from all over the domain",
    "num_edge_scenarios": "further ones, at two rates each where the verdict is close",
    "seed": "of every random draw; same seed, same dataset",
    "starvation_threshold": "a GPU starves when it serves less than this share of its load",
    "compare": "compare kinds of models, and sizes of the dataset, by cross-validation",
    "executor": "who simulates: local, processes here; dask, a Dask cluster",
    "num_workers": "processes on this machine; null: one for each core",
    "scheduler": "address of Dask's scheduler: tcp://HOST:PORT",
    "output_dir": "folder of the results; null: outputs/estimators/PROFILE",
}
"""Keys of the configuration and what they are for."""


def describe_keys() -> str:
    """Keys and their defaults, one a line."""
    lines = []
    for name, text in KEYS.items():
        default = attrgetter(name)(TrainSettings())
        shown = f"{name}={'null' if default is None else default}"
        lines.append(f"  {shown:32}  {text}")
    return "\n".join(lines)


def read_settings(overrides: Sequence[str]) -> TrainSettings:
    """Settings of the configuration file, with overrides in Hydra's ``KEY=VALUE`` form.

    Raises
    ------
    InputError
        If an override names no key, or its value is of the wrong type.
    """
    ConfigStore.instance().store("train_schema", TrainSettings)
    try:
        with initialize_config_module("conf", version_base="1.3"):
            cfg = compose("train", list(overrides))
        return cast(TrainSettings, OmegaConf.to_object(cfg))
    except (HydraException, OmegaConfBaseException) as error:
        text = str(error.__cause__ or error).strip().partition("\n")[0]
        raise InputError(
            "command line", text, f"KEY=VALUE with one of {', '.join(KEYS)}"
        ) from error
