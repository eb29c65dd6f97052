"""Measured profiles by model and engine version."""

from __future__ import annotations

import pytest

from twin.gpu.measured_profiles import measured_profiles
from twin.gpu.profile import bundled_profile, bundled_profile_names


def test_by_what_they_were_measured_with() -> None:
    profiles = measured_profiles()
    assert profiles["llama-2-7b", "0.5.0"].scheduler == "v0"
    for (model, version), profile in profiles.items():
        assert (profile.model, profile.engine_version) == (model, version)
        assert profile.estimated_from == ""


@pytest.mark.filterwarnings("ignore::twin.files.errors.EstimatedProfileWarning")
def test_every_bundled_profile_names_a_repository() -> None:
    for name in bundled_profile_names():
        owner, _, model = bundled_profile(name).model_id.partition("/")
        assert owner, name
        assert model, name
