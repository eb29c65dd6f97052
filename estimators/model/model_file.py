"""Files of trained models: arrays and a JSON text, with a checksum that is compared first.

The first line names the format, its version, the fingerprint of the profile that the model is for,
and the SHA-256 of everything behind the line, which is a NumPy archive without pickled objects.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np

from estimators.model.trained_model import TrainedModel
from estimators.model.tree_ensemble import TreeEnsemble
from twin.files.atomic_write import write_bytes
from twin.files.errors import InputError

__all__ = ["ModelHeader", "read_header", "read_model", "write_model"]

_FORMAT = "lora-placer-model"
_VERSION = "1"
_LONGEST_HEADER = 256
_TREE_ARRAYS = ("output", "num_nodes", "feature", "threshold", "left", "right", "value")
_ARRAYS = ("ranges", "errors", "engine_curve", "either_curve")
_RETRAIN = "train it again: python -m estimators profile=NAME"


class ModelHeader(NamedTuple):
    """First line of a model file.

    Parameters
    ----------
    fingerprint : str
        Of the profile that the model is for.
    checksum : str
        SHA-256 (hex) of what follows.
    """

    fingerprint: str
    checksum: str


def write_model(path: Path | str, model: TrainedModel) -> None:
    """Write a model, whole or not at all.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    about = {
        "threshold": model.threshold,
        "num_features": model.trees.num_features,
        "num_outputs": model.trees.num_outputs,
        "provenance": model.provenance,
    }
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {
        "about": np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8),
        **{name: _compact(getattr(model.trees, name)) for name in _TREE_ARRAYS},
        **{name: getattr(model, name) for name in _ARRAYS},
    }
    np.savez_compressed(buffer, **arrays)
    payload = buffer.getvalue()
    checksum = hashlib.sha256(payload).hexdigest()
    header = f"{_FORMAT} {_VERSION} {model.fingerprint} {checksum}\n"
    write_bytes(path, header.encode() + payload)


def read_header(path: Path | str) -> ModelHeader:
    """Read the first line of a model file.

    Raises
    ------
    InputError
        If the file cannot be read, or is no model of this version.
    """
    try:
        with Path(path).open("rb") as file:
            line = file.readline(_LONGEST_HEADER)
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}") from None
    words = line.decode("ascii", errors="replace").split()
    if len(words) != 4 or words[0] != _FORMAT or not line.endswith(b"\n"):
        raise InputError(str(path), "is no model of an estimator", _RETRAIN)
    if words[1] != _VERSION:
        raise InputError(
            str(path), f"has version {words[1]}, this release reads {_VERSION}", _RETRAIN
        )
    return ModelHeader(words[2], words[3])


def read_model(path: Path | str) -> TrainedModel:
    """Read a model.

    Raises
    ------
    InputError
        If the file cannot be read, is damaged, or is no model of this release.
    """
    header = read_header(path)
    payload = Path(path).read_bytes().partition(b"\n")[2]
    if hashlib.sha256(payload).hexdigest() != header.checksum:
        raise InputError(str(path), "is damaged: its checksum is another", _RETRAIN)
    try:
        with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in (*_TREE_ARRAYS, *_ARRAYS)}
            about: dict[str, Any] = json.loads(archive["about"].tobytes())
        trees = TreeEnsemble(
            num_features=about["num_features"],
            num_outputs=about["num_outputs"],
            **{name: _expanded(arrays[name]) for name in _TREE_ARRAYS},
        )
        return TrainedModel(
            fingerprint=header.fingerprint,
            threshold=about["threshold"],
            trees=trees,
            provenance=about["provenance"],
            **{name: arrays[name] for name in _ARRAYS},
        )
    except InputError as error:
        raise InputError(f"{path}: {error.where}", error.problem, _RETRAIN) from None
    except (BadZipFile, KeyError, ValueError, TypeError) as error:
        problem = f"is no model of this release ({' '.join(str(error).split())})"
        raise InputError(str(path), problem, _RETRAIN) from None


def _compact(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array.astype(np.int32) if array.dtype.kind == "i" else array


def _expanded(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array.astype(np.int64) if array.dtype.kind == "i" else array
