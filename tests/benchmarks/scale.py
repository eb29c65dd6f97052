"""Problems of any size for the benchmark of time and memory."""

from __future__ import annotations

import numpy as np

from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from twin.gpu.read_profile import read_profile
from twin.sources.popularity import popularity_shares
from twin.sources.sharegpt import sharegpt_lengths
from twin.workload.adapter import Adapter
from twin.workload.workload import Workload

__all__ = ["scale_problem"]

_PROFILE = "h100_64gb_llama31_8b"
_RANKS = (4, 8, 16, 32)
_RATE = 1.1  # requests/s of the mean adapter, such that about 32 adapters need a GPU
_ALPHA = 0.9


def scale_problem(num_adapters: int) -> Problem:
    """Adapters whose rates follow Zipf's law, of four ranks in random order, on H100 GPUs.

    Parameters
    ----------
    num_adapters : int
        About 32 for each GPU that is needed.
    """
    shares = popularity_shares("zipf", num_adapters, _ALPHA)
    ranks = np.random.default_rng(0).choice(_RANKS, num_adapters)
    lengths = sharegpt_lengths("llama-3.1-8b")
    adapters = tuple(
        Adapter(f"adapter-{i:06d}", int(rank), float(share) * _RATE * num_adapters, lengths)
        for i, (rank, share) in enumerate(zip(ranks, shares, strict=True))
    )
    return Problem(Workload(adapters), (GpuType(read_profile(_PROFILE)),))
