"""Figures of a run."""

from __future__ import annotations

import numpy as np

from placer.controllers.outcome import ControllerOutcome, starved_adapters
from twin.engine.simulation_result import RequestRecords


def records(rows: list[tuple[float, int, bool]]) -> RequestRecords:
    arrival, adapter, answered = (np.array(column) for column in zip(*rows, strict=True))
    first = np.where(answered, arrival + 1.0, np.nan)
    n = len(rows)
    return RequestRecords(arrival, first, first, adapter, np.zeros(n, np.int32), np.zeros(n, bool))


def test_adapters_starve_below_a_part_of_their_requests() -> None:
    rows = [(float(i), 0, i > 0) for i in range(10)]  # 90 %
    rows += [(float(i), 1, i > 1) for i in range(10)]  # 80 %
    rows += [(99.0, 2, False)]  # too late to tell
    assert starved_adapters(records(rows), 4, until=50.0, threshold=0.9) == 1
    assert starved_adapters(records(rows), 4, until=50.0, threshold=0.95) == 2
    assert starved_adapters(records(rows), 4, until=100.0, threshold=0.9) == 2


def test_unknown_figures_are_null() -> None:
    nan = float("nan")
    outcome = ControllerOutcome(nan, 0, 0, 0, 0, nan, nan, nan, nan, 0.0, 0.1)
    plain = outcome.to_dict()
    assert plain["hit_rate"] is None
    assert plain["decision_seconds"] == 0.1
