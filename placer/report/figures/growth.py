"""What if traffic grows: which GPUs starve as they are, and what placing anew would take."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from placer.report.figures.quick_fleet import QuickFleet
from placer.report.gpu_report import GpuReport

__all__ = ["Growth", "growth_table"]

_FACTORS = (0.8, 1.1, 1.25, 1.5, 2.0)


@dataclass(frozen=True, slots=True)
class Growth:
    """All rates multiplied by a factor.

    Parameters
    ----------
    factor : float
    failing : tuple of str
        Names of the GPUs that starve then, of those whose headroom is known.
    anew : float or None
        GPUs, or $/h, that it takes by an estimate; None where there was no time for it, or the
        fleet does not suffice.
    """

    factor: float
    failing: tuple[str, ...]
    anew: float | None


def growth_table(
    gpus: Sequence[GpuReport], fleet: QuickFleet, time_limit: float
) -> tuple[Growth, ...]:
    """Answers for some factors.

    Parameters
    ----------
    gpus : sequence of GpuReport
    fleet : QuickFleet
    time_limit : float
        Seconds for the estimates.
    """
    end = time.process_time() + time_limit
    rows = []
    for factor in _FACTORS:
        left = end - time.process_time()
        failing = tuple(
            gpu.name for gpu in gpus if not math.isnan(gpu.headroom) and gpu.headroom < factor - 1
        )
        anew = fleet.amount(factor=factor, time_limit=left) if left > 0 else None
        rows.append(Growth(factor, failing, anew))
    return tuple(rows)
