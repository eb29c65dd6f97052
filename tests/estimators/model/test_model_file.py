"""Model files: what is written is read, and anything else is refused."""

from __future__ import annotations

import hashlib
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest

from estimators.model.model_file import read_header, read_model, write_model
from estimators.model.trained_model import TrainedModel
from estimators.testing import example_profile
from estimators.training.train import Training
from twin.files.errors import InputError


@pytest.fixture
def path(small_training: Training, tmp_path: Path) -> Path:
    """A copy of a model's file that may be damaged."""
    copy = tmp_path / "example.model"
    copy.write_bytes(small_training.path.read_bytes())
    return copy


def answers(model: TrainedModel, training: Training) -> bytes:
    dataset = training.table.dataset
    which = np.arange(len(dataset))
    predictions = model.predict(dataset.statistics, dataset.engines, which, dataset.seconds)
    return repr(predictions.tolist()).encode()


def rewritten(path: Path, **changes: object) -> None:
    """Replace arrays of a model's file, with a checksum that is right."""
    header, _, payload = path.read_bytes().partition(b"\n")
    with np.load(io.BytesIO(payload)) as archive:
        arrays = dict(archive)
    for name, value in changes.items():
        if value is None:
            del arrays[name]
        else:
            arrays[name] = np.asarray(value)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    reseal(path, header, buffer.getvalue())


def reseal(path: Path, header: bytes, payload: bytes) -> None:
    *words, _ = header.split()
    checksum = hashlib.sha256(b" ".join(words) + b"\n" + payload).hexdigest()
    path.write_bytes(b" ".join((*words, checksum.encode())) + b"\n" + payload)


def test_what_is_written_is_read(small_training: Training, path: Path) -> None:
    model = read_model(path)
    assert answers(model, small_training) == answers(small_training.model, small_training)
    assert model.fingerprint == read_header(path).fingerprint == example_profile().fingerprint
    assert model.provenance == small_training.model.provenance


def test_the_same_model_has_the_same_file(small_training: Training, tmp_path: Path) -> None:
    write_model(tmp_path / "again" / "example.model", small_training.model)
    assert (tmp_path / "again" / "example.model").read_bytes() == small_training.path.read_bytes()


@pytest.mark.parametrize("place", [-1, -1000, 200, 25])
def test_damage_is_found_before_anything_is_parsed(
    path: Path, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    monkeypatch.setattr(np, "load", lambda *_, **__: pytest.fail("parsed"))
    with pytest.raises(InputError, match="is damaged: its checksum is another") as caught:
        read_model(path)
    assert str(caught.value).startswith(str(path))
    assert "python -m estimators profile=NAME" in str(caught.value)


def test_a_part_of_a_file_is_damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(InputError, match="is damaged"):
        read_model(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no model of an estimator"),
        (b"tree\nversion=v4\n", "is no model of an estimator"),
        (b"lora-placer-model 1 abc def", "is no model of an estimator"),
        (b"\xff\xfe\x00\n", "is no model of an estimator"),
        (b"lora-placer-model 9 abc def\n", "has version 9, this release reads 2"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "other.model"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        read_model(path)
    assert "train it again: python -m estimators" in str(caught.value)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.model: there is no such file"):
        read_model(tmp_path / "nothing.model")


def test_archives_of_other_releases_are_refused(path: Path) -> None:
    rewritten(path, ranges=None)
    with pytest.raises(InputError, match="is no model of this release"):
        read_model(path)


def test_payloads_that_are_no_archive_are_refused(path: Path) -> None:
    header = path.read_bytes().partition(b"\n")[0]
    reseal(path, header, b"no archive")
    with pytest.raises(InputError, match="is no model of this release"):
        read_model(path)


def test_archives_that_cannot_be_unpacked_are_refused(path: Path) -> None:
    header, _, payload = path.read_bytes().partition(b"\n")
    spoiled = bytearray(payload)
    spoiled[300:340] = bytes(40)
    reseal(path, header, bytes(spoiled))
    with pytest.raises(InputError, match="is no model of this release"):
        read_model(path)


def test_archives_that_are_huge_when_they_are_unpacked_are_refused(path: Path) -> None:
    rewritten(path, values=np.zeros(10_000_000))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(InputError, match="bytes when it is unpacked"):
        read_model(path)


def test_objects_are_not_unpickled(path: Path) -> None:
    rewritten(path, errors=np.array([{}, 1], dtype=object))
    with pytest.raises(InputError, match="is no model of this release"):
        read_model(path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ranges": np.zeros((2, 3))}, "ranges of the shape"),
        ({"errors": [0.1, 0.5]}, "its error has no 193 growing quantiles"),
        ({"engine_curve": [[0.0, 1.0], [0.5, 2.0]]}, "no growing curve of probabilities"),
        ({"either_curve": [0.0, 1.0]}, "no growing curve of probabilities"),
        ({"feature": np.zeros(1, np.int32)}, "the arrays of their nodes differ in length"),
        ({"feature": np.zeros((2, 2), np.int32)}, "an array is no row of numbers"),
        ({"feature": [0.0]}, "feature: its numbers are float64, not int32"),
        ({"errors": np.full(193, np.nan)}, "its error has no 193 growing quantiles"),
        ({"errors": np.zeros(193, np.float32)}, "errors: its numbers are float32, not float64"),
        ({"about": np.frombuffer(b"{}", np.uint8)}, "about: it does not say threshold"),
        ({"about": np.frombuffer(b"[" * 9000, np.uint8)}, "about: it is nested too deep"),
    ],
)
def test_parts_that_do_not_belong_together_are_refused(
    path: Path, changes: dict[str, object], words: str
) -> None:
    rewritten(path, **changes)
    with pytest.raises(InputError, match=words) as caught:
        read_model(path)
    assert "train it again" in str(caught.value)


def test_other_features_are_refused(path: Path) -> None:
    with np.load(io.BytesIO(path.read_bytes().partition(b"\n")[2])) as archive:
        about = json.loads(archive["about"].tobytes())
    about["num_features"] += 1
    rewritten(path, about=np.frombuffer(json.dumps(about).encode(), np.uint8))
    with pytest.raises(InputError, match="other features or outputs than this release"):
        read_model(path)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("threshold", math.nan, "its threshold is nan"),
        ("threshold", True, "its threshold is True"),
        ("num_outputs", 1.0, "1.0 is no number of features or outputs"),
        ("provenance", "mine", "what it was trained on is not said"),
    ],
)
def test_what_is_said_of_a_model_has_to_make_sense(
    path: Path, key: str, value: object, words: str
) -> None:
    with np.load(io.BytesIO(path.read_bytes().partition(b"\n")[2])) as archive:
        about = json.loads(archive["about"].tobytes())
    about[key] = value
    rewritten(path, about=np.frombuffer(json.dumps(about).encode(), np.uint8))
    with pytest.raises(InputError, match=words):
        read_model(path)


@pytest.mark.parametrize("name", ["ranges", "errors", "engine_curve", "either_curve", "value"])
@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_numbers_that_are_none_are_refused(path: Path, name: str, number: float) -> None:
    with np.load(io.BytesIO(path.read_bytes().partition(b"\n")[2])) as archive:
        array = archive[name].copy()
    array.flat[-1] = number
    rewritten(path, **{name: array})
    with pytest.raises(InputError, match="train it again"):
        read_model(path)
