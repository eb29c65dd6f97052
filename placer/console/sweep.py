"""Launches the runs of a sweep that have no result yet, whatever happens to some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from placer.console.exit_status import FAULT, GIVEN_UP, INCOMPLETE, PLACED, status_of
from placer.console.input_digests import digest
from placer.console.option_digests import OptionFolders
from placer.console.task import Task, tell
from placer.report.comparison.baseline import find_baseline
from placer.report.comparison.configurations import group_runs
from placer.report.comparison.run_record import (
    FAILURE,
    Identity,
    RunRecord,
    identity,
    read_records,
)
from placer.report.controller_files import CONTROLLER
from twin.files.errors import InputError
from twin.files.plain_data import read_json

__all__ = ["ResumingLauncher", "num_workers", "status_of_folder"]

_NUMBERED = "${hydra.job.num}"  # what Hydra calls the folders of runs, unless it is told otherwise


def num_workers(asked: int, cores: int, runs: int) -> int:
    """Processes for the runs of a sweep: as many as are asked for, but no more than cores or runs.

    Parameters
    ----------
    asked : int
        As joblib has it: -1 for all cores, -2 for all but one.
    cores, runs : int

    Raises
    ------
    InputError
        If it is 0.
    """
    if asked == 0:
        raise InputError("hydra.launcher.n_jobs", "it is 0", "1 or more, or -1 for all cores")
    wanted = asked if asked > 0 else cores + 1 + asked
    return max(1, min(wanted, cores, runs))


@dataclass(frozen=True, slots=True)
class _Job:
    """A run that is to be launched: what it is asked, and all its overrides."""

    asked: Identity
    overrides: tuple[str, ...]


class ResumingLauncher(Launcher):
    """Hands those runs to the chosen launcher of Hydra that have no result in the sweep's folder.

    A run is known again by its overrides. One that fails leaves a record of it, and the others go
    on. Where a process dies and takes others with it, the runs that it took are launched again.

    Parameters
    ----------
    resume : bool
        False for all runs.
    """

    def __init__(self, resume: bool) -> None:
        self._resume = resume
        self._statuses: list[int] = []
        self._given_up = False

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """As for every launcher of Hydra."""
        self._context, self._task, self._config = hydra_context, task_function, config
        self._folder = Path(str(config.hydra.sweep.dir))
        self._asked = config.hydra.launcher.get("n_jobs")

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Launch the runs without a result. What they return is in their folders."""
        asked = {identity(overrides): tuple(overrides) for overrides in job_overrides}
        known = read_records(self._folder)
        self._check_baseline([*asked, *known])
        left = self._left(list(asked), known)
        if len(left) < len(asked):
            tell(
                f"{len(asked) - len(left)} of {len(asked)} runs have a result in {self._folder}; "
                "hydra.sweeper.resume=false runs them again"
            )
        for i in left:
            if i in known:
                (known[i].folder / FAILURE).unlink(missing_ok=True)
        names = self._names(left, known)
        try:
            self._launch([_Job(i, (*asked[i], *names[i])) for i in left], initial_job_idx)
        except KeyboardInterrupt:
            self._given_up = True
        self._note(list(asked))
        return []

    def _left(
        self, asked: Sequence[Identity], known: Mapping[Identity, RunRecord]
    ) -> list[Identity]:
        """Runs without a result, or with one of inputs or options that have changed since."""
        if not self._resume:
            return list(asked)
        now = cache(digest), cache(OptionFolders(self._config.hydra.runtime.config_sources).digest)
        left, changed = [], set()
        for i in asked:
            record = known.get(i)
            read = (record.inputs, record.options) if record and record.complete else ({}, {})
            others = [
                name
                for files, now_of in zip(read, now, strict=True)
                for name, before in files.items()
                if now_of(name) != before
            ]
            if record is None or not record.complete or others:
                left.append(i)
            changed.update(others)
        for path in sorted(changed):
            tell(f"{path} has changed since: what was found for it is placed again")
        return left

    def _check_baseline(self, asked: Sequence[Identity]) -> None:
        """Refuse a baseline that no run has, before any runs."""
        baseline = OmegaConf.select(self._config, "comparison.baseline")
        if baseline is not None:
            rows = [dict(text.partition("=")[::2] for text in one) for one in asked]
            find_baseline(group_runs(rows), baseline)

    def _names(
        self, left: Sequence[Identity], known: dict[Identity, RunRecord]
    ) -> dict[Identity, list[str]]:
        """Overrides that give each run its folder: that of an earlier trial, or a free number."""
        if _NUMBERED not in OmegaConf.to_yaml(self._config.hydra.sweep):  # a name of the user's
            return {i: [] for i in left}
        free = (str(n) for n in count() if not (self._folder / str(n)).exists())
        names = {i: known[i].folder.name if i in known else next(free) for i in left}
        quoted = {i: name.replace("\\", "\\\\").replace("'", "\\'") for i, name in names.items()}
        return {i: [f"hydra.sweep.subdir='{name}'"] for i, name in quoted.items()}

    def _launch(self, jobs: Sequence[_Job], number: int, *, again: bool = False) -> None:
        """Launch runs; those that began and were ended from outside once more, each alone."""
        if not jobs:
            return
        workers = self._limit_workers(max(2, len(jobs)) if again else len(jobs))
        if workers > 1 and not again:
            tell(f"{len(jobs)} runs, {workers} at a time")
        launcher = Plugins.instance().instantiate_launcher(
            hydra_context=self._context, task_function=self._task, config=self._config
        )
        try:
            returned = launcher.launch([list(j.overrides) for j in jobs], initial_job_idx=number)
            self._given_up |= any(map(_gave_up, returned))
        except Exception as error:
            records = read_records(self._folder)
            begun = [job for job in jobs if _ended_from_outside(records.get(job.asked))]
            if isinstance(self._task, Task) and self._task.interruption.requested:
                self._given_up = True  # of processes that ended before they could answer
                return
            if workers == 1 or not begun:
                raise
            if len(jobs) > 1:
                cause = _first_line(error)
                tell(f"a process of the sweep has died ({cause}); its runs are tried again")
                others = [job for job in jobs if job.asked not in records]
                for retried in (others, *([job] for job in begun)):
                    self._launch(retried, number, again=True)

    def _limit_workers(self, runs: int) -> int:
        """Tell a launcher of processes on this machine how many; 1 for other launchers."""
        if self._asked is None:
            return 1
        from joblib import cpu_count  # here: slow, and for sweeps alone

        number, options = num_workers(self._asked, cpu_count(), runs), self._config.hydra.launcher
        with read_write(options), open_dict(options):
            options.n_jobs = number
        return number

    def _note(self, asked: Sequence[Identity]) -> None:
        """Hand the exit statuses of the runs to the task, of which only copies may have run."""
        records = read_records(self._folder)
        for record in map(records.get, asked):
            if record is not None and self._given_up and _ended_from_outside(record):
                (record.folder / FAILURE).unlink()
            elif record is not None:
                self._statuses.append(_status(record))
        missing = any(i not in records for i in asked)
        self._statuses += [GIVEN_UP] * self._given_up + [INCOMPLETE] * missing
        if isinstance(self._task, Task):
            self._task.statuses[:] = self._statuses


def _gave_up(job: JobReturn) -> bool:
    """Whether the user ended a run twice, so that it has no result."""
    return job.status is JobStatus.COMPLETED and job.return_value == GIVEN_UP


def _ended_from_outside(record: RunRecord | None) -> bool:
    """Whether a run began and could not say how it ended."""
    return record is not None and not record.has_result and record.exit_status is None


def _status(record: RunRecord) -> int:
    if not record.has_result:
        return FAULT if record.exit_status is None else record.exit_status
    return status_of_folder(record.folder)


def status_of_folder(folder: Path) -> int:
    """Exit status of a run whose result is in a folder."""
    from placer.problem.result import Result  # here: slow, and for sweeps alone

    data = read_json(folder / "result.json")
    if isinstance(data, dict) and data.get("kind") == CONTROLLER:
        return PLACED
    return status_of(Result.from_dict(data))


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].partition(". ")[0] or type(error).__name__
