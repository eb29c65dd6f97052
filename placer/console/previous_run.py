"""Previous run: what it was asked for goes on where this one does not say otherwise."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from placer.console.build import plain_option
from placer.console.config import build_rules, read_config
from placer.console.targets import trusted_modules
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from twin.files.errors import InputError, ToolkitWarning
from twin.files.plain_data import read_json

__all__ = ["CarriedOver", "PreviousRunWarning", "carry_over", "with_values"]

_log = logging.getLogger(__name__)


class PreviousRunWarning(ToolkitWarning):
    """What runs now was placed for something else, or nobody knows for what."""


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What a run is asked for, with what goes on from the previous one.

    Parameters
    ----------
    cfg : DictConfig
        Of this run, complete.
    rules : Rules or None
        Those of the previous run, where they go on; not in the configuration yet, as only the
        workload says which adapters there still are.
    objective : str or None
        What the previous run called its objective, where that goes on.
    trusted : collection of str or None
        Modules that may be named as the objective; None for any, where the user chose it.
    """

    cfg: DictConfig
    rules: Rules | None = None
    objective: str | None = None
    trusted: Collection[str] | None = None

    def with_rules(self, problem: Problem) -> tuple[DictConfig, Problem]:
        """Configuration and problem with the rules that go on, but for adapters that are gone.

        Raises
        ------
        InputError
            If a rule names a GPU or a profile that does not exist any more.
        """
        if self.rules is None:
            return self.cfg, problem
        rules = self.rules.only_for(adapter.name for adapter in problem.workload.adapters)
        gone = sorted(set(self.rules.names) - set(rules.names))
        if gone:
            _log.info("previous run: its rules say nothing of %s any more", ", ".join(gone))
        return with_values(self.cfg, {"rules": _plain_rules(rules) or None}), replace(
            problem, rules=rules
        )


def carry_over(cfg: DictConfig, overrides: Sequence[str]) -> CarriedOver:
    """Let GPUs, rules, limits and the objective of the previous run go on unless said otherwise.

    They are in ``config.yaml`` beside the placement; where there is none nothing is known. What
    goes on is told in one line, and what the user says otherwise is warned of. Said is what an
    override names, and what differs from the defaults, as by a configuration file of the user's.

    Parameters
    ----------
    cfg : DictConfig
        Of this run, complete.
    overrides : sequence of str
        Of this run, as Hydra takes them.
    """
    if cfg.previous is None:
        return CarriedOver(cfg)
    given = Path(cfg.previous)
    folder = given if given.is_dir() else given.parent
    if not (folder / "config.yaml").is_file():
        return CarriedOver(cfg)
    try:
        before = read_config(folder / "config.yaml")
        different = [key for key, read in _COMPARED.items() if read(before) != read(cfg)]
        rules = build_rules(before) if "rules" in different else None
    except InputError as error:
        _warn(f"previous run: what it was asked for is not known: {error}")
        return CarriedOver(cfg)
    said = [key for key in different if _is_said(cfg, key, overrides)]
    for key in said:
        now, then = _shown(cfg, key), _shown(before, key)
        _warn(f"previous run ({folder}): {key} was {then}, and is {now} now")
    carried = [key for key in different if key not in said]
    if carried:
        shown = ", ".join(f"{key}={_shown(before, key)}" for key in carried)
        _log.info("as in the previous run (%s), unless you say otherwise: %s", folder, shown)
    values = {key: OmegaConf.select(before, key) for key in carried if key != "rules"}
    cfg = with_values(cfg, values)
    objective = "objective" in carried
    return CarriedOver(
        cfg,
        rules if "rules" in carried else None,
        _name_of_objective(folder, before) if objective else None,
        trusted_modules() if objective else None,
    )


def _warn(text: str) -> None:
    warnings.warn(text, PreviousRunWarning, stacklevel=3)


def _is_said(cfg: DictConfig, key: str, overrides: Sequence[str]) -> bool:
    """Whether the user gave a key a value, on the command line or in a file."""
    keys: tuple[str, ...] = _GPUS if key in _GPUS else (key,)
    if key == "max_num_seqs":  # is of these GPUs
        keys = (*_GPUS, key)
    for override in overrides:
        name = override.lstrip("+~").partition("=")[0].partition("@")[0]
        if name in keys or name.startswith(tuple(f"{each}." for each in keys)):
            return True
    return bool(_COMPARED[key](cfg) != _COMPARED[key](_usual()))


def _usual() -> DictConfig:
    """What is asked for where nobody says anything, as far as it is compared."""
    usual = OmegaConf.create((files("conf") / "place.yaml").read_text(encoding="utf-8"))
    for group in ("objective", "profile"):
        (option,) = (entry[group] for entry in usual.defaults if group in entry)
        path = files("conf") / group / f"{option}.yaml"
        setattr(usual, group, OmegaConf.create(path.read_text(encoding="utf-8")))
    return usual  # type: ignore[return-value]  # a mapping


def with_values(cfg: DictConfig, values: dict[str, Any]) -> DictConfig:
    """A configuration with some keys set anew."""
    changed = cfg.copy()
    with open_dict(changed):
        for key, value in values.items():
            OmegaConf.update(changed, key, value, merge=False)
    return changed


def _name_of_objective(folder: Path, before: DictConfig) -> str:
    """What a run called its objective; its class where that is not known."""
    try:
        name = read_json(folder / "summary.json")["objective"]
    except (InputError, OSError, KeyError, TypeError):
        name = None
    if isinstance(name, str):
        return name
    return str(plain_option(before, "objective").get("_target_", "")).rpartition(".")[2]


def _plain_rules(rules: Rules) -> dict[str, Any]:
    """Rules as a configuration has them, without those that say nothing."""
    usual = asdict(Rules())
    return {key: value for key, value in asdict(rules).items() if value != usual[key]}


def _plain(cfg: DictConfig, key: str) -> Any:
    """The value of a key as plain data."""
    value = OmegaConf.select(cfg, key)
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value


def _value(key: str) -> Callable[[DictConfig], Any]:
    """How the value of a key is read; comparable."""
    return lambda cfg: _plain(cfg, key)


def _profile(cfg: DictConfig) -> Any:
    """The name of the profile in use: under one name the measured costs are those of today."""
    return None if cfg.fleet is not None else _plain(cfg, "profile.name")


_GPUS = ("profile", "fleet")
"""Keys that say together which GPUs there are."""
_COMPARED: dict[str, Callable[[DictConfig], Any]] = {
    "profile": _profile,
    "fleet": _value("fleet"),
    "objective": lambda cfg: plain_option(cfg, "objective"),
    "rules": build_rules,
    **{
        key: _value(key)
        for key in (
            *("max_gpus", "starvation_threshold", "adapters_starve", "sustained"),
            *("max_starvation_probability", "latency_limits.ttft", "latency_limits.tpot"),
            *("robustness.arrival_cv", "robustness.max_starvation_probability", "max_num_seqs"),
        )
    },
}
"""What goes on, by key, and how it is read from a configuration."""


def _shown(cfg: DictConfig, key: str) -> str:
    """A value in one line."""
    if key == "profile":
        return _in_words(_profile(cfg))
    return _in_words(plain_option(cfg, key) if key == "objective" else _plain(cfg, key))


def _in_words(value: Any) -> str:
    """Plain data in words: ``Slo(ttft=1.0, tpot=null)`` for what has a class."""
    if isinstance(value, dict):
        parts = [f"{k}={_in_words(v)}" for k, v in value.items() if not str(k).startswith("_")]
        name = str(value.get("_target_", "")).rpartition(".")[2]
        return f"{name}({', '.join(parts)})" if name else "{" + ", ".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_in_words, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
