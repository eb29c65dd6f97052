"""Training from nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from estimators.base import Candidate
from estimators.dataset.dataset import Dataset
from estimators.dataset.executors import Workers
from estimators.dataset.plan import DatasetPlan
from estimators.ml_backed import MLEstimator
from estimators.model.model_file import read_model
from estimators.testing import EstimatorContract, example_adapters, example_profile
from estimators.training.train import Training, train
from estimators.twin_backed import TwinEstimator
from twin.gpu.profile import ServingProfile


@pytest.mark.filterwarnings("ignore::twin.files.errors.ExtrapolationWarning")
class TestModelOfOnesOwn(EstimatorContract):
    @pytest.fixture
    def estimator(self, small_training: Training) -> MLEstimator:
        return MLEstimator(models=(str(small_training.path),))


def test_a_small_model_reaches_its_accuracy(small_training: Training) -> None:
    """On a few hundred rows; models that ship see thousands."""
    accuracy = small_training.accuracy["all"]
    assert accuracy["n"] == 50
    assert accuracy["throughput_smape_pct"] < 6.0
    assert accuracy["starvation_macro_f1"] > 0.85
    assert accuracy["tpot_mean_smape_pct"] < 8.0
    assert accuracy["kept_promises_pct"] >= 95.0


@pytest.mark.filterwarnings("ignore::twin.files.errors.ExtrapolationWarning")
def test_a_small_model_answers_like_the_twin(small_training: Training) -> None:
    profile: ServingProfile = example_profile()
    config = profile.engine_config(9, 32)
    batch = [
        Candidate(profile, config, example_adapters(9, rates=(rate,))) for rate in (0.5, 1.0, 12.0)
    ]
    model = MLEstimator(models=(str(small_training.path),)).estimate(batch)
    twin = TwinEstimator(stop_early=False).estimate(batch)
    calm = slice(0, 2)
    np.testing.assert_allclose(model.served_throughput, twin.served_throughput, rtol=0.3)
    np.testing.assert_allclose(model.served_throughput[calm], twin.served_throughput[calm], 0.02)
    np.testing.assert_allclose(model.tpot_mean[calm], twin.tpot_mean[calm], rtol=0.1)
    assert (model.starvation_probability > 0.5).tolist() == [False, False, True]


def test_what_is_written(small_training: Training) -> None:
    folder = small_training.path.parent
    assert {path.name for path in folder.iterdir()} == {
        "example.model",
        "dataset.parquet",
        "accuracy.json",
        "parts",
    }
    assert json.loads((folder / "accuracy.json").read_text()) == small_training.accuracy
    dataset = Dataset.read(folder / "dataset.parquet")
    np.testing.assert_array_equal(dataset.labels, small_training.table.dataset.labels)
    provenance = read_model(small_training.path).provenance
    assert provenance["fingerprint"] == example_profile().fingerprint
    assert provenance["seed"] == "0"
    assert provenance["num_rows"] == len(dataset)
    assert provenance["accuracy"] == small_training.accuracy


def test_the_same_plan_gives_the_same_file(tmp_path: Path) -> None:
    plan = DatasetPlan(example_profile(), 32, 0, most_requests=1000, most_adapters=64)
    said: list[str] = []
    one = train(plan, tmp_path / "one", workers=Workers(num_workers=1), report=said.append)
    two = train(plan, tmp_path / "two", workers=Workers(num_workers=1))
    assert one.path.read_bytes() == two.path.read_bytes()
    assert said[0] == "simulating"
