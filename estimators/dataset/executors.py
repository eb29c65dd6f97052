"""Where the simulations of a dataset run: on this machine, or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from twin.files.errors import InputError

__all__ = ["LOCAL", "Executor", "Workers", "run_jobs"]

Result = TypeVar("Result")


class Executor(StrEnum):
    """Who runs the jobs."""

    local = "local"
    """Processes on this machine."""
    dask = "dask"
    """Workers of a Dask cluster."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Who runs the jobs, and how many or where they are.

    Parameters
    ----------
    executor : Executor
    num_workers : int or None
        Processes on this machine; None for one for each core. One runs everything in this process.
    scheduler : str or None
        Address of Dask's scheduler.
    """

    executor: Executor = Executor.local
    num_workers: int | None = None
    scheduler: str | None = None


LOCAL = Workers()
"""A process for each core of this machine."""


def run_jobs(
    function: Callable[..., Result], jobs: Sequence[tuple[Any, ...]], workers: Workers = LOCAL
) -> Iterator[Result]:
    """Call a function for each job, in parallel.

    Parameters
    ----------
    function : callable
        Importable on the workers.
    jobs : sequence of tuple
        Its arguments.
    workers : Workers

    Yields
    ------
    object
        Results in the order of the jobs.

    Raises
    ------
    InputError
        If Dask is asked for and is not installed, or its scheduler does not answer.
    """
    import joblib  # here: slow to import

    calls = (joblib.delayed(function)(*job) for job in jobs)
    with ExitStack() as stack:
        if workers.executor is Executor.dask:
            client = stack.enter_context(_dask_client(workers.scheduler))
            stack.enter_context(
                joblib.parallel_config("dask", client=client, wait_for_workers_timeout=60)
            )
            parallel = joblib.Parallel(return_as="generator")
        else:
            number = workers.num_workers
            number = joblib.cpu_count() if number is None else number
            parallel = joblib.Parallel(number, return_as="generator")
        yield from parallel(calls)


def _dask_client(scheduler: str | None) -> Any:
    if not scheduler:
        raise InputError("scheduler", "is not given", "the address of Dask's scheduler: tcp://...")
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "executor", "dask is not installed", "pip install 'lora-placer[dask]'"
        ) from None
    try:
        return Client(scheduler, timeout=10, set_as_default=False)  # type: ignore[no-untyped-call]  # distributed is partly typed
    except OSError as error:
        problem = f"{scheduler}: no scheduler answers ({' '.join(str(error).split())})"
        raise InputError("scheduler", problem) from None
