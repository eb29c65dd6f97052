"""Runs of the fit, and runs that are held out to report the accuracy on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.calibrate.settings import Settings
from twin.files.errors import InputError
from twin.measured.run import MeasuredRun

__all__ = ["FEW", "split", "turns"]

FEW = 12
"""So many runs, or fewer, are all fitted to, and held out in turn."""
_TURNS = 4


def split(
    runs: Sequence[MeasuredRun], settings: Settings
) -> tuple[list[MeasuredRun], list[MeasuredRun]]:
    """Runs of the fit, and runs that are held out.

    Raises
    ------
    InputError
        If a scenario is not there, or no run is left to fit to.
    """
    order = np.random.default_rng(settings.seed).permutation(len(runs))
    if settings.holdout_scenarios:
        known = {run.scenario for run in runs}
        for name in settings.holdout_scenarios:
            if name not in known:
                accepted = f"there are: {', '.join(sorted(known))}"
                raise InputError("holdout_scenarios", f"{name!r} is no scenario", accepted)
        kept_out = {i for i in order if runs[i].scenario in settings.holdout_scenarios}
    elif len(runs) <= FEW:
        kept_out = set()
    else:
        kept_out = set(order[: round(settings.holdout * len(runs))])
    fitted_to = [i for i in order if i not in kept_out][: settings.max_runs]
    if not fitted_to:
        raise InputError("holdout", "no run is left to fit to", "hold out fewer")
    return [runs[i] for i in sorted(fitted_to)], [runs[i] for i in sorted(kept_out)]


def turns(runs: Sequence[MeasuredRun]) -> list[list[MeasuredRun]]:
    """Parts of few runs, each of which is held out in its turn."""
    number = min(_TURNS, len(runs))
    return [list(runs[k::number]) for k in range(number)]
