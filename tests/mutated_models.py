"""Mutated files of trained models, many of them with a checksum that is right."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from estimators.features.features import NUM_FEATURES
from estimators.model.compiled_prediction import NUM_KNOTS, NUM_QUANTILES
from estimators.model.model_file import write_model
from estimators.model.prediction import OUTPUTS
from estimators.model.trained_model import TrainedModel
from estimators.model.tree_ensemble import TreeEnsemble
from tests.mutations import mutated_bytes, mutated_json

__all__ = ["mutated_models"]


def model_file() -> bytes:
    """File of a model of one tree for each output."""
    n = len(OUTPUTS)
    whole = {"output": np.arange(n), "num_nodes": np.ones(n), "feature": np.zeros(n)}
    whole |= {"left": np.full(n, -1), "right": np.full(n, -2)}
    trees = TreeEnsemble(
        num_features=NUM_FEATURES,
        num_outputs=n,
        threshold=np.zeros(n),
        value=np.zeros(2 * n),
        **{name: array.astype(np.int64) for name, array in whole.items()},
    )
    curve = np.tile(np.linspace(0, 1, NUM_KNOTS), (2, 1))
    ranges = np.tile([[0.0], [1.0]], NUM_FEATURES)
    errors = np.linspace(-1, 1, NUM_QUANTILES)
    model = TrainedModel("0" * 64, 0.9, trees, ranges, errors, curve, curve, {"rows": 1})
    with tempfile.TemporaryDirectory() as folder:
        write_model(Path(folder, "example.model"), model)
        return Path(folder, "example.model").read_bytes()


def sealed(header: bytes, payload: bytes) -> bytes:
    """A model's file with a checksum that is right."""
    words = header.split()[:3]
    digest = hashlib.sha256(b" ".join(words) + b"\n" + payload).hexdigest()
    return b" ".join((*words, digest.encode())) + b"\n" + payload


def mutated_models(number: int) -> Iterator[bytes]:
    """Files of models: damaged, or of other content with a checksum that is right."""
    whole = model_file()
    header, _, payload = whole.partition(b"\n")
    with np.load(io.BytesIO(payload)) as archive:
        arrays = dict(archive)
    about = json.loads(arrays["about"].tobytes())
    yield from mutated_bytes(whole, number // 4, 1)
    yield from (sealed(header, part) for part in mutated_bytes(payload, number // 4, 2))
    texts = mutated_json(about, number, 3)
    rng = np.random.default_rng(4)
    for _ in range(number // 2):
        changed = dict(arrays)
        name = list(changed)[rng.integers(len(changed))]
        changed[name] = mutated_array(rng, changed[name])
        if name == "about":
            changed[name] = np.frombuffer(next(texts) or b" ", np.uint8)
        buffer = io.BytesIO()
        np.savez(buffer, **changed)
        yield sealed(header, buffer.getvalue())


def mutated_array(rng: np.random.Generator, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """An array of another type, shape or size, or with another number in it."""
    kind, place = rng.integers(7), rng.integers(array.size)
    if kind == 0:
        return array.astype(str(rng.choice(["f4", "i8", "U5", "c16", "bool", "u1", "f2", "S3"])))
    if kind == 1:
        return array[: rng.integers(len(array))]
    if kind == 2:
        return array.reshape(1, -1)
    if kind == 3:
        return array[::-1]
    if kind == 4:
        return np.array(5)
    changed = array.astype(np.float64) if kind == 5 else array.copy()
    numbers = [np.nan, np.inf, -np.inf, 1e300] if kind == 5 else [-1, 0, 99, 255]
    with np.errstate(over="ignore"):
        changed.flat[place] = np.array(numbers).astype(changed.dtype)[rng.integers(4)]
    return changed
