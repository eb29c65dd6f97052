"""A small training that several tests look at."""

from __future__ import annotations

import pytest

from estimators.dataset.executors import Workers
from estimators.dataset.plan import DatasetPlan
from estimators.testing import example_profile
from estimators.training.train import Training, train


@pytest.fixture(scope="session")
def small_training(tmp_path_factory: pytest.TempPathFactory) -> Training:
    """A model for the example profile, trained from nothing on 320 simulations."""
    plan = DatasetPlan(
        example_profile(),
        num_scenarios=192,
        num_edge_scenarios=64,
        most_requests=20_000,
        most_adapters=64,
    )
    return train(plan, tmp_path_factory.mktemp("training"), workers=Workers(num_workers=1))
