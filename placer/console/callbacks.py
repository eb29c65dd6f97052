"""Hydra callbacks: what happens before and after the runs; `conf/place.yaml` names them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from placer.console.empty_folders import missing_folders, remove_empty, remove_empty_sweep
from placer.console.settings import Show
from placer.console.task import tell
from placer.report.comparison.run_record import FAILURE

__all__ = ["CompareRuns", "RemoveEmptyFolders"]


class RemoveEmptyFolders(Callback):
    """Hydra callback that takes back the folders it made for runs that wrote nothing."""

    def __init__(self) -> None:
        self._made: list[Path] = []

    def on_run_start(self, config: DictConfig, **_: Any) -> None:
        """Note which folders of the run do not exist yet."""
        self._made = missing_folders(Path(config.hydra.run.dir).absolute())

    def on_run_end(self, config: DictConfig, **_: Any) -> None:
        """Remove those that are still empty."""
        remove_empty(self._made)

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """Note which folders of the sweep do not exist yet."""
        self._made = missing_folders(Path(config.hydra.sweep.dir).absolute())

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Remove those that are still empty; Hydra's own record does not count.

        Where no run has a result, records of failures do not count either: all has been told.
        """
        sweep = Path(config.hydra.sweep.dir).absolute()
        if not any(sweep.glob("*/summary.json")):
            for record in sweep.glob(f"*/{FAILURE}"):
                record.unlink()
        remove_empty_sweep(sweep, self._made)


class CompareRuns(Callback):
    """Hydra callback that ends a ``--multirun`` with one table."""

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Read the summary of every run, print the table, and write it beside them."""
        from placer.report.comparison.publish import compare_runs  # slow, and for sweeps alone
        from placer.report.comparison.rows import FAILED
        from placer.report.report import print_json, wide_console

        show = config.get("show", Show.table)
        shown = wide_console()
        shown.quiet = show != Show.table
        baseline = OmegaConf.select(config, "comparison.baseline")
        pictures = str(config.get("plot", "none"))
        rows = compare_runs(Path(config.hydra.sweep.dir), shown, baseline, pictures)
        if show == Show.json:
            print_json(rows)
        failed = [row for row in rows if row["status"] == FAILED]
        for row in failed:
            tell(f"run {row['run']} of {len(rows)} failed: {row['error']} ({row['path']})")
