"""Configuration of ``python -m estimators``: its schema, and how it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, cast

from hydra import compose, initialize_config_module
from hydra.core.config_store import ConfigStore
from hydra.errors import HydraException, MissingConfigException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from estimators.console.option_files import check_option_file
from estimators.dataset.executors import Executor
from estimators.dataset.plan import DatasetPlan
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile

__all__ = ["KEYS", "TrainSettings", "describe_keys", "read_settings"]


@dataclass
class TrainSettings:
    """Schema of ``conf/train.yaml``, and its defaults; `KEYS` says what the fields are for."""

    profile: Any = None
    num_scenarios: int = DatasetPlan.num_scenarios
    num_edge_scenarios: int = DatasetPlan.num_edge_scenarios
    most_requests: int = DatasetPlan.most_requests
    most_adapters: int = DatasetPlan.most_adapters
    seed: int = DatasetPlan.seed
    starvation_threshold: float = DatasetPlan.starvation_threshold
    compare: bool = True
    executor: Executor = Executor.local
    num_workers: int | None = None
    scheduler: str | None = None
    output_dir: str | None = None


KEYS = {
    "num_scenarios": "engines from all over the domain",
    "num_edge_scenarios": "further ones, at two rates each where the verdict is close",
    "most_requests": "of one simulation; fewer are faster, and leave out the busiest engines",
    "most_adapters": "on one engine",
    "seed": "of every random draw; same seed, same dataset",
    "starvation_threshold": "a GPU starves when it serves less than this share of its traffic",
    "compare": "compare kinds of models, and sizes of the dataset, by cross-validation",
    "executor": "who simulates: local, processes here; dask, a Dask cluster",
    "num_workers": "processes on this machine; null: one for each core",
    "scheduler": "address of Dask's scheduler: tcp://HOST:PORT",
    "output_dir": "folder of the results; null: outputs/estimators/PROFILE, or every-engine",
}
"""Keys of the configuration beside ``profile``, and what they are for."""


def describe_keys() -> str:
    """Keys and their defaults, one a line."""
    lines = []
    for name, text in KEYS.items():
        default = attrgetter(name)(TrainSettings())
        shown = f"{name}={'null' if default is None else default}"
        lines.append(f"  {shown:32}  {text}")
    return "\n".join(lines)


def read_settings(
    overrides: Sequence[str], config_dir: Path | None = None
) -> tuple[TrainSettings, ServingProfile | None]:
    """Settings of the configuration file, and the serving profile that is chosen, if one is.

    Parameters
    ----------
    overrides : sequence of str
        Changes in Hydra's ``KEY=VALUE`` form.
    config_dir : Path, optional
        Folder with options of your own, such as ``profile/mine.yaml``.

    Raises
    ------
    InputError
        If an override names no key, its value is of the wrong type, or the profile is.
    """
    ConfigStore.instance().store("train_schema", TrainSettings)
    if config_dir is not None:
        for override in overrides:
            key, _, option = override.partition("=")
            if key == "profile":
                check_option_file(config_dir, key, option)
    own = [] if config_dir is None else [f"hydra.searchpath=[file://{config_dir.resolve()}]"]
    try:
        with initialize_config_module("conf", version_base="1.3"):
            cfg = compose("train", [*overrides, *own])
        settings = cast(TrainSettings, OmegaConf.to_object(cfg))
    except MissingConfigException as error:
        known = ", ".join(sorted(error.options or ()))
        raise InputError(str(error.missing_cfg_file), "there is no such option", known) from error
    except (HydraException, OmegaConfBaseException) as error:
        text = str(error.__cause__ or error).strip().partition("\n")[0]
        raise InputError(
            "command line", text, f"KEY=VALUE with one of profile, {', '.join(KEYS)}"
        ) from error
    profile = settings.profile
    return settings, None if profile is None else ServingProfile.from_dict(profile)
