"""Where trained models are found: the one that comes with the package, and the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from estimators.model.model_file import read_header, read_model
from estimators.model.prediction import EVERY_ENGINE
from estimators.model.trained_model import TrainedModel
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile

__all__ = ["every_engine_model", "find_model"]

_BUNDLED = Path(__file__).parent / "models" / f"{EVERY_ENGINE}.model"


@cache
def every_engine_model() -> TrainedModel:
    """The model of every engine that comes with the package.

    Raises
    ------
    InputError
        If its file cannot be used.
    """
    return read_model(_BUNDLED)


def find_model(profile: ServingProfile, own: Sequence[Path | str] = ()) -> TrainedModel:
    """Model of a profile: one that was trained for it, or else for every engine.

    Parameters
    ----------
    profile : ServingProfile
    own : sequence of Path or str
        Files to look at before the one that comes with the package.

    Raises
    ------
    InputError
        If a file cannot be used, or the one of the profile's name was trained for other costs.
    """
    trained_for = [(path, read_header(path).fingerprint) for path in map(Path, own)]
    for wanted in (profile.fingerprint, EVERY_ENGINE):
        for path, fingerprint in trained_for:
            if fingerprint == wanted:
                return read_model(path)
            if path.stem == profile.name and wanted == EVERY_ENGINE:
                raise InputError(
                    str(path),
                    f"it was trained for other costs than those of profile {profile.name}",
                    f"train it again (python -m estimators profile={profile.name}) or leave it "
                    "out: a model for every engine comes with the package",
                )
    return every_engine_model()
