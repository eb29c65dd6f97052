"""Task: what Hydra calls for each run, in this process or in another one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from placer.console.exit_status import GIVEN_UP, PLACED, RESULTS, status_of
from placer.console.failure import tell_failure
from placer.console.interruption import Interruption
from placer.console.notices import told_notices
from placer.console.schemas import register_schemas
from twin.files.one_line_warnings import one_line_warnings

if TYPE_CHECKING:
    from hydra.conf import HydraConf

__all__ = ["Task", "tell"]


def tell(text: str) -> None:
    """Write one line to the standard error stream."""
    sys.stderr.write(f"placer: {text}\n")
    sys.stderr.flush()


def chosen_names(run: HydraConf) -> dict[str, str]:
    """Names of the strategy and the objective of a run; none of one that places nothing."""
    choices = run.runtime.choices
    if choices.get("controller") is not None:
        return {}
    return {group: str(choices[group]) for group in ("strategy", "objective")}


class Task:
    """One run: places, writes the files, says what went wrong.

    In another process it is made anew, with the interruption of that process.

    Parameters
    ----------
    interruption : Interruption
        Ends the search, and further runs of a sweep before they begin.

    Attributes
    ----------
    statuses : list of int
        Exit statuses of the runs, as far as they are known to this process.
    """

    def __init__(self, interruption: Interruption) -> None:
        self.interruption = interruption
        self.statuses: list[int] = []

    def __call__(self, cfg: DictConfig) -> int | None:
        """Place once; the exit status, or None where the user has ended the sweep before."""
        run = HydraConfig.get()
        if run.mode is not RunMode.MULTIRUN:
            status = self._place(cfg, tell)
        elif self.interruption.requested:
            return None
        else:
            status = self._place_of_sweep(cfg, run)
        self.statuses.append(status)
        return status

    def __reduce__(self) -> tuple[Callable[[], Task], tuple[()]]:
        return _task_of_worker, ()

    def _place(self, cfg: DictConfig, tell: Callable[[str], None]) -> int:
        # Here: help and typos do not need them.
        from placer.console.controller_job import run_controller
        from placer.console.job import run_job

        try:
            with one_line_warnings(lambda text: tell(f"warning: {text}")), told_notices(tell):
                if cfg.controller is not None:
                    run_controller(cfg, self.interruption)
                    return PLACED
                return status_of(run_job(cfg, self.interruption))
        except KeyboardInterrupt:
            tell("given up; nothing was written")
            return GIVEN_UP
        except Exception as error:
            return tell_failure(error, cfg, tell)

    def _place_of_sweep(self, cfg: DictConfig, run: HydraConf) -> int:
        """Place, and leave a record of a run that fails, whatever ends it."""
        from placer.report.comparison.run_record import FAILURE, write_failure

        folder, overrides = Path(run.runtime.output_dir), list(run.overrides.task)
        names = chosen_names(run)
        told = [""]

        def tell_of_run(text: str) -> None:
            told.append(text)
            tell(f"run {folder.name}: {text}")

        write_failure(folder, overrides, names)
        status = self._place(cfg, tell_of_run)
        if status == GIVEN_UP or status in RESULTS:
            (folder / FAILURE).unlink(missing_ok=True)
        else:
            write_failure(folder, overrides, names, told[-1].removeprefix("error: "), status)
        return status


def _task_of_worker() -> Task:
    """The task of a process that another one has started for runs of a sweep."""
    register_schemas()
    return Task(Interruption.of_process())
