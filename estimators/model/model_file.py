"""Files of trained models: arrays and a JSON text, with a checksum that is compared first.

The first line names the format, its version, the fingerprint of the profile that the model is for,
and the SHA-256 of these and of everything behind the line, which is a NumPy archive without
pickled objects. A checksum tells damage, not malice: what the archive holds is checked as well.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

import numpy as np

from estimators.model.trained_model import TrainedModel
from estimators.model.tree_ensemble import TreeEnsemble
from twin.files.atomic_write import write_bytes
from twin.files.errors import InputError
from twin.files.input_file import check_input, read_input_bytes
from twin.files.plain_data import parse_json

__all__ = ["ModelHeader", "read_header", "read_model", "write_model"]

_FORMAT = "lora-placer-model"
_VERSION = "2"
_MOST_BYTES = 64 << 20  # of a file, and of what it holds when it is unpacked
_LONGEST_HEADER = 256
_TREE_ARRAYS = ("output", "num_nodes", "feature", "threshold", "left", "right", "value")
_WHOLE = ("output", "num_nodes", "feature", "left", "right")
_ABOUT = ("threshold", "num_features", "num_outputs", "provenance")
_ARRAYS = ("ranges", "errors", "engine_curve", "either_curve")
_RETRAIN = "train it again: python -m estimators profile=NAME"


class ModelHeader(NamedTuple):
    """First line of a model file.

    Parameters
    ----------
    fingerprint : str
        Of the profile that the model is for.
    checksum : str
        SHA-256 (hex) of the other words and of what follows.
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
    checksum = _checksum(model.fingerprint, payload)
    header = f"{_FORMAT} {_VERSION} {model.fingerprint} {checksum}\n"
    write_bytes(path, header.encode() + payload)


def read_header(path: Path | str) -> ModelHeader:
    """Read the first line of a model file.

    Raises
    ------
    InputError
        If the file cannot be read, or is no model of this version.
    """
    check_input(path, _MOST_BYTES)
    try:
        with Path(path).open("rb") as file:
            line = file.readline(_LONGEST_HEADER)
    except OSError as error:
        raise InputError(str(path), f"it cannot be read ({error.strerror})") from None
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
    payload = read_input_bytes(path, _MOST_BYTES).partition(b"\n")[2]
    if _checksum(header.fingerprint, payload) != header.checksum:
        raise InputError(str(path), "is damaged: its checksum is another", _RETRAIN)
    try:
        about, arrays = _unpacked(payload)
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


def _checksum(fingerprint: str, payload: bytes) -> str:
    digest = hashlib.sha256(f"{_FORMAT} {_VERSION} {fingerprint}\n".encode())
    digest.update(payload)
    return digest.hexdigest()


def _unpacked(payload: bytes) -> tuple[Mapping[str, Any], dict[str, np.ndarray[Any, Any]]]:
    """What the JSON text of an archive says, and its arrays.

    Raises
    ------
    InputError
        If it is no such archive, or is far larger unpacked than any model.
    """
    try:
        with ZipFile(io.BytesIO(payload)) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
        if size > _MOST_BYTES:
            raise InputError("model", f"it has {size} bytes when it is unpacked")
        with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in (*_TREE_ARRAYS, *_ARRAYS)}
            text = archive["about"].tobytes().decode()
    except InputError:
        raise
    except Exception as error:  # NumPy, zipfile and zlib raise whatever they come across
        problem = f"is no model of this release ({' '.join(str(error).split())})"
        raise InputError("model", problem) from None
    about = parse_json(text, "about")
    if not isinstance(about, Mapping) or any(key not in about for key in _ABOUT):
        raise InputError("about", f"it does not say {', '.join(_ABOUT)}")
    for name, array in arrays.items():
        kind = np.int32 if name in _WHOLE else np.float64
        if array.dtype != kind:
            raise InputError(name, f"its numbers are {array.dtype}, not {np.dtype(kind)}")
    return about, arrays


def _compact(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array.astype(np.int32) if array.dtype.kind == "i" else array


def _expanded(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array.astype(np.int64) if array.dtype.kind == "i" else array
