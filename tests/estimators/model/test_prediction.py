"""What a model predicts, and its record."""

from __future__ import annotations

import numpy as np

from estimators.base import Estimate
from estimators.model.prediction import OUTPUTS, PLAIN, PREDICTION, Output, served_ratio


def prediction() -> np.ndarray:
    record = np.zeros(1, PREDICTION)
    for position, name in enumerate(PREDICTION.names or ()):
        record[name] = position
    return record


def test_a_prediction_is_an_estimate_and_more() -> None:
    assert PREDICTION.names == (*Estimate._fields, "busy", "outside")


def test_numbers_are_the_same_whoever_unpacks_them() -> None:
    record = prediction()
    plain = PLAIN.unpack(record.view(np.float64).data)
    assert plain == record.item()
    assert Estimate._make(plain[:-2]).memory_error is True


def test_outputs_are_in_the_order_of_the_files() -> None:
    assert OUTPUTS[:4] == ("served_share", "spread", "neglected", "ttft_mean")
    assert [OUTPUTS[output] for output in Output] == list(OUTPUTS)
    assert len(OUTPUTS) == 14


def test_served_ratio() -> None:
    record = prediction()
    record["offered_throughput"], record["served_throughput"] = 200.0, 150.0
    assert served_ratio(record).tolist() == [0.75]
