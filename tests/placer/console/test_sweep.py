"""Launching the runs of a sweep, whatever happens to some of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hydra.core.plugins import Plugins
from omegaconf import DictConfig, OmegaConf

from placer.console.exit_status import FAULT, GIVEN_UP, INCOMPLETE
from placer.console.input_digests import digest
from placer.console.interruption import Interruption
from placer.console.sweep import ResumingLauncher, num_workers
from placer.console.task import Task
from placer.report.comparison.run_record import read_records, write_failure
from tests.placer.report.comparison.run_folders import write_run
from twin.files.errors import InputError

Launch = Callable[[list[list[str]]], None]


@pytest.mark.parametrize(
    ("asked", "cores", "runs", "expected"),
    [
        (-1, 8, 20, 8),
        (-2, 8, 20, 7),
        (-99, 8, 20, 1),
        (4, 8, 20, 4),
        (99, 8, 20, 8),
        (99, 8, 3, 3),
    ],
)
def test_never_more_workers_than_cores_or_runs(
    asked: int, cores: int, runs: int, expected: int
) -> None:
    assert num_workers(asked, cores, runs) == expected


def test_no_workers_are_refused() -> None:
    with pytest.raises(InputError, match="n_jobs"):
        num_workers(0, 8, 20)


class Sweep:
    """A sweep whose runs a function of the test launches."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.launched: list[list[str]] = []
        self.task = Task(Interruption(lambda: None))
        self._patch = monkeypatch

    def run(self, seeds: Sequence[int], launch: Launch, n_jobs: int = 2) -> None:
        sweep = self

        class Launcher:
            def launch(self, jobs: list[list[str]], initial_job_idx: int) -> tuple[()]:
                sweep.launched.append([f"{job[0]} {job[1][-2:-1]}" for job in jobs])
                launch(jobs)
                return ()

        self._patch.setattr(Plugins, "instance", lambda: self)
        self._patch.setattr("joblib.cpu_count", lambda: 2)
        self.instantiate_launcher = lambda **_: Launcher()
        source = {"path": str(self.folder), "schema": "file", "provider": "command-line"}
        hydra = {
            "sweep": {"dir": str(self.folder), "subdir": "${hydra.job.num}"},
            "launcher": {"n_jobs": n_jobs},
            "runtime": {"config_sources": [source]},
        }
        config = OmegaConf.create({"hydra": hydra})
        assert isinstance(config, DictConfig)
        resuming = ResumingLauncher(resume=True)
        resuming.setup(hydra_context=None, task_function=self.task, config=config)  # type: ignore[arg-type]
        resuming.launch([[f"seed={seed}"] for seed in seeds], 0)


@pytest.fixture
def sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sweep:
    return Sweep(tmp_path, monkeypatch)


def place(folder: Path, job: list[str]) -> None:
    """What a run leaves behind that was interrupted before it found anything."""
    name = job[1].split("'")[1]
    write_run(folder, name, job[:1], status="infeasible")


def test_runs_that_a_dying_process_took_with_it_are_tried_again(
    sweep: Sweep, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four runs, two at a time: the second kills its process whenever it runs."""
    monkeypatch.setattr("placer.console.sweep.status_of_folder", lambda _: 1)

    def launch(jobs: list[list[str]]) -> None:
        for index, job in enumerate(jobs):
            if job[0] == "seed=1":
                for begun in jobs[index : index + 2]:
                    write_failure(sweep.folder / begun[1].split("'")[1], begun[:1], {})
                raise RuntimeError("A worker process was killed. Perhaps by the system.")
            for record in sweep.folder.glob(f"{job[1][-2]}/failure.json"):
                record.unlink()
                record.parent.rmdir()
            place(sweep.folder, job)

    sweep.run(range(4), launch)
    assert sweep.launched == [
        ["seed=0 0", "seed=1 1", "seed=2 2", "seed=3 3"],
        ["seed=3 3"],
        ["seed=1 1"],
        ["seed=2 2"],
    ]
    assert sweep.task.statuses == [1, FAULT, 1, 1]
    assert (
        "a process of the sweep has died (A worker process was killed)" in capsys.readouterr().err
    )
    assert "killed" in read_records(sweep.folder)["seed=1",].error


def test_an_error_before_any_run_is_raised(sweep: Sweep) -> None:
    def launch(_: list[list[str]]) -> None:
        raise RuntimeError("no processes here")

    with pytest.raises(RuntimeError, match="no processes"):
        sweep.run(range(2), launch)


def test_giving_up_forgets_the_runs_that_had_begun(sweep: Sweep) -> None:
    def launch(jobs: list[list[str]]) -> None:
        write_failure(sweep.folder / "0", jobs[0][:1], {})
        raise KeyboardInterrupt

    sweep.run(range(2), launch)
    assert sweep.task.statuses == [GIVEN_UP, INCOMPLETE]
    assert read_records(sweep.folder) == {}


def test_new_runs_get_free_numbers_and_known_ones_their_folders(sweep: Sweep) -> None:
    write_failure(sweep.folder / "3", ["seed=7"], {}, "it is wrong", 2)
    (sweep.folder / "1").mkdir()
    sweep.run([5, 7, 6], lambda _: None)
    assert sweep.launched == [["seed=5 0", "seed=7 3", "seed=6 2"]]
    assert sweep.task.statuses == [INCOMPLETE]


def test_processes_that_were_asked_to_end_are_not_tried_again(sweep: Sweep) -> None:
    def launch(jobs: list[list[str]]) -> None:
        write_failure(sweep.folder / "0", jobs[0][:1], {})
        sweep.task.interruption.requested = True
        raise RuntimeError("A worker process was killed.")

    sweep.run(range(2), launch)
    assert len(sweep.launched) == 1
    assert sweep.task.statuses == [GIVEN_UP, INCOMPLETE]
    assert read_records(sweep.folder) == {}


def test_runs_of_files_that_have_changed_are_launched_again(
    sweep: Sweep, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("before")
    for seed in range(2):
        inputs = {str(path): digest(str(path))} if seed else {}
        write_run(tmp_path, str(seed), [f"seed={seed}"], status="optimal", inputs=inputs)
    path.write_text("after")
    with pytest.raises(RuntimeError, match="seed=1"):
        sweep.run(range(2), stop)
    assert sweep.launched == [["seed=1 1"]]
    assert f"{path} has changed since" in capsys.readouterr().err


def test_runs_of_options_that_have_changed_are_launched_again(
    sweep: Sweep, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "strategy").mkdir()
    path = tmp_path / "strategy" / "mine.yaml"
    path.write_text("before")
    for seed in range(2):
        options = {"strategy/mine.yaml": digest(str(path))} if seed else {}
        write_run(tmp_path, str(seed), [f"seed={seed}"], status="optimal", options=options)
    path.write_text("after")
    with pytest.raises(RuntimeError, match="seed=1"):
        sweep.run(range(2), stop)
    assert sweep.launched == [["seed=1 1"]]
    assert "strategy/mine.yaml has changed since" in capsys.readouterr().err


def stop(jobs: list[list[str]]) -> None:
    raise RuntimeError(jobs[0][0])
