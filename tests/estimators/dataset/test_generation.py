"""Datasets are the same however they are made, and go on where they were interrupted."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from estimators.dataset import generation
from estimators.dataset.code_version import code_version
from estimators.dataset.dataset import Dataset
from estimators.dataset.executors import Executor, Workers
from estimators.dataset.generation import generate
from estimators.dataset.plan import DatasetPlan
from estimators.features import engine_figures as fig
from estimators.model.prediction import EVERY_ENGINE
from estimators.model.trained_model import TrainedModel
from estimators.testing import example_profile
from estimators.training.train import Training
from twin.files.errors import InputError

PLAN = DatasetPlan(
    example_profile(), num_scenarios=36, num_edge_scenarios=4, most_requests=1000, most_adapters=64
)

Fit = Callable[[Dataset], TrainedModel]


@pytest.fixture
def fit(small_training: Training) -> Fit:
    """A model that is there already, in place of one of the first part."""
    return lambda _: small_training.model


@pytest.fixture(scope="module")
def made(small_training: Training, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the parts of the plan."""
    folder = tmp_path_factory.mktemp("parts")
    generate(PLAN, folder, lambda _: small_training.model, workers=Workers(num_workers=1))
    return folder


@pytest.fixture
def expected(made: Path, fit: Fit, tmp_path: Path) -> Dataset:
    shutil.copytree(made, tmp_path / "expected")
    return generate(PLAN, tmp_path / "expected", fit, workers=Workers(num_workers=1))


def assert_same(one: Dataset, other: Dataset) -> None:
    for name in ("scenario", "seconds", "statistics", "engines", "labels"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_both_parts_are_there(expected: Dataset) -> None:
    domain = expected.scenario < 36
    assert np.all(np.bincount(expected.scenario[domain]) <= 1)
    assert 25 < domain.sum() <= 36
    assert np.all(np.bincount(expected.scenario[~domain])[36:] == 2)
    assert dict(expected.provenance) == PLAN.provenance
    assert expected.provenance["code_version"] == code_version()


def test_the_number_of_workers_does_not_count(expected: Dataset, fit: Fit, tmp_path: Path) -> None:
    assert_same(generate(PLAN, tmp_path / "two", fit, workers=Workers(num_workers=2)), expected)


def test_a_dask_cluster_gives_the_same(expected: Dataset, fit: Fit, tmp_path: Path) -> None:
    """Two worker processes on this machine."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        made = generate(
            PLAN,
            tmp_path / "dask",
            fit,
            workers=Workers(Executor.dask, scheduler=cluster.scheduler_address),
        )
    assert_same(made, expected)


def test_an_interrupted_run_goes_on(
    expected: Dataset, fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "interrupted"

    def interrupted(label: str, total: int, steps: Iterator[int]) -> Iterator[int]:
        yield next(steps)
        yield next(steps)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(PLAN, folder, fit, workers=Workers(num_workers=1), watch=interrupted)
    assert [path.name for path in folder.iterdir()] == ["domain-000000.parquet"]
    simulated: list[int] = []
    original = generation._simulate  # noqa: SLF001  # what is simulated is counted

    def counting(chunk: object) -> Dataset:
        dataset = original(chunk)  # type: ignore[arg-type]
        simulated.append(len(np.unique(dataset.scenario)))
        return dataset

    monkeypatch.setattr(generation, "_simulate", counting)
    told: list[tuple[str, int, int]] = []

    def watch(label: str, total: int, steps: Iterator[int]) -> Iterator[int]:
        for step in steps:
            told.append((label, total, step))
            yield step

    assert_same(generate(PLAN, folder, fit, workers=Workers(num_workers=1), watch=watch), expected)
    assert told == [("domain", 36, 32), ("domain", 36, 4), ("edge", 4, 0), ("edge", 4, 4)]
    assert len(simulated) == 2


@pytest.mark.parametrize("change", ["seed", "damage"])
def test_parts_that_are_not_of_this_plan_are_made_again(
    expected: Dataset, fit: Fit, tmp_path: Path, change: str
) -> None:
    folder = tmp_path / "expected"
    first = folder / "domain-000000.parquet"
    if change == "damage":
        first.write_bytes(first.read_bytes()[:100])
    else:
        part = Dataset.read(first)
        other = part.provenance | {"seed": "7"}  # type: ignore[operator]
        Dataset(
            part.scenario, part.seconds, part.statistics, part.engines, part.labels + 1, other
        ).write(first)
    assert_same(generate(PLAN, folder, fit, workers=Workers(num_workers=1)), expected)


def test_another_seed_is_another_dataset(expected: Dataset, fit: Fit, tmp_path: Path) -> None:
    plan = replace(PLAN, num_scenarios=8, num_edge_scenarios=0, seed=1)
    other = generate(plan, tmp_path / "other", fit, workers=Workers(num_workers=1))
    rows = [set(map(tuple, made.statistics.tolist())) for made in (other, expected)]
    assert rows[0].isdisjoint(rows[1])


def test_every_scenario_has_an_engine_of_its_own_without_a_profile(
    fit: Fit, tmp_path: Path
) -> None:
    plan = DatasetPlan(None, 6, 0, most_requests=1000, most_adapters=8)
    made = generate(plan, tmp_path, fit, workers=Workers(num_workers=1))
    assert made.fingerprint == EVERY_ENGINE
    assert len(set(made.engines[:, fig.BASE])) == len(made)


def test_profiles_of_which_no_engine_starts_are_refused(fit: Fit, tmp_path: Path) -> None:
    plan = DatasetPlan(example_profile(memory_gib=10), 4, 0)
    with pytest.raises(InputError, match="profile example: no engine of it starts"):
        generate(plan, tmp_path, fit, workers=Workers(num_workers=1))
