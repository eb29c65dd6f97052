"""Table that learners see: features, targets and what those are relative to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.dataset.dataset import Dataset
from estimators.features.features import feature_rows

__all__ = ["TrainingTable"]

FloatArray = NDArray[np.float64]

_REFERENCES = {
    "served_share": "served_share",
    "ttft_mean": "first_token",
    "tpot_mean": "step",
    "itl_mean": "step",
    "busy": "busy",
}
"""What outputs are relative to; the others are so to the mean of the same latency."""

_LATENCIES = ("ttft_mean", "tpot_mean", "itl_mean")
_STARVED = 0.3  # how much the latencies of an engine count that starves: nobody plans for them
_LEAST = 1e-3  # share or latency that is told from none


@dataclass(frozen=True, slots=True, eq=False)
class TrainingTable:
    """Features and labels of a dataset.

    Parameters
    ----------
    dataset : Dataset
    features : ndarray of shape (n, NUM_FEATURES)
    references : ndarray of REFERENCE, of shape (n,)
        See `estimators.features.features`.
    """

    dataset: Dataset
    features: FloatArray
    references: NDArray[np.void]

    @classmethod
    def of(cls, dataset: Dataset) -> TrainingTable:
        """Compute the features of a dataset."""
        return cls(dataset, *feature_rows(dataset.statistics, dataset.engines, dataset.seconds))

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> TrainingTable:
        """Some of the rows."""
        return TrainingTable(self.dataset.take(rows), self.features[rows], self.references[rows])

    def target(self, output: str) -> FloatArray:
        """What an output of the model is to be, of shape (n,); NaN where it is unknown.

        Every one of `estimators.model.prediction.OUTPUTS` but the spread, which is the error of
        another.
        """
        label = self.dataset.label(output)
        if output == "neglected":
            return label
        if output in _REFERENCES:
            reference = self.references[_REFERENCES[output]]
        else:
            reference = self.dataset.label(output.partition("_")[0] + "_mean")
        least = _LEAST if output == "served_share" else 1e-9
        logarithm: FloatArray = np.log(np.maximum(label, least) / np.maximum(reference, least))
        return logarithm

    def weight(self, output: str) -> FloatArray | None:
        """How much each row counts for an output of the model, of shape (n,); None for alike."""
        if output not in _LATENCIES:
            return None
        starves = self.dataset.label("served_share") < self.dataset.starvation_threshold
        return np.where(starves, _STARVED, 1.0)
