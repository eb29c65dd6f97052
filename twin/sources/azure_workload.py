"""Workloads with the arrivals of Azure's logs of 2023, for which the logs are not needed."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from twin.files.errors import InputError
from twin.files.field_value import to_positive
from twin.sources.popularity import Popularity, popularity_shares
from twin.sources.rank_mix import RankMix, deal_ranks
from twin.sources.sharegpt import ShareGptModel, sharegpt_lengths
from twin.workload.adapter import Adapter
from twin.workload.arrivals import BurstyArrivals, PoissonArrivals
from twin.workload.lengths import CopulaLengths, QuantileLength
from twin.workload.workload import Workload

__all__ = ["AzureTrace", "azure_workload"]

AzureTrace = Literal["conversation", "code"]


class _Figures(NamedTuple):
    """What is known of a log.

    ``rate`` is in requests/s, ``arrivals`` is what `twin.sources.burstiness.fit_arrivals` finds,
    ``correlation`` that of the normal scores of both lengths.
    """

    rate: float
    arrivals: BurstyArrivals
    prompt: tuple[int, ...]
    output: tuple[int, ...]
    correlation: float


# AzureLLMInferenceTrace_conv.csv and _code.csv of Azure/AzurePublicDataset (CC-BY-4.0; Patel et
# al., "Splitwise", ISCA 2024), an hour each: figures of them, and none of their rows.
_PROBABILITIES = (
    *(0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6),
    *(0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999, 1.0),
)
_FIGURES = {
    "conversation": _Figures(
        5.5301,
        BurstyArrivals(7.9207, 98.886),
        (
            *(2, 29, 91, 181, 207, 372, 387, 396, 403, 414, 703, 984, 1020, 1045, 1071, 1097),
            *(1130, 1189, 1315, 1876, 2734, 4083, 4090, 4098, 4142, 4831, 6179, 14050),
        ),
        (
            *(7, 16, 24, 41, 54, 67, 77, 85, 91, 96, 103, 113, 129, 151, 177, 217, 384, 395),
            *(400, 411, 424, 451, 509, 540, 601, 643, 954, 1000),
        ),
        0.0762,
    ),
    "code": _Figures(
        2.5664,
        BurstyArrivals(12.859, 7.1857),
        (
            *(3, 17, 35, 75, 147, 232, 386, 578, 770, 939, 1075, 1261, 1469, 1690, 1909, 2164),
            *(2433, 2744, 3192, 3920, 5188, 7303, 7435, 7436, 7436, 7436, 7437, 7437),
        ),
        (
            *(6, 6, 6, 6, 7, 7, 8, 9, 9, 10, 11, 12, 13, 14, 16, 18, 20, 24, 29, 39, 55, 90),
            *(128, 171, 251, 359, 825, 1899),
        ),
        -0.0225,
    ),
}


def azure_workload(
    trace: AzureTrace = "conversation",
    num_adapters: int = 96,
    popularity: Popularity = "zipf",
    zipf_alpha: float = 1.0,
    rank_mix: RankMix | None = None,
    rate_scale: float = 1.0,
    lengths: Literal["trace", "sharegpt"] = "trace",
    bursts: bool = True,
    model: ShareGptModel = "llama-3.1-8b",
    seed: int = 0,
) -> Workload:
    """Adapters that share the requests of one of Azure's logs of 2023.

    What `twin.sources.trace_workload.trace_workload` makes of the log itself, with
    ``lengths="copula"``, but for quantiles that are fewer.

    Parameters
    ----------
    trace : {"conversation", "code"}
        Log: 5.53 requests/s of 1,155 and 211 tokens in the mean, or 2.57 of 2,048 and 28.
    num_adapters : int
        Number of adapters to which its requests are dealt.
    popularity : {"zipf", "uniform"} or sequence of float
        How they are dealt: by Zipf's law, alike, or by relative popularities.
    zipf_alpha : float
        Exponent of Zipf's law; 0 is uniform.
    rank_mix : mapping of int to float, sequence of int, or None
        Share of the adapters by rank, or ranks in equal parts; None for 8, 16 and 32.
    rate_scale : float
        Factor on the log's rate.
    lengths : {"trace", "sharegpt"}
        The log's own, or ShareGPT's, with the arrivals of the log.
    bursts : bool
        Whether arrivals have the log's burstiness; else they are Poisson.
    model : {"llama-3.1-8b", "qwen-2.5-7b", "llama-2-7b"}
        Whose tokenizer counts ShareGPT's lengths.
    seed : int
        Of the ranks.

    Raises
    ------
    InputError
        If a value cannot be accepted.
    """
    if trace not in _FIGURES:
        raise InputError("trace", f"{trace!r} is not known", f"one of {', '.join(_FIGURES)}")
    if lengths not in ("trace", "sharegpt"):
        raise InputError("lengths", f"{lengths!r} is not known", "trace or sharegpt")
    figures = _FIGURES[trace]
    total = figures.rate * to_positive("rate_scale", rate_scale)
    shares = popularity_shares(popularity, num_adapters, zipf_alpha)
    ranks = deal_ranks(rank_mix, num_adapters, np.random.default_rng(seed))
    shape = _lengths(figures) if lengths == "trace" else sharegpt_lengths(model)
    arrivals = figures.arrivals if bursts else PoissonArrivals()
    digits = len(str(num_adapters - 1))
    return Workload.of(
        Adapter(f"adapter-{index:0{digits}d}", rank, float(share) * total, shape, arrivals)
        for index, (rank, share) in enumerate(zip(ranks, shares, strict=True))
    )


def _lengths(figures: _Figures) -> CopulaLengths:
    return CopulaLengths(
        QuantileLength(_PROBABILITIES, tuple(map(float, figures.prompt))),
        QuantileLength(_PROBABILITIES, tuple(map(float, figures.output))),
        figures.correlation,
    )
