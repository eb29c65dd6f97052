"""Problems of any size for the benchmarks of time and memory."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import numpy as np

from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from twin.gpu.read_profile import read_profile
from twin.sources.popularity import popularity_shares
from twin.sources.sharegpt import sharegpt_lengths
from twin.workload.adapter import Adapter
from twin.workload.workload import Workload

__all__ = ["adapter_file", "peak_mib", "scale_problem"]

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


def adapter_file(path: Path, num_adapters: int) -> None:
    """Write the adapters of `scale_problem` as a file that users could have."""
    rows = [f"{a.name},{a.rank},{a.rate!r}" for a in scale_problem(num_adapters).workload.adapters]
    path.write_text("\n".join(["name,rank,rate_req_s", *rows, ""]), encoding="utf-8")


def peak_mib() -> int:
    """Largest memory of the process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10))
