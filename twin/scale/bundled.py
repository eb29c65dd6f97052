"""The scaled profiles that come with the package."""

from __future__ import annotations

import yaml

from twin.gpu.datasheet import gpu
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import measured_profiles
from twin.scale.scaled_profile import scale_profile

__all__ = ["profile_text", "scaled_profile_files"]

_RENTED = ("A100-80GB", "H100-80GB", "H200", "L40S")
"""GPUs that a profile comes with the package for; `twin.scale` makes those of all others."""


def profile_text(profile: ServingProfile) -> str:
    """Text of a profile file, with what it is about in the first line."""
    engine = f"{profile.engine_name} {profile.engine_version}"
    title = f"# {profile.model} on {profile.gpu}, {engine}: an estimate, not measured\n"
    return title + yaml.safe_dump(profile.to_dict(), sort_keys=False, width=99)


def scaled_profile_files() -> dict[str, str]:
    """Text by file name: every measured V1 profile on each GPU that is mostly asked for."""
    scaled = (
        scale_profile(measured, other)
        for measured in measured_profiles()
        if measured.scheduler == "v1"
        for other in map(gpu, _RENTED)
        if other.name != measured.gpu
    )
    return {f"{profile.name}.yaml": profile_text(profile) for profile in scaled}
