"""Judges: evaluators that ask the twin, as a verification does and quicker."""

from __future__ import annotations

import math
from typing import NamedTuple

from placer.gpu.evaluator import Evaluator
from placer.verification.robustness import RobustEstimator

__all__ = ["VERIFICATION_SEEDS", "Judges", "probability_of_each", "verification_seeds"]

_SPARE = 0.1  # of the GPUs, that repair may open

VERIFICATION_SEEDS = (1001, 1002, 1003)
"""Seeds of the arrivals under which the placements of runs with seed 0 are verified."""


class Judges(NamedTuple):
    """Evaluators that judge GPUs by the twin.

    Parameters
    ----------
    quick : Evaluator
        By the first of the seeds and the usual window, without bursts: for searching among many
        candidates, and for growing traffic.
    strict : Evaluator
        As a verification judges each GPU of a plan: under all seeds, its window and bursts, with a
        probability of starving such that any of the GPUs starves with the problem's at most.
    robust : RobustEstimator
        What the strict one asks.
    """

    quick: Evaluator
    strict: Evaluator
    robust: RobustEstimator


def verification_seeds(seed: int) -> tuple[int, ...]:
    """Seeds of the arrivals under which the placement of a run is verified.

    They differ from those of runs with other seeds, and from the seed itself, which the search
    uses.

    Parameters
    ----------
    seed : int
        Of the run, 0 or more.
    """
    number = len(VERIFICATION_SEEDS)
    return tuple((first + number * seed) % 2**63 for first in VERIFICATION_SEEDS)


def probability_of_each(probability: float, number: int, spare: float = _SPARE) -> float:
    """Probability for each of several GPUs with which any of them starves with a given one.

    Room is left for a share of more GPUs that repair may open.
    """
    return float(1 - (1 - probability) ** (1 / math.ceil((1 + spare) * number)))
