"""ServeGen's clients as adapters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twin.files.errors import InputError
from twin.sources.servegen import servegen_workload
from twin.workload.arrivals import GammaArrivals

RATES = """client_id,timestamp_s,rate,cv,pattern,arg1,arg2
0,0,1.0,2.0,Gamma,0,0
0,600,3.0,4.0,Weibull,0,0
1,600,2.0,1.0,Gamma,0,0
2,1200,2.0,1.5,Gamma,0,0
3,1200,0,1.5,Gamma,0,0
"""
MEANS = """client_id,windows_with_data,mean_input_tokens,mean_output_tokens
0,5,100,50
1,5,400,0.5
9,5,1,1
"""


@pytest.fixture
def rates(tmp_path: Path) -> Path:
    (tmp_path / "m-tiny_token_means.csv").write_text(MEANS)
    path = tmp_path / "m-tiny_rates_1d.csv"
    path.write_text(RATES)
    return path


def test_each_client_is_an_adapter(rates: Path) -> None:
    workload = servegen_workload(rates, total_rate=16.0)
    assert [a.name for a in workload.adapters] == ["client-0", "client-1", "client-2"]
    np.testing.assert_allclose([a.rate for a in workload.adapters], [8, 4, 4])
    assert workload.adapters[0].arrivals == GammaArrivals((1 * 2 + 3 * 4) / 4)


def test_lengths_of_each_client_and_of_those_without(rates: Path) -> None:
    a, b, c = servegen_workload(rates, length_cv=0.5).adapters
    assert (a.lengths.prompt_mean, a.lengths.output_mean) == (100, 50)
    assert (a.lengths.prompt_std, a.lengths.output_std) == (50, 25)
    assert b.lengths.output_mean == 1
    # weighted by rates 4 and 2
    assert c.lengths.prompt_mean == pytest.approx((4 * 100 + 2 * 400) / 6)
    assert c.lengths.output_mean == pytest.approx((4 * 50 + 2 * 1) / 6)


def test_a_period(rates: Path) -> None:
    workload = servegen_workload(rates, start=600, end=1200, total_rate=5.0)
    assert [(a.name, a.rate) for a in workload.adapters] == [("client-0", 3.0), ("client-1", 2.0)]


def test_only_the_busiest(rates: Path) -> None:
    workload = servegen_workload(rates, num_adapters=1, total_rate=5.0, rank_mix=[64])
    (adapter,) = workload.adapters
    assert (adapter.name, adapter.rate, adapter.rank) == ("client-0", 5.0, 64)


def test_means_from_another_file(rates: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("client_id,mean_input_tokens,mean_output_tokens\n2,7,8\n")
    adapters = servegen_workload(rates, token_means=other).adapters
    assert {a.lengths.prompt_mean for a in adapters} == {7}


def test_seed_deals_the_ranks(rates: Path) -> None:
    ranks = {tuple(a.rank for a in servegen_workload(rates, seed=s).adapters) for s in range(9)}
    assert len(ranks) > 1
    assert all(sorted(r) == [8, 16, 32] for r in ranks)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"total_rate": 0.0}, "total_rate: 0.0 is not positive"),
        ({"length_cv": -1.0}, "length_cv: -1.0 is not positive"),
        ({"num_adapters": 0}, "num_adapters: 0 of 3 clients; 1 to 3"),
        ({"num_adapters": 4}, "num_adapters: 4 of 3 clients; 1 to 3"),
        ({"start": 9e9}, "no client sends requests from 9e+09 s to None s"),
        ({"rank_mix": [0]}, "rank_mix"),
        ({"token_means": "no.csv"}, "no.csv: there is no such file"),
    ],
)
def test_wrong_values(rates: Path, values: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError) as error:
        servegen_workload(rates, **values)
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "m-tiny_rates_1d.csv: it is empty"),
        ("client_id,timestamp_s,rate\n", "row 1: column 'cv' is missing"),
        ("client_id,timestamp_s,rate,cv\n0,0,1\n", "row 2: it has 3 fields"),
        ("client_id,timestamp_s,rate,cv\n0,x,1,1\n", "row 2, timestamp_s: 'x' is not a number"),
        ("client_id,timestamp_s,rate,cv\n0,0,-1,1\n", "row 2, rate: '-1' is negative"),
        ("client_id,timestamp_s,rate,cv\n0,0,1,0\n", "row 2, cv: '0' is not positive"),
        ("client_id,timestamp_s,rate,cv\n,0,1,1\n", "row 2, client_id: '' is not a name"),
        ("client_id,timestamp_s,rate,cv\n7,0,1,1\n", "it has none of the clients"),
    ],
)
def test_wrong_rates(rates: Path, text: str, problem: str) -> None:
    rates.write_text(text)
    with pytest.raises(InputError) as error:
        servegen_workload(rates)
    assert problem in str(error.value)


def test_wrong_means(rates: Path, tmp_path: Path) -> None:
    (tmp_path / "m-tiny_token_means.csv").write_text(MEANS.replace("400", "-4"))
    with pytest.raises(InputError, match=r"row 3, mean_input_tokens: '-4' is negative"):
        servegen_workload(rates)


def test_no_file_of_means_belongs_to_the_name(rates: Path, tmp_path: Path) -> None:
    path = rates.rename(tmp_path / "rates.csv")
    with pytest.raises(InputError, match=r"token_means: no file of token means belongs to rates"):
        servegen_workload(path)


@pytest.mark.parametrize(
    ("name", "num_clients", "top_share"),
    [
        ("m-small_rates_14d", 43, 0.299),
        ("m-mid_rates_7d", 102, 0.46),
        ("m-large_rates_5d", 125, 0.19),
    ],
)
def test_the_published_clients(
    traces_dir: Path, name: str, num_clients: int, top_share: float
) -> None:
    workload = servegen_workload(traces_dir / "servegen_language" / f"{name}.csv")
    assert len(workload) == num_clients
    assert workload.rate == pytest.approx(20.0)
    assert workload.adapters[0].rate / workload.rate == pytest.approx(top_share, abs=0.01)
    variation = sorted(a.arrivals.cv for a in workload.adapters)
    assert 1.0 < variation[num_clients // 2] < 2.0
