"""The requests of a measured run, drawn again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.measured.run import MeasuredRun
from twin.sources.sharegpt import ShareGptModel, sharegpt_lengths
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength, LengthModel, LogNormalLength
from twin.workload.workload import RequestStream, Workload

__all__ = ["run_lengths", "sample_run"]

_TOKENIZERS: tuple[ShareGptModel, ...] = ("llama-3.1-8b", "qwen-2.5-7b", "llama-2-7b")
_OTHER_CV = 1.0  # variation of lengths of which only the means are known


def run_lengths(run: MeasuredRun) -> LengthModel:
    """Lengths of a run: its dataset's, with its means.

    A dataset whose name begins with ``sharegpt`` has ShareGPT's lengths as the model's tokenizer
    counts them, one that begins with ``fixed`` has one length; any other is taken to be
    log-normal with a coefficient of variation of 1.
    """
    if run.dataset.startswith("fixed"):
        return CopulaLengths(FixedLength(run.prompt_mean), FixedLength(run.output_mean))
    if run.dataset.startswith("sharegpt"):
        for model in _TOKENIZERS:
            if run.model.lower().rpartition("/")[2].startswith(model):
                return sharegpt_lengths(model, run.prompt_mean, run.output_mean)
    return CopulaLengths(
        LogNormalLength(run.prompt_mean, _OTHER_CV * run.prompt_mean),
        LogNormalLength(run.output_mean, _OTHER_CV * run.output_mean),
    )


def sample_run(run: MeasuredRun, seed: int) -> RequestStream:
    """The requests of a run: those that were recorded, or else drawn.

    Ranks and rates are dealt to the adapters independently of each other; arrivals are Poisson, or
    as the run's client sent them.

    Parameters
    ----------
    run : MeasuredRun
    seed : int
        Of which adapter has which rank and rate, and of arrivals and lengths; of requests that
        were recorded, the order in which an engine goes through the adapters of a batch.
    """
    if run.requests is not None:
        return run.requests.stream(run.duration, seed)
    rng = np.random.default_rng(seed)
    ranks = rng.permutation(np.repeat(list(run.ranks), list(run.ranks.values())))
    rates = rng.permutation(np.repeat(list(run.rates), list(run.rates.values())))
    lengths = run_lengths(run)
    if run.client is not None or run.pooled_arrivals or run.num_requests or not run.max_loras:
        return _pooled(run, lengths, ranks, rates, rng)
    adapters = (
        Adapter(f"adapter-{index}", int(rank), float(rate), lengths)
        for index, (rank, rate) in enumerate(zip(ranks, rates, strict=True))
    )
    return Workload.of(adapters).sample(run.duration, rng)


def _pooled(
    run: MeasuredRun,
    lengths: LengthModel,
    ranks: NDArray[np.int64],
    rates: NDArray[np.float64],
    rng: np.random.Generator,
) -> RequestStream:
    """One stream, dealt to the adapters in exact proportion to their rates."""
    if run.client is not None:
        arrival = run.client.arrivals(rng)
        duration = float(np.nextafter(arrival[-1], np.inf))
    elif run.num_requests:
        arrival = np.cumsum(rng.exponential(1 / run.rate, run.num_requests))
        duration = float(np.nextafter(arrival[-1], np.inf))
    else:
        number = int(rng.poisson(run.rate * run.duration))
        arrival, duration = np.sort(rng.uniform(0, run.duration, number)), run.duration
    number = arrival.size
    if run.max_loras:
        shares = np.cumsum(rates) / rates.sum()
        adapter = np.searchsorted(shares, (np.arange(number) + 0.5) / number)
        adapter = rng.permutation(np.minimum(adapter, rates.size - 1)).astype(np.int32)
    else:
        adapter, ranks = np.full(number, -1, np.int32), np.empty(0, np.int64)
    recorded = None if run.client is None else run.client.recorded
    if recorded is None:
        prompt, output = lengths.sample(number, rng)
    else:
        prompt = np.array(recorded.prompt_tokens, np.int32)
        output = np.array(recorded.output_tokens, np.int32)
    return RequestStream(arrival, adapter, prompt, output, ranks.astype(np.int64), duration)
