"""Rates that can be requests per second, and those that are asked about."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from twin.files.errors import InputError, ToolkitWarning
from twin.sources.adapter_file import read_adapters
from twin.sources.rate_sanity import RateUnit

Write = Callable[..., Path]


def write(log: Write, rates: list[float]) -> Path:
    rows = "".join(f"a{i},8,{rate}\n" for i, rate in enumerate(rates))
    return log(f"name,rank,rate_req_s\n{rows}")


def test_one_adapter_that_needs_many_gpus_is_asked_about(log: Write) -> None:
    path = write(log, [0.5, 600])
    words = r"row 3 \(a1\), rate_req_s: .* 600 requests/s .* tokens/s.*GPUs.*rate_unit=s if"
    with pytest.raises(InputError, match=words):
        read_adapters(path)


@pytest.mark.parametrize(("unit", "factor"), [("s", 1.0), ("min", 1 / 60), ("h", 1 / 3600)])
def test_a_unit_that_is_given_is_not_asked_about(
    log: Write, unit: RateUnit, factor: float
) -> None:
    workload = read_adapters(write(log, [600] * 4), rate_unit=unit)
    assert workload.rate == pytest.approx(2400 * factor)
    assert read_adapters(write(log, [600] * 4), rate_scale=1 / 600).rate == pytest.approx(4)


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ([6.0] * 96, r"log.csv, rate_req_s: they are 576 requests/s together, .* rate_unit=s"),
        ([1e-6] * 50, r"they are 5e-05 requests/s together, 0.18 in an hour"),
        ([0.3, 0.2, 0.2, 0.1, 0.1, 0.05, 0.03, 0.02], "they sum to 1, as shares do"),
        ([30, 20, 20, 10, 10, 5, 3, 2], "they sum to 100, as shares do"),
    ],
)
def test_what_all_of_them_are_together_is_warned_of(
    log: Write, rates: list[float], words: str
) -> None:
    with pytest.warns(ToolkitWarning, match=words):
        read_adapters(write(log, rates))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_adapters(write(log, rates), rate_unit="s")


def test_rates_by_which_most_adapters_take_gpus_of_their_own_are_asked_about(log: Write) -> None:
    path = write(log, [60.0] * 10)
    words = "they are 600 requests/s together, .* most adapters more than one each; say rate_unit="
    with pytest.raises(InputError, match=words):
        read_adapters(path)
    assert read_adapters(path, rate_unit="min").rate == pytest.approx(10)


@pytest.mark.parametrize("rates", [[1.0], [0.1] * 10, [0.5, 0.3, 0.2], [4.0] * 24, [0.02]])
def test_usual_rates_are_taken_as_they_are(log: Write, rates: list[float]) -> None:
    assert read_adapters(write(log, rates)).rate == pytest.approx(sum(rates))


def test_short_requests_may_be_many(log: Write) -> None:
    rows = "name,rank,rate_req_s,prompt_tokens_mean,output_tokens_mean\na,8,600,20,2\n"
    assert read_adapters(log(rows)).rate == 600


def test_an_unknown_unit_is_refused(log: Write) -> None:
    with pytest.raises(InputError, match="rate_unit: 'day' is not known; s, min, h"):
        read_adapters(write(log, [1.0]), rate_unit="day")  # type: ignore[arg-type]
