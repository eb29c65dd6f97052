"""Measured profiles by model and engine version."""

from __future__ import annotations

from twin.measured_profiles import measured_profiles


def test_by_what_they_were_measured_with() -> None:
    profiles = measured_profiles()
    assert profiles["llama-2-7b", "0.5.0"].scheduler == "v0"
    for (model, version), profile in profiles.items():
        assert (profile.model, profile.engine_version) == (model, version)
        assert profile.estimated_from == ""
