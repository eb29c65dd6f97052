"""Records of aiperf as requests of a run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.twin.measured.client_files import EPOCH
from twin.files.errors import InputError
from twin.measured.aiperf_records import aiperf_records, is_aiperf
from twin.measured.client_records import ClientRecords


def entry(start: float, error: object = None, **metadata: object) -> dict[str, Any]:
    def metric(value: float, unit: str) -> dict[str, object]:
        return {"value": value, "unit": unit}

    times = {
        "request_start_ns": int((EPOCH + start) * 1e9),
        "request_end_ns": int((EPOCH + start + 2) * 1e9),
    }
    return {
        "metadata": times | {"benchmark_phase": "profiling"} | metadata,
        "metrics": {
            "time_to_first_token": metric(250.0, "ms"),
            "input_sequence_length": metric(7, "tokens"),
            "output_sequence_length": metric(8, "tokens"),
        },
        "error": error,
    }


def read(*entries: object) -> ClientRecords:
    return aiperf_records("a", [(f"a, line {n}", e) for n, e in enumerate(entries, start=1)])


def test_a_record_is_told_by_its_start() -> None:
    assert is_aiperf(entry(0.0))
    assert not is_aiperf({"metadata": {}})
    assert not is_aiperf(5)


def test_requests_in_the_order_in_which_they_were_sent() -> None:
    found = read(
        entry(2.0),
        entry(0.0, benchmark_phase="WARMUP"),
        entry(1.0) | {"adapter": "law"},
        entry(1.5, error={"code": 500}) | {"metrics": {}},
        entry(3.0, error={"code": 499}, was_cancelled=True),
    )
    assert [record.sent - EPOCH for record in found.answered] == pytest.approx([1.0, 2.0])
    first = found.answered[0]
    assert first.first_token - first.sent == pytest.approx(0.25, abs=1e-6)
    assert first.finish - first.sent == pytest.approx(2.0, abs=1e-6)
    assert (first.prompt_tokens, first.output_tokens, first.adapter) == (7, 8, "law")
    assert found.answered[1].adapter is None
    assert (found.num_failed, found.streams) == (1, None)
    assert found.cut == pytest.approx((EPOCH + 3.0,))


def without(part: str, key: str) -> dict[str, Any]:
    whole = entry(0.0)
    return whole | {part: {k: v for k, v in whole[part].items() if k != key}}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (5, "line 1: it is no record of aiperf"),
        (without("metadata", "request_start_ns"), "it is no record of aiperf"),
        (without("metadata", "request_end_ns"), "metadata.request_end_ns: it is missing"),
        (without("metrics", "time_to_first_token"), "time_to_first_token: it is missing; records"),
        (without("metrics", "input_sequence_length"), "input_sequence_length: it is missing"),
        (entry(0.0) | {"metrics": None}, "metrics.time_to_first_token: it is missing"),
        (
            entry(0.0) | {"metrics": {"time_to_first_token": {"value": 1, "unit": "s"}}},
            "its unit is 's'; ms",
        ),
        (
            entry(0.0) | {"metrics": {"time_to_first_token": {"value": 1}}},
            "its unit is None; ms",
        ),
        (entry(0.0, benchmark_phase="cooldown"), "'cooldown' is not known; warmup or profiling"),
        (
            entry(0.0, was_cancelled="false"),
            "metadata.was_cancelled: 'false'; true or false",
        ),
        (entry(0.0) | {"adapter": ["x"]}, "line 1, adapter: "),
        (entry(0.0, request_start_ns="soon"), "request_start_ns: 'soon' is not a number"),
    ],
)
def test_what_is_refused(wrong: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(wrong)
