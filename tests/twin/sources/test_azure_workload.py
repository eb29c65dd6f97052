"""Workloads with the arrivals of Azure's logs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twin.files.errors import InputError
from twin.sources.azure_workload import AzureTrace, azure_workload
from twin.sources.trace_workload import trace_workload
from twin.workload.arrivals import BurstyArrivals, PoissonArrivals


def test_requests_are_dealt_by_zipf() -> None:
    workload = azure_workload("code", 10, rate_scale=10.0, rank_mix=[8, 16])
    assert workload.rate == pytest.approx(25.664)
    rates = np.array([adapter.rate for adapter in workload.adapters])
    np.testing.assert_allclose(rates[0] / rates, np.arange(1, 11))
    assert sorted({adapter.rank for adapter in workload.adapters}) == [8, 16]


def test_lengths_and_bursts_may_be_others() -> None:
    (plain,) = azure_workload(num_adapters=1, lengths="sharegpt", bursts=False).adapters
    assert plain.lengths.prompt_mean == pytest.approx(223.0, abs=0.5)
    assert isinstance(plain.arrivals, PoissonArrivals)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"trace": "chat"}, "trace"),
        ({"lengths": "copula"}, "lengths"),
        ({"rate_scale": 0.0}, "rate_scale"),
        ({"num_adapters": 0}, "num_adapters"),
    ],
)
def test_wrong_values_are_named(wrong: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as error:
        azure_workload(**wrong)
    assert error.value.where == where


@pytest.mark.parametrize(("trace", "file"), [("conversation", "conv"), ("code", "code")])
def test_it_is_what_the_log_says(traces_dir: Path, trace: AzureTrace, file: str) -> None:
    path = traces_dir / f"azure2023/AzureLLMInferenceTrace_{file}.csv"
    ours, real = azure_workload(trace, 4).adapters[1], trace_workload(path, 4).adapters[1]
    assert ours.rate == pytest.approx(real.rate, rel=1e-3)
    for figure, most in (("mean", 0.05), ("std", 0.15)):
        for kind in ("prompt", "output"):
            own, logged = (getattr(a.lengths, f"{kind}_{figure}") for a in (ours, real))
            assert own == pytest.approx(logged, rel=most), (kind, figure)
    assert isinstance(ours.arrivals, BurstyArrivals)
    assert isinstance(real.arrivals, BurstyArrivals)
    assert ours.arrivals.cv == pytest.approx(real.arrivals.cv, rel=0.02)
    assert ours.arrivals.relaxation == pytest.approx(real.arrivals.relaxation, rel=0.02)
