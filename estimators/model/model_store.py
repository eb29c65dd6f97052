"""Where trained models are found: those that come with the package, and the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from estimators.model.model_file import read_header, read_model
from estimators.model.trained_model import TrainedModel
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile

__all__ = ["bundled_model_paths", "find_model"]

_FOLDER = Path(__file__).parent / "models"


def bundled_model_paths() -> tuple[Path, ...]:
    """Files of the models that come with the package."""
    return tuple(sorted(_FOLDER.glob("*.model")))


def find_model(profile: ServingProfile, own: Sequence[Path | str] = ()) -> TrainedModel:
    """Model that was trained for a profile.

    Parameters
    ----------
    profile : ServingProfile
    own : sequence of Path or str
        Files to look at before those that come with the package.

    Raises
    ------
    InputError
        If there is none, or its file cannot be used. A model for a profile with other costs is
        none.
    """
    fingerprint = profile.fingerprint
    paths = [*map(Path, own), *bundled_model_paths()]
    for path in paths:
        if read_header(path).fingerprint == fingerprint:
            return read_model(path)
    problem = f"there is no model for profile {profile.name}"
    if any(path.stem == profile.name for path in paths):
        problem = f"the model for profile {profile.name} was trained for other costs"
    raise InputError(
        "estimator",
        problem,
        f"train one: python -m estimators profile={profile.name}; then add "
        f"estimator.models=[outputs/estimators/{profile.name}/{profile.name}.model]",
    )
