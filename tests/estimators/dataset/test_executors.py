"""Where jobs run."""

from __future__ import annotations

import builtins

import pytest

from estimators.dataset.executors import Executor, Workers, run_jobs
from twin.files.errors import InputError

NOWHERE = Workers(Executor.dask, scheduler="tcp://nowhere:1")


def test_results_come_in_order() -> None:
    assert list(run_jobs(divmod, [(7, 2), (9, 4)], Workers(num_workers=1))) == [(3, 1), (2, 1)]


@pytest.mark.parametrize("scheduler", [None, ""])
def test_dask_needs_a_scheduler(scheduler: str | None) -> None:
    with pytest.raises(InputError, match="scheduler: is not given; the address of Dask"):
        list(run_jobs(divmod, [(7, 2)], Workers(Executor.dask, scheduler=scheduler)))


def test_a_scheduler_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")

    def no_client(*_: object, **__: object) -> object:
        raise OSError("timed out")

    monkeypatch.setattr(distributed, "Client", no_client)
    with pytest.raises(InputError, match=r"tcp://nowhere:1: no scheduler answers \(timed out\)"):
        list(run_jobs(divmod, [], NOWHERE))


def test_dask_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def without(name: str, *rest: object, **options: object) -> object:
        if name.startswith("distributed"):
            raise ImportError(name)
        return original(name, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"pip install 'lora-placer\[dask\]'"):
        list(run_jobs(divmod, [], NOWHERE))
