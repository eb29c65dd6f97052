"""Checks of a problem: values out of range, and what can never be placed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from twin.files.errors import InputError
from twin.workload.adapter import Adapter

if TYPE_CHECKING:
    from placer.problem.problem import Problem

__all__ = ["check_problem"]


def check_problem(problem: Problem) -> None:
    """Refuse a problem that contradicts itself.

    Raises
    ------
    InputError
        If a value is out of range, an adapter fits on no GPU type even alone, or a rule names
        something that does not exist.
    """
    if not problem.fleet:
        raise InputError("fleet", "it has no GPU type", "give at least one")
    names = [gpu_type.profile.name for gpu_type in problem.fleet]
    for name in names:
        if names.count(name) > 1:
            raise InputError("fleet", f"profile {name!r} appears twice", "add up the counts")
    problem.pools.check()
    _check_rules(problem)
    if problem.max_gpus is not None and problem.max_gpus < 1:
        raise InputError("max_gpus", f"{problem.max_gpus} is below 1", "1 or more, or null")
    _check_engine_limits(problem)
    _check_changes(problem)
    if not 0 <= problem.max_starvation_probability <= 1:
        raise InputError(
            "max_starvation_probability",
            f"{problem.max_starvation_probability!r} is not inside [0, 1]",
        )
    _check_adapters(problem)
    _check_base(problem)


def _check_engine_limits(problem: Problem) -> None:
    """Refuse limits on GPUs that no engine fits in, or that engines of unequal size share."""
    sizes = sorted({gpu_type.profile.gpus_per_engine for gpu_type in problem.fleet})
    for key in ("max_gpus", "migration_gpus"):
        limit = getattr(problem, key)
        if limit is None or not sizes:
            continue
        if len(sizes) > 1:
            raise InputError(
                key,
                f"engines of {' and '.join(map(str, sizes))} GPUs cannot share a limit",
                "give each GPU type of the fleet a count",
            )
        if 1 <= limit < sizes[0]:
            text = f"{limit} is too few for an engine of {sizes[0]} GPUs"
            raise InputError(key, text, f"{sizes[0]} or more")


def _check_changes(problem: Problem) -> None:
    """Refuse limits of changes that are out of range, or without anything to change."""
    for key, least in (("move_cost", 0), ("max_moves", 0), ("migration_gpus", 1)):
        value = getattr(problem, key)
        if value is None:
            continue
        if problem.previous is None:
            raise InputError(key, "there is no previous placement", "give previous=FILE")
        if not (math.isfinite(value) and value >= least):
            raise InputError(key, f"{value!r} is not a number >= {least}")
    if problem.previous is not None and problem.migration_gpus is not None:
        number = len(problem.previous.gpus)
        if problem.migration_gpus < number:
            raise InputError(
                "migration_gpus", f"{problem.migration_gpus} is below the {number} that run now"
            )


def _check_rules(problem: Problem) -> None:
    rules = problem.rules
    if not rules:
        return
    adapters = problem.workload.by_name
    for name in rules.names:
        if name not in adapters:
            raise InputError("rules", f"there is no adapter {name!r} in the workload")
    for profile in rules.profiles.values():
        problem.gpu_type(profile)
    known = problem.pools.names
    for key, gpus in (("pinned", rules.pinned.values()), ("leave_out", rules.leave_out)):
        for gpu in gpus:
            if known is not None and gpu not in known:
                raise InputError(
                    f"rules.{key}", f"there is no GPU {gpu!r}", f"accepted: {', '.join(known)}"
                )
    if problem.gpu_limit == 0:
        raise InputError("rules.leave_out", "no GPU is left")
    for names in rules.bundles:
        members = [adapters[name] for name in names]
        if all(problem.refusals(gpu_type, members) for gpu_type in problem.fleet):
            raise InputError("rules", f"no GPU type takes all of {', '.join(names)}")


def _check_adapters(problem: Problem) -> None:
    answers: dict[tuple[int, str, str | None, str | None], list[str]] = {}
    for adapter in problem.workload.adapters:
        profile, gpu = problem.rules.profile(adapter.name), problem.rules.pinned.get(adapter.name)
        key = (adapter.rank, adapter.base_model, profile, gpu)
        if key not in answers:
            answers[key] = _reasons(problem, adapter)
        if len(answers[key]) == len(problem.fleet):
            raise InputError(
                f"adapter {adapter.name}",
                "it fits on no GPU, even alone: " + "; ".join(answers[key]),
                "use another GPU type, or an adapter of smaller rank",
            )


def _check_base(problem: Problem) -> None:
    """Refuse requests for base models that a router could not tell apart."""
    models = sorted({gpu_type.profile.model for gpu_type in problem.fleet})
    known: dict[str, str] = {}
    for adapter in problem.workload.adapters:
        if not adapter.is_base:
            continue
        if not adapter.base_model and len(models) > 1:
            raise InputError(
                f"base model of {adapter.name}",
                "which model its requests are for is not said",
                f"base_model: {' or '.join(models)}",
            )
        model = adapter.base_model or models[0]
        if model in known:
            raise InputError(
                "workload",
                f"{known[model]!r} and {adapter.name!r} are both requests for {model}, which "
                "no router tells apart",
                "add them up",
            )
        known[model] = adapter.name


def _reasons(problem: Problem, adapter: Adapter) -> list[str]:
    """Why GPU types cannot serve an adapter even alone, one reason for each that cannot."""
    reasons = []
    for gpu_type in problem.fleet:
        profile = gpu_type.profile
        reason = problem.refusal(gpu_type, adapter)
        if reason is None:
            rank = problem.rules.engine_rank(adapter.rank)
            reason = profile.memory_error(gpu_type.engine_alone(rank))
        if reason is not None:
            reasons.append(reason)
    return reasons
