"""Workloads estimated from request logs."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twin.files.errors import InputError
from twin.sources.burstiness import dispersion_index
from twin.sources.trace_columns import TraceColumns
from twin.sources.trace_file import read_trace
from twin.sources.trace_workload import trace_workload
from twin.workload.arrivals import (
    ArrivalProcess,
    BurstyArrivals,
    GammaArrivals,
    OnOffArrivals,
    PoissonArrivals,
)
from twin.workload.lengths import CopulaLengths, EmpiricalPairs

Write = Callable[..., Path]


@pytest.fixture
def log(tmp_path: Path) -> Write:
    """A log of given arrivals whose long prompts have short answers."""

    def write(process: ArrivalProcess, rate: float = 5.0, adapters: int = 0) -> Path:
        rng = np.random.default_rng(0)
        times = process.sample(rate, 3600.0, rng)
        prompts = np.rint(np.exp(rng.normal(5, 1, times.size)))
        outputs = np.rint(1 + 20_000 / (prompts + 50))
        path = tmp_path / "log.csv"
        with path.open("w") as stream:
            stream.write("timestamp,prompt_tokens,output_tokens" + ",adapter" * (adapters > 0))
            for i in range(times.size):
                stream.write(f"\n{times[i]},{prompts[i]:.0f},{outputs[i]:.0f}")
                if adapters:
                    stream.write(f",lora-{min(i % 7, adapters - 1)}")
        return path

    return write


def test_rates_are_dealt_by_zipf(log: Write) -> None:
    path = log(PoissonArrivals())
    workload = trace_workload(path, 10, zipf_alpha=1.0)
    rates = np.array([a.rate for a in workload.adapters])
    assert workload.rate == pytest.approx(read_trace(path).rate)
    np.testing.assert_allclose(rates[0] / rates, np.arange(1, 11))
    assert [a.name for a in workload.adapters] == [f"adapter-{i}" for i in range(10)]


@pytest.mark.parametrize(
    ("adapters", "mix", "told"),
    [
        (0, None, ["96 adapters (num_adapters) and their shares (popularity); ranks 8, 16, 32"]),
        (0, [8], ["96 adapters (num_adapters) and their shares (popularity)"]),
        (3, None, ["ranks 8, 16, 32 in equal parts (rank_mix)"]),
        (3, [8], []),
    ],
)
def test_what_is_made_up_is_told(
    log: Write,
    adapters: int,
    mix: list[int] | None,
    told: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = log(PoissonArrivals(), rate=0.1, adapters=adapters)
    with caplog.at_level(logging.INFO, "twin"):
        trace_workload(path, rank_mix=mix)
    begin = f"{path}: made up, as the log does not say: "
    lines = [text.removeprefix(begin) for text in caplog.messages if text.startswith(begin)]
    assert [line[: len(text)] for line, text in zip(lines, told, strict=True)] == told


def test_rates_are_dealt_alike_or_as_given(log: Write) -> None:
    path = log(PoissonArrivals())
    uniform = trace_workload(path, 4, "uniform", rate_scale=2.0)
    np.testing.assert_allclose([a.rate for a in uniform.adapters], read_trace(path).rate / 2)
    given = trace_workload(path, 3, [2, 1, 1])
    np.testing.assert_allclose([a.rate / given.rate for a in given.adapters], [0.5, 0.25, 0.25])


def test_ranks_follow_the_mix(log: Write) -> None:
    path = log(PoissonArrivals())
    ranks = [a.rank for a in trace_workload(path, 20, rank_mix={8: 0.5, 64: 0.5}).adapters]
    assert Counter(ranks) == {8: 10, 64: 10}
    assert ranks == [a.rank for a in trace_workload(path, 20, rank_mix=[8, 64]).adapters]
    assert ranks != [a.rank for a in trace_workload(path, 20, rank_mix=[8, 64], seed=1).adapters]


def test_lengths_are_those_of_the_log_in_one_object(log: Write) -> None:
    path = log(PoissonArrivals())
    trace, workload = read_trace(path), trace_workload(path)
    (lengths,) = {a.lengths for a in workload.adapters}
    assert len({id(a.lengths) for a in workload.adapters}) == 1
    assert lengths == EmpiricalPairs(trace.prompt_tokens, trace.output_tokens)
    assert lengths.prompt_mean == pytest.approx(trace.prompt_tokens.mean())


def test_copula_keeps_means_and_correlation(log: Write) -> None:
    path = log(PoissonArrivals())
    trace = read_trace(path)
    lengths = trace_workload(path, lengths="copula").adapters[0].lengths
    assert isinstance(lengths, CopulaLengths)
    assert lengths.correlation < -0.95
    assert lengths.prompt_mean == pytest.approx(trace.prompt_tokens.mean(), rel=0.02)
    assert lengths.output_mean == pytest.approx(trace.output_tokens.mean(), rel=0.02)


def test_copula_of_equal_lengths(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("timestamp,prompt_tokens,output_tokens\n0,5,1\n1,5,2\n2,5,9\n")
    lengths = trace_workload(path, 2, lengths="copula").adapters[0].lengths
    assert lengths.prompt_std == 0


def test_burstiness_may_be_given(log: Write) -> None:
    path = log(BurstyArrivals(4.0, 20.0))
    assert trace_workload(path, 2, arrival_cv=1).adapters[0].arrivals == PoissonArrivals()
    assert trace_workload(path, 2, arrival_cv=3).adapters[0].arrivals == GammaArrivals(3)


@pytest.mark.parametrize(
    "process",
    [BurstyArrivals(4.0, 20.0), OnOffArrivals(0.3, 10.0), GammaArrivals(4.0)],
    ids=repr,
)
def test_burstiness_of_the_log_reappears_in_the_sum_of_the_adapters(
    log: Write, process: ArrivalProcess
) -> None:
    path = log(process)
    trace = read_trace(path)
    workload = trace_workload(path, 60)
    duration = 36_000.0
    stream = workload.sample(duration, np.random.default_rng(1))
    assert len(stream) / duration == pytest.approx(trace.rate, rel=0.06)
    for window in (3.0, 20.0, 100.0):
        logged = dispersion_index(trace.times, trace.span, window)
        drawn = dispersion_index(stream.arrival, duration, window)
        assert drawn == pytest.approx(logged, rel=0.5), window
        assert drawn > 2


def test_named_adapters_keep_rate_lengths_and_burstiness(log: Write) -> None:
    path = log(BurstyArrivals(3.0, 20.0), rate=2.0, adapters=3)
    trace, workload = read_trace(path), trace_workload(path, num_adapters=50)
    assert [a.name for a in workload.adapters] == ["lora-0", "lora-1", "lora-2"]
    assert workload.rate == pytest.approx(trace.rate)
    shares = [a.rate / workload.rate for a in workload.adapters]
    np.testing.assert_allclose(shares, [1 / 7, 1 / 7, 5 / 7], atol=0.001)
    assert len({a.lengths for a in workload.adapters}) == 3
    assert len({a.arrivals for a in workload.adapters}) == 3


def test_rare_adapters_borrow_from_the_whole_log(log: Write) -> None:
    path = log(PoissonArrivals(), rate=0.1, adapters=7)
    workload = trace_workload(path)
    assert len(workload) == 7
    assert len({id(a.lengths) for a in workload.adapters}) == 1


def test_columns_may_be_named(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("t,in,out,who\n0,5,6,x\n2000,5,6,y\n")
    workload = trace_workload(path, columns=TraceColumns("t", "in", "out", "who", "ms"))
    assert [(a.name, a.rate) for a in workload.adapters] == [("x", 0.25), ("y", 0.25)]


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"num_adapters": 0}, "num_adapters"),
        ({"popularity": [1.0]}, "popularity"),
        ({"zipf_alpha": -1.0}, "zipf_alpha"),
        ({"rank_mix": {12.5: 1}}, "rank_mix"),
        ({"rate_scale": 0.0}, "rate_scale"),
        ({"arrival_cv": 0.0}, "arrival_cv"),
        ({"lengths": "normal"}, "lengths"),
    ],
)
def test_values_out_of_range(log: Write, values: dict[str, Any], key: str) -> None:
    with pytest.raises(InputError, match=f"^{key}"):
        trace_workload(log(PoissonArrivals(), rate=0.1), **values)


@pytest.mark.parametrize(
    ("name", "windows"),
    [
        ("azure2023/AzureLLMInferenceTrace_conv.csv", (3.0, 30.0, 100.0)),
        ("azure2023/AzureLLMInferenceTrace_code.csv", (3.0, 30.0, 100.0)),
        ("mooncake/conversation_trace_trimmed.csv", (30.0, 100.0)),
    ],
)
def test_public_traces(traces_dir: Path, name: str, windows: tuple[float, ...]) -> None:
    trace = read_trace(traces_dir / name)
    workload = trace_workload(traces_dir / name)
    assert len(workload) == 96
    assert workload.rate == pytest.approx(trace.rate)
    duration = 36_000.0
    stream = workload.sample(duration, np.random.default_rng(0))
    tokens = trace.prompt_tokens.sum() + trace.output_tokens.sum()
    assert stream.offered_tokens / duration == pytest.approx(tokens / trace.span, rel=0.06)
    drawn = np.corrcoef(stream.prompt_tokens, stream.output_tokens)[0, 1]
    logged = np.corrcoef(trace.prompt_tokens, trace.output_tokens)[0, 1]
    assert drawn == pytest.approx(logged, abs=0.02)
    for window in windows:
        logged = dispersion_index(trace.times, trace.span, window)
        drawn = dispersion_index(stream.arrival, duration, window)
        assert drawn == pytest.approx(logged, rel=0.35), window


def named_log(folder: Path, names: list[str]) -> Path:
    """A request a second for each name in turn."""
    path = folder / "named.csv"
    rows = [f"{second},{name},100,{20 + i}" for second, (i, name) in enumerate(enumerate(names))]
    path.write_text("\n".join(["timestamp_s,adapter,prompt_tokens,output_tokens", *rows]))
    return path


def test_requests_without_an_adapter_are_for_the_base_model(tmp_path: Path) -> None:
    path = named_log(tmp_path, ["", "a", "", "b"] * 10)
    workload = trace_workload(path, rank_mix=[16])
    found = {a.name: (a.rank, round(a.rate, 3)) for a in workload.adapters}
    assert found == {"a": (16, 0.25), "b": (16, 0.25), "base-model": (0, 0.5)}
    others = named_log(tmp_path, ["c", "a", "c", "b"] * 10)
    shapes = [a.lengths for a in trace_workload(others, rank_mix=[16]).adapters]
    assert [a.lengths.prompt_mean for a in workload.adapters] == [s.prompt_mean for s in shapes]


def test_a_log_may_have_requests_for_the_base_model_only(tmp_path: Path) -> None:
    (base,) = trace_workload(named_log(tmp_path, [""] * 40)).adapters
    assert (base.name, base.rank, base.rate) == ("base-model", 0, pytest.approx(1.0))
