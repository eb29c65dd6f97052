"""Configuration of the command line: what a run is made of."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import cast

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from estimators.starvation import StarvationRule
from placer.console.batch_limits import with_batch_limits
from placer.console.build import build, plain_option
from placer.console.interruption import Interruption
from placer.console.rules_file import read_rules, rules_from_dict
from placer.console.schemas import register_schemas
from placer.console.settings import PlaceSettings, Verify
from placer.gpu.budget import Budget
from placer.problem.fleet import GpuType
from placer.problem.latency_limits import LatencyLimits
from placer.problem.placement import Placement
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from placer.verification.judges import verification_seeds
from placer.verification.robustness import Robustness
from placer.verification.verify import Verifier
from twin.files.errors import InputError, ProfileError
from twin.files.plain_data import parse_yaml, read_yaml_text
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import doubted, read_profile

__all__ = [
    "build_budget",
    "build_problem",
    "build_profile",
    "build_rules",
    "build_verifier",
    "check_complete",
    "parse_config",
    "read_config",
]


def read_config(path: Path) -> DictConfig:
    """The configuration of a run, as it was written to ``config.yaml``.

    Raises
    ------
    InputError
        If the file cannot be read, or is not such a configuration.
    """
    return parse_config(read_yaml_text(path), str(path))


def parse_config(text: str, where: str) -> DictConfig:
    """The configuration of a run from the text of its file.

    Parameters
    ----------
    text : str
    where : str
        File for the message.

    Raises
    ------
    InputError
        If it is not such a configuration.
    """
    register_schemas()
    data = parse_yaml(text, where)
    if not isinstance(data, dict):
        raise InputError(where, "is no configuration of a run: it is not a mapping")
    _refuse_interpolations(where, data)
    try:
        cfg = OmegaConf.merge(_schema(), OmegaConf.create(data))
        OmegaConf.resolve(cfg)
        return cast(DictConfig, cfg)
    except (OmegaConfBaseException, ValueError, TypeError) as error:
        cause = " ".join(str(error).split())
        raise InputError(where, f"is no configuration of a run: {cause}") from None


def _refuse_interpolations(where: str, data: object) -> None:
    """Refuse what would read the environment: a run writes values, and nothing to fill in."""
    if isinstance(data, str) and "${" in data:
        problem = f"{data!r:.60} is filled in from elsewhere, which no run writes"
        raise InputError(where, problem, "the value itself")
    if isinstance(data, dict):
        for key, value in data.items():
            _refuse_interpolations(f"{where}, {key!s:.60}", value)
    elif isinstance(data, list):
        for value in data:
            _refuse_interpolations(where, value)


@cache
def _schema() -> DictConfig:
    """What keys there are; it takes longer to make than a copy of it."""
    return cast(DictConfig, OmegaConf.structured(PlaceSettings))


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


def build_problem(cfg: DictConfig, trusted: Collection[str] | None = None) -> Problem:
    """Read the workload and the fleet, and state the problem.

    Parameters
    ----------
    cfg : DictConfig
    trusted : collection of str or None
        Modules that may be named, for a configuration that the user did not write; None for any.

    Raises
    ------
    InputError
        If a file or a value is wrong.

    Warns
    -----
    EstimatedProfileWarning, ExtrapolationWarning
        See `twin.gpu.read_profile.doubted`.
    """
    fleet: tuple[GpuType, ...]
    if cfg.fleet is None:
        fleet = (GpuType(doubted(build_profile(cfg)), None),)
    else:
        fleet = tuple(
            gpu_type for index, entry in enumerate(cfg.fleet) for gpu_type in _types(entry, index)
        )
    return Problem(
        workload=build(cfg, "workload", trusted),
        fleet=with_batch_limits(fleet, cfg.max_num_seqs),
        max_gpus=cfg.max_gpus,
        starvation=StarvationRule(cfg.starvation_threshold, cfg.adapters_starve, cfg.sustained),
        max_starvation_probability=cfg.max_starvation_probability,
        latency_limits=LatencyLimits(cfg.latency_limits.ttft, cfg.latency_limits.tpot),
        rules=build_rules(cfg),
        previous=_read_previous(cfg.previous),
        move_cost=cfg.move_cost,
        max_moves=cfg.max_moves,
        migration_gpus=cfg.migration_gpus,
    )


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


def build_rules(cfg: DictConfig) -> Rules:
    """Rules of a placement, from a file or from the configuration itself.

    Raises
    ------
    InputError
        If the file or a rule is wrong.
    """
    if cfg.rules is None:
        return Rules()
    if isinstance(cfg.rules, str):
        return read_rules(cfg.rules)
    plain = OmegaConf.is_config(cfg.rules)
    return rules_from_dict(OmegaConf.to_container(cfg.rules) if plain else cfg.rules)


def _read_previous(name: str | None) -> Placement | None:
    """What runs now: a placement's file, or the folder of the run that wrote it."""
    if name is None:
        return None
    path = Path(name)
    return Placement.read(path / "placement.json" if path.is_dir() else path)


def build_profile(cfg: DictConfig) -> ServingProfile:
    """Serving profile of the chosen option.

    Raises
    ------
    InputError
        If a key is wrong.
    """
    try:
        return ServingProfile.from_dict(plain_option(cfg, "profile"))
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
    seeds = verification_seeds(cfg.seed)
    return Verifier(seeds=seeds, robustness=robustness, repair=cfg.verify == Verify.twin)


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
