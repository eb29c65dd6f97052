"""Which measured runs can be compared, and with which serving profile."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

from twin.files.errors import InputError, ToolkitWarning
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import measured_profile, measured_profiles, read_profile
from twin.measured.run import MeasuredRun

__all__ = ["match_profiles"]


def match_profiles(
    runs: Sequence[MeasuredRun], profile: str | None = None
) -> tuple[list[MeasuredRun], Callable[[MeasuredRun], ServingProfile]]:
    """Runs that can be compared, in order, and the profile of each.

    Comparable are runs that are usable, and those that ended with a memory error.

    Parameters
    ----------
    runs : sequence of MeasuredRun
    profile : str, optional
        Name or file of the profile of all runs; of those of its model, where there are any. By
        default each run has the bundled profile of its model and engine version. A model goes by
        the profile's name for it, or by its repository.

    Raises
    ------
    InputError
        If no run is left.

    Warns
    -----
    EngineVersionWarning
        If the profile was measured with another version of the engine.
    ToolkitWarning
        If no run is of the profile's model.
    """
    comparable = [run for run in runs if run.usable or run.memory_error]
    profile_of: Callable[[MeasuredRun], ServingProfile]
    if profile is not None:
        one = read_profile(profile)
        names = (one.model, one.model_id)
        kept = [run for run in comparable if run.model in names] or comparable
        if others := sorted({run.model for run in kept} - {*names}):
            text = f"profile {one.name} is of {one.model}, and the runs are of {', '.join(others)}"
            warnings.warn(text, ToolkitWarning, stacklevel=2)
        for version in sorted({run.engine_version for run in kept}):
            one.warn_if_other_engine(version)

        def profile_of(_: MeasuredRun) -> ServingProfile:
            return one
    else:
        measured = measured_profiles()
        known = {
            id(run): found
            for run in comparable
            if (found := measured_profile(measured, run.model, run.engine_version, run.gpu))
        }
        kept = [run for run in comparable if id(run) in known]

        def profile_of(run: MeasuredRun) -> ServingProfile:
            return known[id(run)]

    if not kept:
        models = sorted({f"{run.model} on {run.engine_version}" for run in comparable})
        raise InputError(
            "runs", f"no profile fits {', '.join(models) or 'any of them'}", "give --profile"
        )
    return kept, profile_of
