"""Workloads of the paper: a few rates and ranks, mixed over any number of adapters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.files.errors import InputError
from twin.files.field_value import to_positive
from twin.sources.rank_mix import RankMix, deal_ranks
from twin.sources.sharegpt import ShareGptModel, sharegpt_lengths
from twin.workload.adapter import Adapter
from twin.workload.arrivals import renewal_arrivals
from twin.workload.workload import Workload

__all__ = ["HIGH_RATES", "LOW_RATES", "MIXED_RATES", "paper_workload"]

LOW_RATES = (0.1, 0.05, 0.025)
HIGH_RATES = (1.6, 0.8, 0.4)
MIXED_RATES = (*HIGH_RATES, *LOW_RATES)


def paper_workload(
    num_adapters: int = 192,
    rates: Sequence[float] = MIXED_RATES,
    rank_mix: RankMix | None = None,
    rate_scale: float = 1.0,
    arrival_cv: float = 1.0,
    model: ShareGptModel = "llama-3.1-8b",
    seed: int = 0,
) -> Workload:
    """Adapters as in the paper's experiments (arXiv 2602.24044).

    Rates are dealt cyclically, so that their counts are exact; ranks are dealt by the mix and
    shuffled, so that they are independent of the rates. Lengths are ShareGPT's.

    Parameters
    ----------
    num_adapters : int
        Number of adapters.
    rates : sequence of float
        Rates in requests/s, dealt in turn.
    rank_mix : mapping of int to float, sequence of int, or None
        Share of the adapters by rank, or ranks in equal parts; None for 8, 16 and 32.
    rate_scale : float
        Factor on all rates.
    arrival_cv : float
        Coefficient of variation of the gaps between requests; 1 is Poisson, as in the paper.
    model : {"llama-3.1-8b", "qwen-2.5-7b", "llama-2-7b"}
        Whose tokenizer counts the lengths.
    seed : int
        Of the order of the ranks.

    Raises
    ------
    InputError
        If a value is out of range.
    """
    if num_adapters < 1:
        raise InputError("num_adapters", f"{num_adapters} is below 1", "1 or more")
    if not rates:
        raise InputError("rates", "there is none", "give at least one")
    scale = to_positive("rate_scale", rate_scale)
    dealt = [to_positive(f"rates[{index}]", rate) * scale for index, rate in enumerate(rates)]
    lengths = sharegpt_lengths(model)
    arrivals = renewal_arrivals(arrival_cv)
    ranks = deal_ranks(rank_mix, num_adapters, np.random.default_rng(seed))
    digits = len(str(num_adapters - 1))
    return Workload.of(
        Adapter(
            f"adapter-{index:0{digits}d}",
            rank,
            dealt[index % len(dealt)],
            lengths,
            arrivals,
        )
        for index, rank in enumerate(ranks)
    )
