"""Datasets in memory and as Parquet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from estimators.dataset.dataset import Dataset
from estimators.training.train import Training
from twin.files.errors import InputError


@pytest.fixture
def dataset(small_training: Training) -> Dataset:
    return small_training.table.dataset


def assert_same(one: Dataset, other: Dataset) -> None:
    for name in ("scenario", "seconds", "statistics", "engines", "labels"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert dict(one.provenance) == dict(other.provenance)


def test_what_is_written_is_read(dataset: Dataset, tmp_path: Path) -> None:
    dataset.write(tmp_path / "new" / "file.parquet")
    assert_same(Dataset.read(tmp_path / "new" / "file.parquet"), dataset)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file.parquet"]


def test_provenance_is_kept(dataset: Dataset) -> None:
    assert set(dataset.provenance) >= {"profile", "fingerprint", "code_version", "seed"}


def test_parts_are_joined_in_order(dataset: Dataset) -> None:
    parts = [dataset.take(np.arange(3)), dataset.take(np.arange(3, len(dataset)))]
    assert_same(Dataset.concatenate(parts), dataset)


def test_labels_have_names(dataset: Dataset) -> None:
    served, starved = dataset.label("served_share"), dataset.label("starved")
    assert np.all((served >= 0) & (served <= 1))
    single = dataset.label("num_seeds") == 1
    np.testing.assert_array_equal(starved[single] == 1, served[single] < 0.9)
    either = dataset.label("starved_or_neglected")
    assert np.all(either >= np.maximum(starved, dataset.label("neglected")) - 1e-12)


def test_files_that_are_no_dataset_are_refused(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        Dataset.read(tmp_path / "none.parquet")
    (tmp_path / "text.parquet").write_text("text")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        Dataset.read(tmp_path / "text.parquet")
    dataset.write(tmp_path / "whole.parquet")
    table = pq.read_table(tmp_path / "whole.parquet").drop_columns(["traffic_rate"])
    pq.write_table(table, tmp_path / "less.parquet")
    with pytest.raises(InputError, match="has no column traffic_rate; generate it again"):
        Dataset.read(tmp_path / "less.parquet")
