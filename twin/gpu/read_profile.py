"""Serving profiles from files: by the name of one that comes with the package, or by a path."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from twin.files.errors import (
    EstimatedProfileWarning,
    ExtrapolationWarning,
    InputError,
    ProfileError,
)
from twin.files.plain_data import parse_yaml, read_yaml
from twin.gpu.datasheet import is_gpu
from twin.gpu.profile import ServingProfile

__all__ = [
    "bundled_profile_names",
    "doubted",
    "measured_profile",
    "measured_profiles",
    "read_profile",
]

_SUFFIXES = (".yaml", ".yml")


def read_profile(name_or_path: str | Path) -> ServingProfile:
    """Serving profile by the name of one that comes with the package, or by its YAML file.

    Parameters
    ----------
    name_or_path : str or Path
        What ends in .yaml or .yml is a path.

    Raises
    ------
    ProfileError
        If there is no such profile; or the file cannot be read, is not YAML, of another schema
        version, or a key is wrong.

    Warns
    -----
    EstimatedProfileWarning
        If the profile was scaled from another one.
    """
    return doubted(_profile(_file(name_or_path)))


def doubted(profile: ServingProfile) -> ServingProfile:
    """A profile of the user's as far as it can be believed, with a warning where it cannot.

    Nobody measures a rank by writing ``largest_rank``: a profile that comes with the package keeps
    its own. Engines of larger ranks are estimated from it all the same, with more uncertainty
    (`twin.gpu.beyond_ranks.profile_for`).

    Warns
    -----
    EstimatedProfileWarning
        If it was scaled from another one.
    ExtrapolationWarning
        If its largest rank is above that of the profile of this name that comes with the package.
    """
    original = _bundled_files().get(profile.name)
    largest = profile.largest_rank if original is None else _profile(original).largest_rank
    if profile.largest_rank > largest:
        warnings.warn(
            f"profile {profile.name} was made for ranks up to {largest}: what larger ones cost is "
            f"extrapolated, with more uncertainty, and not measured; largest_rank="
            f"{profile.largest_rank} changes nothing",
            ExtrapolationWarning,
            stacklevel=3,
        )
        profile = replace(profile, largest_rank=largest)
    if profile.estimated_from:
        warnings.warn(
            f"profile {profile.name} was scaled from {profile.estimated_from}, not measured; "
            f"its throughput is uncertain by {profile.uncertainty:.0%}",
            EstimatedProfileWarning,
            stacklevel=3,
        )
    return profile


def bundled_profile_names() -> tuple[str, ...]:
    """Names of the profiles that come with the package."""
    return tuple(_bundled_files())


def measured_profiles() -> tuple[ServingProfile, ...]:
    """Bundled profiles without those scaled from others."""
    profiles = map(_profile, _bundled_files().values())
    return tuple(profile for profile in profiles if not profile.estimated_from)


def measured_profile(
    profiles: Sequence[ServingProfile], model: str, engine_version: str, on: str = ""
) -> ServingProfile | None:
    """The one of some profiles that was measured on an engine; None where none or several were.

    Parameters
    ----------
    profiles : sequence of ServingProfile
    model : str
        A profile's name for the model, or its repository.
    engine_version : str
    on : str
        What a table calls the GPU; empty where it does not say.
    """
    found = [
        profile
        for profile in profiles
        if model in (profile.model, profile.model_id) and profile.engine_version == engine_version
    ]
    if on and len(found) > 1:
        found = [profile for profile in found if is_gpu(on, profile.gpu)]
    return found[0] if len(found) == 1 else None


def _bundled_files() -> dict[str, Traversable]:
    folder = resources.files("conf") / "profile"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return {Path(f.name).stem: f for f in files if f.name.endswith(_SUFFIXES)}


def _file(name_or_path: str | Path) -> Path | Traversable:
    bundled = _bundled_files()
    if (name := str(name_or_path)) in bundled:
        return bundled[name]
    path = Path(name_or_path)
    if path.suffix in _SUFFIXES or os.path.isfile(path):
        return path
    accepted = f"accepted: {', '.join(bundled)}, or a YAML file"
    raise ProfileError("profile", f"{name!r} is unknown", accepted)


def _profile(file: Path | Traversable) -> ServingProfile:
    content = _content(file)
    try:
        return ServingProfile.from_dict(content)
    except InputError as error:
        raise ProfileError(f"{file}: {error.where}", error.problem, error.accepted) from None


def _content(file: Path | Traversable) -> Mapping[str, Any]:
    try:
        if isinstance(file, Path):
            data = read_yaml(file)
        else:  # one that comes with the package, which is not unpacked
            data = parse_yaml(file.read_text(encoding="utf-8"), str(file))
    except InputError as error:
        raise ProfileError(error.where, error.problem, error.accepted) from None
    if not isinstance(data, Mapping):
        raise ProfileError(str(file), "is not a mapping of keys to values")
    return data
