"""The scaled profiles that come with the package."""

from __future__ import annotations

import math
from collections.abc import Sequence

import yaml

from twin.gpu.datasheet import Gpu, gpu
from twin.gpu.engine_version import release
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
    """Text by file name: every measured V1 model on each GPU that is mostly asked for.

    A profile is scaled from the newest engine that was measured with the model, on the GPU whose
    memory bandwidth is nearest; where the model was measured on a GPU, no profile is scaled to it.
    """
    measured = [profile for profile in measured_profiles() if profile.scheduler == "v1"]
    scaled = (
        scale_profile(_nearest([p for p in measured if p.model == model], other), other)
        for model in sorted({profile.model for profile in measured})
        for other in map(gpu, _RENTED)
        if (model, other.name) not in {(profile.model, profile.gpu) for profile in measured}
    )
    return {f"{profile.name}.yaml": profile_text(profile) for profile in scaled}


def _nearest(measured: Sequence[ServingProfile], other: Gpu) -> ServingProfile:
    newest = max(release(profile.engine_version) for profile in measured)
    return min(
        (profile for profile in measured if release(profile.engine_version) == newest),
        key=lambda p: abs(math.log(gpu(p.gpu).memory_bandwidth / other.memory_bandwidth)),
    )
