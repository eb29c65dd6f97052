"""The bundled profiles that were measured, by what they were measured with."""

from __future__ import annotations

from importlib import resources

import yaml

from twin.gpu.profile import ServingProfile, bundled_profile, bundled_profile_names

__all__ = ["measured_profiles"]


def measured_profiles() -> dict[tuple[str, str], ServingProfile]:
    """Bundled profiles by model and engine version, without those scaled from others."""
    profiles = map(bundled_profile, filter(_is_measured, bundled_profile_names()))
    return {(profile.model, profile.engine_version): profile for profile in profiles}


def _is_measured(name: str) -> bool:
    text = (resources.files("conf") / "profile" / f"{name}.yaml").read_text(encoding="utf-8")
    return not yaml.safe_load(text).get("estimated_from")
