"""Where trained models are found."""

from __future__ import annotations

import pytest

from estimators.model.model_store import bundled_model_paths, find_model
from estimators.testing import example_profile
from estimators.training.train import Training
from twin.files.errors import InputError
from twin.gpu.read_profile import measured_profiles


def test_bundled_models_are_small_and_for_the_profiles_of_the_reference_runs() -> None:
    paths = bundled_model_paths()
    profiles = [profile for profile in measured_profiles() if profile.step_time.lora_always]
    assert {path.stem for path in paths} == {profile.name for profile in profiles}
    assert all(path.stat().st_size <= 5_000_000 for path in paths)
    for profile in profiles:
        model = find_model(profile)
        assert model.fingerprint == profile.fingerprint
        assert model.provenance["profile"] == profile.name


def test_models_of_ones_own_are_found(small_training: Training) -> None:
    path = small_training.path
    assert find_model(example_profile(), [path]).fingerprint == example_profile().fingerprint
    with pytest.raises(InputError, match="there is no model for profile example"):
        find_model(example_profile())
    with pytest.raises(InputError, match="the model for profile example was trained for other"):
        find_model(example_profile(memory_gib=48), [path])
