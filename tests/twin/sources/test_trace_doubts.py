"""Warnings of what a log hardly means."""

from __future__ import annotations

import numpy as np
import pytest

from twin.files.errors import ToolkitWarning
from twin.sources.trace_doubts import warn_of_empty, warn_of_rate, warn_of_steps


def test_many_empty_prompts() -> None:
    with pytest.warns(ToolkitWarning, match="log, in: 10 of 100 prompts have 0 tokens"):
        warn_of_empty("log, in", np.repeat([0, 7], [10, 90]))
    warn_of_empty("log, in", np.repeat([0, 7], [9, 91]))


def test_times_that_were_rounded_to_minutes() -> None:
    with pytest.warns(ToolkitWarning, match=r"times are 60 s apart or more, and the 3 .* burst"):
        warn_of_steps("log, time", np.repeat(np.arange(20) * 60.0, 3))


@pytest.mark.parametrize(
    "times",
    [
        np.repeat(np.arange(20.0), 9),  # seconds
        np.arange(20) * 600.0,  # few requests
        np.append(np.repeat(np.arange(20) * 60.0, 3), 1145.5),  # no steps
    ],
)
def test_times_that_are_what_they_seem(times: np.ndarray) -> None:
    warn_of_steps("log, time", np.sort(times))


def test_rates_that_take_many_gpus() -> None:
    with pytest.warns(ToolkitWarning, match=r"it is 80 requests/s, 120,000 tokens/s, .* 12 GPUs"):
        warn_of_rate("log, time", 80.0, 120_000.0)
    warn_of_rate("log, time", 80.0, 20_000.0)
