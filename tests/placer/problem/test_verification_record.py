"""Records of verifications."""

from __future__ import annotations

import json

import pytest

from placer.problem.verification_record import Verification
from twin.files.errors import InputError

RECORD = Verification(1200.0, (1001, 1002), 2.0, num_moved=3, num_opened=1)


@pytest.mark.parametrize("failed", ["starved", "memory_errors", "rejected"])
def test_any_gpu_that_failed_is_one_too_many(failed: str) -> None:
    assert RECORD.passed
    assert not Verification(1200.0, (1001,), **{failed: (2,)}).passed


def test_what_was_not_tested_is_not_proven() -> None:
    assert RECORD.is_proof
    untested = Verification(1200.0, (1001,), untested=(0,))
    assert untested.passed
    assert not untested.is_proof
    assert not Verification(1200.0, (1001,), starved=(0,)).is_proof


@pytest.mark.parametrize("record", [RECORD, Verification(300.0, (7,), None, (0,), (1, 2), (3,))])
def test_what_is_written_is_read(record: Verification) -> None:
    data = json.loads(json.dumps(record.to_dict()))
    assert Verification.from_dict(data, "verification") == record


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(InputError, match="verification, seeds: 'x' is not a whole number"):
        Verification.from_dict({**RECORD.to_dict(), "seeds": ["x"]}, "verification")
    data = RECORD.to_dict()
    del data["starved"]
    with pytest.raises(InputError, match="starved"):
        Verification.from_dict(data, "verification")
