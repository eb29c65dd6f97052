"""Where trained models are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from estimators.model.model_file import write_model
from estimators.model.model_store import every_engine_model, find_model
from estimators.model.prediction import EVERY_ENGINE
from estimators.testing import example_profile
from estimators.training.train import Training
from twin.files.errors import InputError


def test_the_bundled_model_is_small_and_for_every_engine() -> None:
    folder = Path(str(__import__("estimators.model", fromlist=["_"]).__file__)).parent / "models"
    assert [path.name for path in folder.iterdir()] == [f"{EVERY_ENGINE}.model"]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 10_000_000
    model = every_engine_model()
    assert model.fingerprint == model.provenance["profile"] == EVERY_ENGINE
    assert find_model(example_profile()).provenance == model.provenance


def test_models_of_ones_own_come_first(small_training: Training, tmp_path: Path) -> None:
    path = small_training.path
    assert find_model(example_profile(), [path]).fingerprint == example_profile().fingerprint
    assert find_model(example_profile("other", 48), [path]).fingerprint == EVERY_ENGINE
    with pytest.raises(InputError, match="trained for other costs than those of profile example"):
        find_model(example_profile(memory_gib=48), [path])
    own = every_engine_model()
    write_model(tmp_path / "mine.model", own)
    assert find_model(example_profile(), [tmp_path / "mine.model"]).fingerprint == EVERY_ENGINE
