"""Batch limits: what the configuration says of the requests that engines run at a time."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from omegaconf import OmegaConf

from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from twin.files.errors import InputError

__all__ = ["AUTO", "chosen_limits", "tell_of_running", "with_batch_limits"]

_log = logging.getLogger(__name__)

AUTO, _PROFILE = "auto", "profile"
_ACCEPTED = "auto, profile, a number of requests, or such numbers by profile: {NAME: N}"


def with_batch_limits(fleet: Iterable[GpuType], asked: Any) -> tuple[GpuType, ...]:
    """GPU types with the limits that are asked for.

    Parameters
    ----------
    fleet : iterable of GpuType
    asked : object
        Value of ``max_num_seqs``: ``auto`` and ``profile`` change nothing here; a number is that
        of all engines, a mapping says it by profile.

    Raises
    ------
    InputError
        If it is something else, a number that vLLM refuses, or of a profile that is not there.
    """
    types = tuple(fleet)
    if asked in (AUTO, _PROFILE):
        return types
    names = [gpu_type.profile.name for gpu_type in types]
    limits: Any = OmegaConf.to_container(asked) if OmegaConf.is_config(asked) else asked
    if not isinstance(limits, dict):
        limits = dict.fromkeys(names, limits)
    limits = dict(zip(map(str, limits), limits.values(), strict=True))  # 1 is a number in YAML
    for name, number in limits.items():
        if isinstance(number, bool) or not isinstance(number, int):
            raise InputError("max_num_seqs", f"{number!r} is not accepted", _ACCEPTED)
        if name not in names:
            known = ", ".join(names)
            raise InputError("max_num_seqs", f"there is no profile {name}", f"profiles: {known}")
    return tuple(
        replace(t, max_num_seqs=limits[t.profile.name]) if t.profile.name in limits else t
        for t in types
    )


def chosen_limits(fleet: Iterable[GpuType]) -> str | dict[str, int]:
    """Value of ``max_num_seqs`` that means what was chosen for some GPU types."""
    limits = {t.profile.name: t.max_num_seqs for t in fleet if t.max_num_seqs is not None}
    return limits or AUTO


def tell_of_running(problem: Problem) -> None:
    """Say where engines that run now have another limit than new ones: they go on with theirs."""
    if problem.running is None:
        return
    for gpu_type in problem.fleet:
        profile, new = gpu_type.profile, gpu_type.max_num_seqs or gpu_type.profile.max_num_seqs
        others = sorted(problem.running.max_num_seqs(profile.name) - {new})
        if others:
            _log.info(
                "engines of %s that go on running keep their %s requests at a time, as another"
                " limit would be a restart; engines that are started get %d (max_num_seqs)",
                *(profile.name, " or ".join(map(str, others)), new),
            )
