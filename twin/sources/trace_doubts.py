"""What a log says that hardly is what was measured, though it may be: warnings."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import ToolkitWarning
from twin.sources.rate_sanity import MOST_OF_ALL, in_gpus

__all__ = ["warn_of_empty", "warn_of_rate", "warn_of_steps"]

_MOST_EMPTY = 0.1  # share of prompts without a token
_STEP = 10.0  # seconds from which rounded times change what queues up
_MOST_AT_ONCE = 2.0  # requests at a moment, in the mean


def warn_of_empty(where: str, prompts: NDArray[np.int32]) -> None:
    """Warn of many prompts of 0 tokens, which are read as 1.

    Parameters
    ----------
    where : str
        File and column.
    prompts : ndarray of shape (n,)
        Tokens, as they stand in the log.

    Warns
    -----
    ToolkitWarning
        If a tenth of them or more are 0.
    """
    empty = int(np.count_nonzero(prompts == 0))
    if empty >= _MOST_EMPTY * prompts.size:
        _warn(f"{where}: {empty} of {prompts.size} prompts have 0 tokens, which are taken as 1")


def warn_of_steps(where: str, times: NDArray[np.float64]) -> None:
    """Warn of times that were rounded so much that requests seem to come in bursts.

    Parameters
    ----------
    where : str
        File and column.
    times : ndarray of shape (n,)
        Seconds, sorted.

    Warns
    -----
    ToolkitWarning
        If several requests come at each time, and times are 10 s or more apart.
    """
    moments = np.unique(times)
    step = float(np.diff(moments).min())
    each = times.size / moments.size
    if step >= _STEP and each >= _MOST_AT_ONCE:
        _warn(
            f"{where}: times are {step:.4g} s apart or more, and the {each:.3g} requests at each "
            "are taken as a burst; if they were rounded, say arrival_cv=1 "
            "(at the command line: workload.arrival_cv=1)"
        )


def warn_of_rate(where: str, rate: float, token_rate: float) -> None:
    """Warn of a log that takes many GPUs, where its unit of time was inferred.

    Parameters
    ----------
    where : str
        File and column.
    rate : float
        Requests/s in the mean.
    token_rate : float
        Tokens/s in the mean.

    Warns
    -----
    ToolkitWarning
        If that is more than ten GPUs serve.
    """
    if token_rate > MOST_OF_ALL:
        _warn(
            f"{where}: it is {rate:.4g} requests/s, {in_gpus(token_rate)}; if its times are in "
            "another unit, say time_unit (at the command line: workload.columns.time_unit=...)"
        )


def _warn(text: str) -> None:
    warnings.warn(text, ToolkitWarning, stacklevel=4)
