"""Started share, of the engine and of its adapters."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.base import Candidate
from estimators.simulation.started_share import smallest_started_share, started_share
from estimators.starvation import StarvationRule
from estimators.testing import example_profile
from estimators.twin_backed import TwinEstimator
from estimators.window import Window
from twin.engine.simulation_result import RequestRecords
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.workload import RequestStream


def records_of(
    adapters: list[int], times: list[float], waiting: list[int], tokens: list[int] | None = None
) -> tuple[RequestStream, RequestRecords]:
    """Requests at these times of a window of 100 s, of which some wait at its end."""
    n = len(times)
    length = np.array(tokens or [1] * n, np.int32)
    stream = RequestStream(
        np.array(times), np.array(adapters, np.int32), length, length, np.full(3, 8), 100.0
    )
    first = np.array(times) + 1.0
    first[waiting] = np.nan
    nothing = np.zeros(n, np.int32)
    records = RequestRecords(
        stream.arrival, first, np.full(n, np.nan), stream.adapter, nothing, nothing > 0
    )
    return stream, records


def smallest(adapters: list[int], times: list[float], waiting: list[int]) -> float:
    return smallest_started_share(*records_of(adapters, times, waiting))


def test_started_is_what_has_a_first_token_by_its_tokens() -> None:
    assert started_share(*records_of([0, 0, 1], [1, 2, 3], [], [1, 2, 5])) == 1.0
    assert started_share(*records_of([0, 0, 1], [1, 2, 3], [1], [1, 2, 5])) == 6 / 8
    assert started_share(*records_of([], [], [])) == 1.0


def test_the_worst_served_adapter_counts() -> None:
    times = np.linspace(0, 70, 20).tolist()
    owners = [0, 1] * 10
    assert smallest(owners, times, []) == 1.0
    assert smallest(owners, times, [1, 3, 5]) == pytest.approx(0.7)
    assert smallest(owners, times, [1, 3, 5, 0]) == pytest.approx(0.7)


def test_late_requests_may_wait() -> None:
    times = [*np.linspace(0, 70, 10).tolist(), *np.linspace(80, 99, 10).tolist()]
    assert smallest([0] * 20, times, list(range(10, 20))) == 1.0


def test_adapters_with_few_requests_are_not_judged() -> None:
    times = np.linspace(0, 70, 14).tolist()
    assert smallest([0] * 10 + [1] * 4, times, [10, 11, 12, 13]) == 1.0
    assert smallest([], [], []) == 1.0


def test_an_engine_starves_when_a_busy_adapter_holds_its_only_slot() -> None:
    profile = example_profile()
    lengths = CopulaLengths(FixedLength(100), FixedLength(100))
    adapters = (Adapter("busy", 8, 10.0, lengths), Adapter("rare", 8, 0.2, lengths))
    one, two = (Candidate(profile, profile.engine_config(slots, 8), adapters) for slots in (1, 2))
    twin = TwinEstimator(Window(120.0))
    strict = twin.estimate([one, two])
    lenient = twin.estimate([one, two], StarvationRule(adapters_starve=False))
    assert lenient.served_throughput[0] > 0.95 * lenient.offered_throughput[0]
    assert lenient.starvation_probability.tolist() == pytest.approx([0.0, 0.0], abs=1e-3)
    assert strict.starvation_probability.tolist() == pytest.approx([1.0, 0.0], abs=1e-3)
    assert strict.ttft_mean.tolist() == lenient.ttft_mean.tolist()
