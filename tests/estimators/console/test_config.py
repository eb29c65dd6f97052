"""Configuration of ``python -m estimators``."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from estimators.console.config import KEYS, TrainSettings, read_settings
from estimators.dataset.executors import Executor
from estimators.testing import example_profile
from twin.files.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Options of one's own, with the example profile among them."""
    (tmp_path / "own" / "profile").mkdir(parents=True)
    text = yaml.safe_dump(example_profile().to_dict())
    (tmp_path / "own" / "profile" / "mine.yaml").write_text(text)
    return tmp_path / "own"


def test_by_default_the_shipped_model_is_trained() -> None:
    settings, profile = read_settings([])
    assert profile is None
    assert settings == TrainSettings()
    assert set(KEYS) == {field.name for field in fields(TrainSettings)} - {"profile"}


def test_overrides_are_read() -> None:
    settings, profile = read_settings(["executor=dask", "seed=3", "profile=h100_64gb_qwen25_7b"])
    assert settings.executor is Executor.dask
    assert settings.seed == 3
    assert profile is not None
    assert profile.name == "h100_64gb_qwen25_7b"


def test_profiles_of_ones_own(folder: Path) -> None:
    assert read_settings(["profile=mine"], folder)[1] == example_profile()
    with pytest.raises(InputError, match="no such option"):
        read_settings(["profile=mine"])
