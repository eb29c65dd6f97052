"""Statistics of traffic: sums without a trace, and what they are sums of."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.features import traffic_statistics as stat
from estimators.features.traffic_statistics import STATISTIC_NAMES, AdapterStatistics
from estimators.testing import example_adapters, example_base
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength, LogNormalLength

ADAPTERS = example_adapters(24, rates=(0.37, 0.0123, 5.1))


@given(st.permutations(range(24)), st.integers(0, 24))
def test_coming_and_going_leave_no_trace(order: list[int], stay: int) -> None:
    one = AdapterStatistics()
    traffic = np.zeros(stat.NUM_STATISTICS)
    for index in order:
        traffic += one.of_adapter(ADAPTERS[index])
    for index in order[stay:]:
        traffic -= one.of_adapter(ADAPTERS[index])
    expected = one.of_adapters([ADAPTERS[index] for index in sorted(order[:stay])])
    np.testing.assert_array_equal(traffic, expected)


def test_what_the_columns_are() -> None:
    assert len(STATISTIC_NAMES) == len(set(STATISTIC_NAMES)) == stat.NUM_STATISTICS
    lengths = CopulaLengths(FixedLength(100), LogNormalLength(50, 25))
    traffic = AdapterStatistics().of_adapters(
        [Adapter("a", 8, 2.0, lengths), Adapter("b", 12, 0.5, lengths)]
    )
    expected = {
        stat.NUM_ADAPTERS: 2,
        stat.RATE: 2.5,
        stat.RATE_SQUARED: 4.25,
        stat.PROMPT: 250,
        stat.PROMPT_SQUARED: 25_000,
        stat.RANK: 20,
        stat.RATE_RANK: 22,
        stat.SHORT_DISPERSION: 2.5,
        stat.LONG_DISPERSION: 2.5,
    }
    for column, value in expected.items():
        assert traffic[column] == pytest.approx(value, rel=1e-6), STATISTIC_NAMES[column]
    output = lengths.output_mean
    assert traffic[stat.OUTPUT] == pytest.approx(2.5 * output, rel=1e-6)
    assert traffic[stat.PROMPT_OUTPUT] == pytest.approx(250 * output, rel=1e-6)
    ranks = traffic[stat.LEGAL_RANK : stat.BIN_COUNT]
    assert ranks.tolist()[:4] == [0, 1, 1, 0]
    counts, rates = traffic[stat.BIN_COUNT : stat.BIN_RATE], traffic[stat.BIN_RATE :]
    assert counts.sum() == 2
    assert rates[counts > 0].tolist() == [0.5, 2.0]


def test_requests_for_the_base_model_are_traffic_and_no_adapter() -> None:
    one = AdapterStatistics()
    base, adapter = (
        one.of_adapter(a) for a in (example_base(2.0), example_adapters(1, (2.0,))[0])
    )
    traffic = [
        *(stat.RATE, stat.PROMPT, stat.OUTPUT, stat.PROMPT_SQUARED, stat.OUTPUT_SQUARED),
        *(stat.PROMPT_OUTPUT, stat.SHORT_DISPERSION, stat.LONG_DISPERSION),
    ]
    np.testing.assert_array_equal(base[traffic], adapter[traffic])
    assert not np.delete(base, traffic).any()


def test_adapters_that_are_equal_but_for_their_names_are_summarized_once() -> None:
    one = AdapterStatistics()
    adapters = [replace(ADAPTERS[0], name=f"copy-{number}") for number in range(100)]
    expected = 100 * one.of_adapter(ADAPTERS[0])
    with patch.object(AdapterStatistics, "of_adapter", wraps=one.of_adapter) as asked:
        np.testing.assert_array_equal(one.of_adapters(adapters), expected)
    assert asked.call_count == 1
    faster = replace(ADAPTERS[0], rate=2 * ADAPTERS[0].rate)
    np.testing.assert_array_equal(one.of_adapters([faster]), one.of_adapter(faster))


def test_bins_double() -> None:
    one = AdapterStatistics()
    for k in range(stat.NUM_BINS - 1):
        for rate, place in ((stat.FIRST_BIN * 2**k, k), (stat.FIRST_BIN * 2**k * 1.01, k + 1)):
            adapter = Adapter("a", 8, rate, CopulaLengths(FixedLength(10), FixedLength(10)))
            assert one.of_adapter(adapter)[stat.BIN_COUNT + place] == 1
