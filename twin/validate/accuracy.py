"""Errors of simulated against measured figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.validate.comparison import Comparison

__all__ = [
    "DEFINITIONS",
    "Accuracy",
    "accuracy",
    "macro_f1",
    "mape",
    "memory_error_accuracy",
    "smape",
]

FloatArray = NDArray[np.float64]

DEFINITIONS = {
    "smape": "SMAPE in %, mean(|a − b| / (|a| + |b|))",
    "mape": "MAPE in %, mean(|a − b| / measured): twice as large where errors are small",
}
"""What tables of accuracies say about their measures."""


def smape(measured: ArrayLike, simulated: ArrayLike) -> float:
    """Symmetric mean absolute percentage error, 100 · mean(\\|a − b\\| / (\\|a\\| + \\|b\\|)).

    This is the definition of arXiv 2602.24044, which is at most 100 and about half of the relative
    error. Pairs in which a figure is NaN are left out; NaN if none is left.

    Parameters
    ----------
    measured, simulated : array_like of shape (n,)
    """
    a, b = _known(measured, simulated)
    total = np.abs(a) + np.abs(b)
    if not a.size:
        return math.nan
    errors = np.divide(np.abs(a - b), total, out=np.zeros_like(total), where=total > 0)
    return float(100 * errors.mean())


def mape(measured: ArrayLike, simulated: ArrayLike) -> float:
    """Mean absolute percentage error, 100 · mean(\\|a − b\\| / \\|a\\|), as others publish it.

    Pairs in which a figure is NaN, or the measured one is 0, are left out; NaN if none is left.

    Parameters
    ----------
    measured, simulated : array_like of shape (n,)
    """
    a, b = _known(measured, simulated)
    a, b = a[a != 0], b[a != 0]
    return float(100 * np.mean(np.abs(a - b) / np.abs(a))) if a.size else math.nan


def _known(measured: ArrayLike, simulated: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Pairs without NaN."""
    a, b = np.asarray(measured, np.float64), np.asarray(simulated, np.float64)
    known = ~(np.isnan(a) | np.isnan(b))
    return a[known], b[known]


def macro_f1(truth: Sequence[bool], predicted: Sequence[bool]) -> float:
    """Mean over both classes of the F1 score; a class that never occurs is left out.

    Parameters
    ----------
    truth, predicted : sequence of bool, of shape (n,)
    """
    scores = []
    for label in (False, True):
        hits = sum(t == p == label for t, p in zip(truth, predicted, strict=True))
        errors = sum((t == label) != (p == label) for t, p in zip(truth, predicted, strict=True))
        if hits + errors:
            scores.append(2 * hits / (2 * hits + errors))
    return float(np.mean(scores)) if scores else math.nan


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Errors over some runs, in percent, by both measures; NaN where no run has the figure.

    Parameters
    ----------
    n : int
        Runs.
    throughput_smape_pct, throughput_mape_pct : float
        Over all of them: what the engine processed where its counters were read, else what the
        requests that finished had.
    completed_throughput_smape_pct, completed_throughput_mape_pct : float
        Over all of them: the latter in any case.
    tpot_smape_pct, tpot_mape_pct, itl_smape_pct, itl_mape_pct : float
        Over all of them.
    ttft_smape_pct, ttft_mape_pct, p99_ttft_smape_pct, p99_ttft_mape_pct : float
        Over those in which the HTTP front end kept up.
    """

    n: int
    throughput_smape_pct: float
    completed_throughput_smape_pct: float
    tpot_smape_pct: float
    itl_smape_pct: float
    ttft_smape_pct: float
    p99_ttft_smape_pct: float
    throughput_mape_pct: float
    completed_throughput_mape_pct: float
    tpot_mape_pct: float
    itl_mape_pct: float
    ttft_mape_pct: float
    p99_ttft_mape_pct: float

    def to_dict(self) -> dict[str, float | None]:
        """Plain numbers by name; None where there is none."""
        return {k: None if math.isnan(v) else v for k, v in asdict(self).items()}


def accuracy(comparisons: Sequence[Comparison]) -> Accuracy:
    """Errors over the runs that started and whose figures can be compared."""
    usable = [c for c in comparisons if c.run.usable]
    kept_up = [c for c in usable if not c.run.frontend_saturated]
    pairs = {
        "throughput": [c.throughputs for c in usable],
        "completed_throughput": _pairs("throughput", usable),
        "tpot": _pairs("tpot_mean", usable),
        "itl": _pairs("itl_mean", usable),
        "ttft": _pairs("ttft_mean", kept_up),
        "p99_ttft": _pairs("ttft_p99", kept_up),
    }
    errors = {
        f"{name}_{measure.__name__}_pct": measure([a for a, _ in both], [b for _, b in both])
        for measure in (smape, mape)
        for name, both in pairs.items()
    }
    return Accuracy(n=len(usable), **errors)


def _pairs(name: str, comparisons: Sequence[Comparison]) -> list[tuple[float, float]]:
    return [(getattr(c.run, name), getattr(c.twin, name)) for c in comparisons]


def memory_error_accuracy(comparisons: Sequence[Comparison]) -> float:
    """Share of the runs of which the twin knows whether the engine starts; NaN for none."""
    if not comparisons:
        return math.nan
    right = [c.run.memory_error == c.twin.memory_error for c in comparisons]
    return float(np.mean(right))
