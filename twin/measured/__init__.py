"""Measured runs of a real engine: reading them, and replaying them on the twin."""

from __future__ import annotations

from twin.measured.closed_loop import ClosedLoopRun, read_closed_loop_runs
from twin.measured.replay import Replay, replay
from twin.measured.run import MeasuredRun
from twin.measured.run_files import read_measured
from twin.measured.run_table import read_runs

__all__ = [
    "ClosedLoopRun",
    "MeasuredRun",
    "Replay",
    "read_closed_loop_runs",
    "read_measured",
    "read_runs",
    "replay",
]
