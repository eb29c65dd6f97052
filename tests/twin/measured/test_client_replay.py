"""Clients that wait for the last answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.twin.engine.tiny_streams import stream
from tests.twin.kernel.tiny_engine import CONFIG, profile
from twin.engine.simulate import simulate_stream
from twin.engine.simulation_result import RequestRecords
from twin.engine.start import Start
from twin.measured.client_replay import ENDLESS, simulate_client
from twin.workload.workload import RequestStream

COSTS = profile(100_000)
ROOMY = replace(CONFIG, max_loras=5, max_cpu_loras=5)


def test_the_last_answer_ends_the_window() -> None:
    requests = stream(1, rate=3.0)
    result = simulate_client(requests, ROOMY, COSTS, 0, Start.WARM)
    records = finished(requests.arrival, 1)
    assert result.duration == pytest.approx(float(records.finish.max()))
    assert result.num_finished == len(requests)
    assert result.completed_throughput == pytest.approx(requests.offered_tokens / result.duration)
    assert result.completed_throughput == pytest.approx(result.offered_throughput)
    assert 0 < result.busy_fraction <= 1


def finished(sent: np.ndarray, seed: int) -> RequestRecords:
    """What becomes of the first requests of a stream, sent at these times by no client."""
    whole = stream(seed, rate=3.0)
    arrays = (whole.adapter, whole.prompt_tokens, whole.output_tokens)
    first = (array[: sent.size] for array in arrays)
    requests = RequestStream(sent, *first, whole.adapter_rank, ENDLESS)
    records = simulate_stream(requests, ROOMY, COSTS, records=True).records
    assert records is not None
    return records


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("bound", [1, 3])
def test_a_client_that_holds_back_is_one_that_sends_later(seed: int, bound: int) -> None:
    requests = stream(seed, rate=3.0)
    sent = requests.arrival.copy()
    for number in range(bound, len(requests)):  # one after the other, as a client does
        ended = np.sort(finished(sent[:number], seed).finish)
        sent[number] = max(requests.arrival[number], ended[number - bound])
    records = finished(sent, seed)
    result = simulate_client(requests, ROOMY, COSTS, bound, Start.WARM)
    assert (sent > requests.arrival).any()
    assert result.duration == pytest.approx(float(records.finish.max()))
    assert result.ttft_mean == pytest.approx(float((records.first_token - sent).mean()))


def test_a_bound_that_is_never_reached_changes_nothing() -> None:
    requests = stream(2, rate=1.0)
    free = simulate_client(requests, ROOMY, COSTS, 0, Start.WARM)
    bounded = simulate_client(requests, ROOMY, COSTS, CONFIG.max_num_seqs, Start.WARM)
    assert bounded.ttft_mean == pytest.approx(free.ttft_mean)
    assert bounded.duration == free.duration
