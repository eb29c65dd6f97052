"""Workload from a request log."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import InputError
from twin.files.field_value import to_positive
from twin.sources.burstiness import fit_arrivals
from twin.sources.popularity import Popularity, popularity_shares
from twin.sources.rank_mix import USUAL_RANKS, RankMix, deal_ranks
from twin.sources.trace_columns import TraceColumns
from twin.sources.trace_file import Trace, read_trace
from twin.workload.adapter import Adapter
from twin.workload.adapter_name import base_name
from twin.workload.arrivals import ArrivalProcess, renewal_arrivals
from twin.workload.lengths import CopulaLengths, EmpiricalPairs, LengthModel, QuantileLength
from twin.workload.rank import BASE
from twin.workload.workload import Workload

__all__ = ["trace_workload"]

_logger = logging.getLogger(__name__)
_FEWEST_REQUESTS = 100  # an adapter with fewer borrows the lengths and burstiness of the whole log


def trace_workload(
    path: Path | str,
    num_adapters: int = 96,
    popularity: Popularity = "zipf",
    zipf_alpha: float = 1.0,
    rank_mix: RankMix | None = None,
    rate_scale: float = 1.0,
    lengths: Literal["empirical", "copula"] = "empirical",
    arrival_cv: float | None = None,
    seed: int = 0,
    columns: TraceColumns | None = None,
) -> Workload:
    """Estimate adapters and their traffic from a request log.

    *Rates.* A log that names adapters gives each its number of requests over the time that the log
    spans, and its requests without an adapter are for the base model. Otherwise the total rate is
    shared among ``num_adapters`` by their popularity.

    *Lengths.* Pairs of prompt and output tokens as they stand in the log, so that their
    correlation stays, in one object that all adapters share; or quantiles coupled by a Gaussian
    copula of the same rank correlation, which also gives lengths between the observed ones. An
    adapter that the log names with 100 requests or more has lengths of its own.

    *Burstiness.* `twin.sources.burstiness.fit_arrivals` fits the log's index of dispersion
    (variance over mean of the requests in a window) at windows from a few gaps to a thirtieth of
    the log. Every adapter gets this index. As they are independent, their sum, all of them or
    those on one GPU, has the same index, so the burstiness of the whole log reappears on each GPU
    at the time scales at which queues build up. The price: a single adapter is
    burstier than if the requests of the log were dealt at random, where it would be 1 + share
    (index - 1) and all would swell together. Trends over the whole log, such as the time of day,
    are not modeled. An adapter that the log names with 100 requests or more has its own
    burstiness.

    Parameters
    ----------
    path : Path or str
        Log as `twin.sources.trace_file.read_trace` takes it.
    num_adapters : int
        Number of adapters, if the log names none.
    popularity : {"zipf", "uniform"} or sequence of float
        How requests are dealt to them: by Zipf's law, alike, or by relative popularities.
    zipf_alpha : float
        Exponent of Zipf's law; 0 is uniform.
    rank_mix : mapping of int to float, sequence of int, or None
        Share of the adapters by rank, or ranks in equal parts; None for 8, 16 and 32.
    rate_scale : float
        Factor on all rates.
    lengths : {"empirical", "copula"}
        How lengths are drawn.
    arrival_cv : float or None
        Coefficient of variation of gamma-distributed gaps instead of the log's burstiness; 1 is
        Poisson.
    seed : int
        Of the ranks.
    columns : TraceColumns or None
        Names of the log's columns, where they are not recognized.

    Raises
    ------
    InputError
        If the log or a value cannot be accepted.
    """
    scale = to_positive("rate_scale", rate_scale)
    trace = read_trace(path, columns)
    fit = _Fit(lengths, arrival_cv, trace.span)
    if trace.adapter is None:
        shares = popularity_shares(popularity, num_adapters, zipf_alpha)
        digits = len(str(num_adapters - 1))
        names = tuple(f"adapter-{index:0{digits}d}" for index in range(num_adapters))
        shapes = [fit.shape(trace)] * num_adapters
    else:
        names = trace.names
        owner = np.where(trace.adapter < 0, len(names), trace.adapter)
        counts = np.bincount(owner, minlength=len(names) + 1)
        shares = counts / counts.sum()
        shapes = fit.shapes(trace, owner, counts)
    ranks = deal_ranks(rank_mix, len(names), np.random.default_rng(seed))
    _tell_made_up(path, trace, len(names), rank_mix)
    if trace.num_base:
        names, ranks = (*names, base_name()), [*ranks, BASE]
    else:
        shares, shapes = shares[: len(names)], shapes[: len(names)]
    return Workload.of(
        Adapter(name, rank, float(share) * trace.rate * scale, *shape)
        for name, rank, share, shape in zip(names, ranks, shares, shapes, strict=True)
    )


def _tell_made_up(
    path: Path | str, trace: Trace, num_adapters: int, rank_mix: RankMix | None
) -> None:
    """Say what the log does not, and nobody else did."""
    found = []
    if trace.adapter is None:
        found.append(f"{num_adapters} adapters (num_adapters) and their shares (popularity)")
    if rank_mix is None and num_adapters:
        ranks = ", ".join(map(str, USUAL_RANKS))
        found.append(f"ranks {ranks} in equal parts (rank_mix)")
    if found:
        _logger.info("%s: made up, as the log does not say: %s", path, "; ".join(found))


class _Shape(NamedTuple):
    """What requests look like and how they come, whatever their rate."""

    lengths: LengthModel
    arrivals: ArrivalProcess


@dataclass(frozen=True, slots=True)
class _Fit:
    """How shapes are fitted to requests of a log that spans so many seconds."""

    lengths: str
    arrival_cv: float | None
    span: float

    def shape(self, requests: Trace) -> _Shape:
        """Shape of some requests of the log."""
        if self.arrival_cv is None:
            return _Shape(self._lengths(requests), fit_arrivals(requests.times, self.span))
        return _Shape(self._lengths(requests), renewal_arrivals(self.arrival_cv))

    def shapes(
        self, trace: Trace, adapter: NDArray[np.integer], counts: NDArray[np.int64]
    ) -> list[_Shape]:
        """Shape of each adapter; those with few requests share the one of the whole log."""
        shapes = [self.shape(trace)] * counts.size
        for index in np.flatnonzero(counts >= _FEWEST_REQUESTS):
            own = adapter == index
            shapes[index] = self.shape(
                Trace(trace.times[own], trace.prompt_tokens[own], trace.output_tokens[own])
            )
        return shapes

    def _lengths(self, requests: Trace) -> LengthModel:
        if self.lengths == "empirical":
            return EmpiricalPairs(requests.prompt_tokens, requests.output_tokens)
        if self.lengths != "copula":
            raise InputError("lengths", f"{self.lengths!r} is not known", "empirical or copula")
        return _copula(requests)


def _copula(requests: Trace) -> CopulaLengths:
    """Quantiles of both lengths, with their rank correlation."""
    from scipy.stats import spearmanr  # here, as its import takes a second

    prompt = QuantileLength.from_samples(requests.prompt_tokens)
    output = QuantileLength.from_samples(requests.output_tokens)
    if prompt.std == 0 or output.std == 0:
        return CopulaLengths(prompt, output)
    ranks = float(spearmanr(requests.prompt_tokens, requests.output_tokens).statistic)
    # rank correlation of two normal variables, inverted (Pearson 1907)
    correlation = 2 * np.sin(np.pi / 6 * ranks)
    return CopulaLengths(prompt, output, float(np.clip(correlation, -0.999, 0.999)))
