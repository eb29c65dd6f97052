"""Popularity: how requests are shared among adapters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import InputError
from twin.files.field_value import to_positive

__all__ = ["Popularity", "popularity_shares"]

Popularity = Literal["zipf", "uniform"] | Sequence[float]
"""Zipf's law, all alike, or the relative popularity of each adapter."""


def popularity_shares(
    popularity: Popularity, num_adapters: int, zipf_alpha: float = 1.0
) -> NDArray[np.float64]:
    """Share of the requests of each adapter.

    Parameters
    ----------
    popularity : {"zipf", "uniform"} or sequence of float
        Law, or the relative popularity of each adapter.
    num_adapters : int
        Number of adapters.
    zipf_alpha : float
        Exponent of Zipf's law: the k-th adapter has a popularity of 1/k^alpha; 0 is uniform.

    Returns
    -------
    ndarray of shape (num_adapters,)
        Positive shares that sum to 1, for Zipf in falling order.

    Raises
    ------
    InputError
        If a value is out of range, or the number of given popularities is another.
    """
    if num_adapters < 1:
        raise InputError("num_adapters", f"{num_adapters} is below 1", "1 or more")
    if isinstance(popularity, str):
        weights = _law(popularity, num_adapters, zipf_alpha)
    else:
        weights = np.array([to_positive(f"popularity[{i}]", p) for i, p in enumerate(popularity)])
        if weights.size != num_adapters:
            raise InputError(
                "popularity",
                f"{weights.size} values for {num_adapters} adapters",
                "give one for each adapter, or zipf, or uniform",
            )
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def _law(name: str, num_adapters: int, zipf_alpha: float) -> NDArray[np.float64]:
    if name not in ("zipf", "uniform"):
        raise InputError(
            "popularity", f"{name!r} is not known", "zipf, uniform, or a list of numbers"
        )
    if not (math.isfinite(zipf_alpha) and 0 <= zipf_alpha <= 10):
        raise InputError("zipf_alpha", f"{zipf_alpha!r} is not a number from 0 to 10")
    alpha = zipf_alpha if name == "zipf" else 0.0
    return np.arange(1, num_adapters + 1, dtype=np.float64) ** -alpha
