"""Ranks dealt to adapters by a given mix."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from twin.files.errors import InputError
from twin.files.field_value import to_number
from twin.workload.rank import to_rank

__all__ = ["USUAL_RANKS", "RankMix", "deal_ranks"]

RankMix = Mapping[int, float] | Sequence[int]
"""Share of the adapters by rank, or the ranks in equal parts."""

USUAL_RANKS = (8, 16, 32)
"""Ranks of the paper, in equal parts."""


def deal_ranks(mix: RankMix | None, num_adapters: int, rng: np.random.Generator) -> list[int]:
    """Ranks of adapters: exact counts by the mix, in random order.

    Parameters
    ----------
    mix : mapping of int to float, sequence of int, or None
        Relative share of the adapters by rank (``{8: 0.5, 16: 0.3, 32: 0.2}``), or ranks in equal
        parts (``[8, 16, 64]``); None for `USUAL_RANKS`.
    num_adapters : int
        How many ranks to deal.
    rng : numpy.random.Generator
        Shuffles them, so that rank and traffic are independent.

    Raises
    ------
    InputError
        If the mix is empty, a rank is no whole number, or a share is negative.
    """
    where = "rank_mix"
    mix = USUAL_RANKS if mix is None else mix
    entries = mix.items() if isinstance(mix, Mapping) else [(rank, 1.0) for rank in mix]
    shares: dict[int, float] = {}
    for rank, share in entries:
        weight = to_number(f"{where}, rank {rank}", share, "a share that is not negative")
        if weight < 0:
            raise InputError(f"{where}, rank {rank}", f"share {share!r} is negative", "0 or more")
        key = to_rank(where, rank)
        shares[key] = shares.get(key, 0.0) + weight
    total = sum(shares.values())
    if total <= 0:
        raise InputError(where, f"{mix!r} gives no share to any rank", "e.g. {8: 0.5, 16: 0.5}")
    exact = {rank: num_adapters * share / total for rank, share in shares.items()}
    counts = {rank: math.floor(count) for rank, count in exact.items()}
    remainders = sorted(exact, key=lambda rank: counts[rank] - exact[rank])
    for rank in remainders[: num_adapters - sum(counts.values())]:
        counts[rank] += 1
    ranks = np.repeat(list(counts), list(counts.values()))
    return [int(rank) for rank in rng.permutation(ranks)]
